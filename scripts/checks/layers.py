#!/usr/bin/env python3
"""Checks who includes whom (docs/DESIGN.md, "The house"). Prints one line per violation; exit status 1 when there is one.

Each rule names a folder (longest match wins) and the folders it may include from. System headers (<...>) are free,
except that kernel code may not include those that need an operating system."""

import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# folder -> folders whose headers it may include (its own is always allowed)
BPF_LOW = ["lib", "uapi", "bpf/isa", "bpf/platform.h", "bpf/memory.h", "bpf/object.h", "bpf/prog.h", "bpf/packet.h", "bpf/limits.h"]
BPF_MID = BPF_LOW + ["bpf/verifier", "bpf/interp", "bpf/maps", "bpf/helpers", "bpf/btf"]
KERNEL = ["lib", "uapi", "arch", "mm", "task", "fs", "dev", "syscall", "trace"]
RULES = {
    "lib": [],
    "uapi": ["lib"],
    "arch/riscv/insn": ["lib"],
    "arch/riscv/probe": ["lib", "uapi", "arch"],
    "arch": ["lib", "uapi", "arch", "mm", "task"],
    "bpf/isa": ["lib", "uapi"],
    "bpf/verifier": BPF_MID,
    "bpf/interp": BPF_MID,
    "bpf/maps": BPF_MID,
    "bpf/helpers": BPF_MID,
    "bpf/btf": BPF_MID,
    "bpf/jit": BPF_MID + ["arch/riscv/insn"],
    "bpf": ["lib", "uapi", "bpf"],
    "bpf_port": KERNEL + ["bpf"],
    "mm": KERNEL,
    "task": KERNEL,
    "fs": KERNEL,
    "dev": KERNEL,
    "syscall": KERNEL,
    # trace is where hooks meet programs: it sees the core's door and its programs, nothing else of it.
    "trace": KERNEL + ["bpf/platform.h", "bpf/prog.h", "bpf/memory.h", "bpf/object.h"],
}
USER_ALLOWED = ("uapi/", "lib/")
LISTING_ALLOWED = ("uapi/", "lib/", "bpf/isa/", "arch/riscv/insn/", "tools/listing/", "user/libbpf/")
OS_HEADERS = {"functional", "vector", "string", "iostream", "thread", "mutex", "map", "unordered_map", "format", "filesystem"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def rule_for(path):
    parts = path.split("/")
    for n in range(len(parts) - 1, 0, -1):
        key = "/".join(parts[:n])
        if key in RULES:
            return key
    return None


def includes(path):
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            m = INCLUDE.match(line)
            if m:
                yield number, m.group(1), m.group(2)


def sources(folder):
    for base, dirs, files in os.walk(os.path.join(ROOT, folder)):
        dirs[:] = sorted(d for d in dirs if d != "libcxx")
        for name in sorted(files):
            if name.endswith((".cc", ".h", ".c", ".S", ".inc")):
                yield os.path.relpath(os.path.join(base, name), ROOT)


def check_kernel(errors):
    count = 0
    for path in sources("kernel"):
        count += 1
        inner = path[len("kernel/"):]
        key = rule_for(inner)
        if key is None:
            if "/" in inner:
                errors.append(f"{path}: no layering rule for this folder (scripts/checks/layers.py)")
            continue
        allowed = RULES[key]
        for number, kind, target in includes(os.path.join(ROOT, path)):
            if kind == "<":
                if target in OS_HEADERS:
                    errors.append(f"{path}:{number}: <{target}> is not freestanding")
                continue
            if not os.path.exists(os.path.join(ROOT, "kernel", target)):
                errors.append(f"{path}:{number}: \"{target}\" is not found from kernel/; include by full path")
                continue
            own = target.startswith(key + "/")
            if own or any(target == a or target.startswith(a + "/") for a in allowed):
                continue
            errors.append(f"{path}:{number}: {key}/ may not include \"{target}\"")
    return count


def check_user(errors):
    count = 0
    for path in sources("user"):
        count += 1
        for number, kind, target in includes(os.path.join(ROOT, path)):
            if kind != '"':
                continue
            if os.path.exists(os.path.join(ROOT, "kernel", target)) and not target.startswith(USER_ALLOWED):
                errors.append(f"{path}:{number}: user space may not include the kernel's \"{target}\"")
    return count


def check_listing(errors):
    """Shared by the host's tools and the guest's: the pure parts of the kernel, and libbpf."""
    count = 0
    for path in sources("tools/listing"):
        count += 1
        for number, kind, target in includes(os.path.join(ROOT, path)):
            if kind == '"' and not target.startswith(LISTING_ALLOWED):
                errors.append(f"{path}:{number}: tools/listing may not include \"{target}\"")
    return count


def main():
    errors = []
    count = check_kernel(errors) + check_user(errors) + check_listing(errors)
    for e in errors:
        print(e)
    print(f"layers: {count} files, {len(errors)} violations")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
