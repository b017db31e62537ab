#!/usr/bin/env python3
"""Compares every constant, offset and size in kernel/uapi with the system's riscv headers (package
linux-libc-dev-riscv64-cross). Prints one line per difference; exit status 1 when there is one.

Constants are macros without parameters and enumerators; a name SKEP_X stands for the system's X (where the plain name would
collide with something). Structures are compared field by field. What only we have must be listed here, with its reason."""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLANG = "clang-19"
SYSTEM = "/usr/riscv64-linux-gnu/include"

# Our header -> the system's headers that define the same.
HEADERS = {
    "bpf.h": ["linux/bpf.h"],
    "bpf_helper_ids.h": ["linux/bpf.h"],
    "btf.h": ["linux/btf.h"],
    "errno.h": ["asm/errno.h"],
    "fs.h": ["asm/fcntl.h", "linux/fcntl.h", "linux/fs.h", "asm/stat.h", "linux/stat.h", "asm/statfs.h", "asm/termbits.h",
             "asm/ioctls.h", "asm/termios.h", "asm/poll.h", "linux/magic.h", "linux/utime.h", "linux/uio.h", "linux/time.h"],
    "perf_event.h": ["linux/perf_event.h"],
    "ptrace.h": ["asm/ptrace.h"],
    "signal.h": ["asm/signal.h", "asm/siginfo.h", "asm/sigcontext.h", "asm/ucontext.h"],
    "syscall.h": ["asm/unistd.h"],
    "types.h": ["linux/types.h"],
}

# Names that only we have: a pattern and why.
OURS = [
    (r"SKEP_.*", "our own names for what Linux leaves without one"),
    (r"log_true_size|btf_log_true_size", "of Linux 6.4; the packaged headers are 6.1's"),
    (r"BPF_MEMSX|BPF_JCOND", "of BPF CPU version 4; the packaged headers are older"),
    (r"BPF_LOG_.*", "in Linux's internal headers only"),
    (r"BPF_LINE_INFO_.*", "function-like in Linux, too"),
    (r"struct skep_sigframe", "what Linux builds inside the kernel only"),
    (r"struct pt_regs.*", "exported under another name (user_regs_struct), compared below"),
    (r"R_OK|W_OK|X_OK|F_OK|SEEK_.*|DT_.*|O_ASYNC|UTIME_NOW|UTIME_OMIT|ENOTSUP", "in C libraries' headers only"),
    (r"ENOTSUPP", "the kernel's own number that reaches user space all the same"),
    (r"struct statfs f_fsid.val", "inside a type of its own there"),
    (r"struct linux_dirent64.*", "documented in getdents64(2) only"),
    (r"__NR_fstat|__NR_newfstatat|__NR_riscv_flush_icache|__NR3264_.*", "named through macros of macros"),
]

# Structures of ours whose plain name would collide: compared as a whole, and field by field where the names are the same.
RENAMED = {
    "struct skep_sigaction": "struct sigaction",
    "struct skep_siginfo": "struct siginfo",
    "struct skep_sigcontext": "struct sigcontext",
    "struct skep_stack": "struct sigaltstack",
    "struct skep_ucontext": "struct ucontext",
}


def fail(message):
    print(message)
    fail.count += 1


fail.count = 0


def clang(source, *arguments):
    command = [CLANG, "--target=riscv64-linux-gnu", "-nostdinc", "-isystem", SYSTEM, "-x", "c", *arguments, "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"uapi.py: clang failed on\n{source}\n{done.stderr}")
    return done.stdout


def macros(source, *arguments):
    """Names of object-like macros with a value."""
    found = {}
    for line in clang(source, "-E", "-dM", *arguments).splitlines():
        match = re.match(r"#define (\w+)(\(?)\s*(.*)$", line)
        if match and not match.group(2) and match.group(3):
            found[match.group(1)] = match.group(3)
    return found


def fields_of(record, prefix):
    """(path, has a size) of all fields that offsetof() can name, those of unnamed structures inside included."""
    unnamed = None
    for node in record.get("inner", []):
        if node["kind"] == "RecordDecl" and "name" not in node:
            unnamed = node
        elif node["kind"] == "FieldDecl":
            inner = unnamed if unnamed and "(unnamed" in node["type"]["qualType"] + node["type"].get("desugaredQualType", "") else None
            if "name" not in node:
                if inner or unnamed:
                    yield from fields_of(inner or unnamed, prefix)
            elif not node.get("isBitfield"):
                path = prefix + node["name"]
                yield path, not node["type"]["qualType"].endswith("[]")
                if inner and "[" not in node["type"]["qualType"]:
                    yield from fields_of(inner, path + ".")
            unnamed = None


def declarations(source, *arguments):
    """(enumerators, {"struct x": {field path: has a size}}, typedefs)"""
    tree = json.loads(clang(source, "-fsyntax-only", "-Xclang", "-ast-dump=json", *arguments))
    enumerators, records, types = set(), {}, set()
    for node in tree["inner"]:
        if node["kind"] == "EnumDecl":
            enumerators.update(c["name"] for c in node.get("inner", []) if c["kind"] == "EnumConstantDecl")
        elif node["kind"] == "RecordDecl" and "name" in node and node.get("completeDefinition"):
            records[f"{node['tagUsed']} {node['name']}"] = dict(fields_of(node, ""))
        elif node["kind"] == "TypedefDecl" and not node.get("isImplicit"):
            types.add(node["name"])
    return enumerators, records, types


def values(source, expressions, *arguments):
    """What the compiler makes of constant expressions: a list of integers."""
    if not expressions:
        return []
    body = ",\n".join(f"(long long)({e})" for e in expressions)
    ir = clang(f"{source}\nconst long long uapi_values[] = {{\n{body}\n}};\n", "-S", "-emit-llvm", "-o", "-", "-w", *arguments)
    line = next(l for l in ir.splitlines() if l.startswith("@uapi_values"))
    if "zeroinitializer" in line:
        return [0] * len(expressions)
    return [int(v) for v in re.findall(r"i64 (-?\d+)", line)]


def is_ours(name):
    return any(re.fullmatch(pattern, name) for pattern, _ in OURS)


def expressions_for(names, fields, types):
    out = list(names)
    for record, path, sized in fields:
        out.append(f"__builtin_offsetof({record}, {path})")
        if sized:
            out.append(f"sizeof((({record} *)0)->{path})")
    for record in sorted({r for r, _, _ in fields}):
        out += [f"sizeof({record})", f"_Alignof({record})"]
    out += [f"sizeof({t})" for t in types]
    return out


def compare(header, system_headers):
    ours = f'#include "uapi/{header}"\n'
    theirs = "".join(f"#include <{h}>\n" for h in system_headers)
    own_macros = macros(ours, "-Ikernel")
    for name in macros("", "-Ikernel"):
        own_macros.pop(name, None)
    own_enums, own_records, own_types = declarations(ours, "-Ikernel")
    their_macros = macros(theirs)
    their_enums, their_records, their_types = declarations(theirs)
    if header != "types.h":
        own_types = set()

    compared = 0
    pairs = []  # (our name, their name)
    for name in sorted(set(own_macros) | own_enums):
        plain = name.removeprefix("SKEP_")
        if name in own_macros and re.fullmatch(r"[A-Za-z_]\w*", own_macros[name]) and own_macros[name] == name:
            continue
        if plain in their_macros or plain in their_enums:
            pairs.append((name, plain))
        elif not is_ours(name):
            fail(f"{header}: {name} is unknown to the system's headers")
    fields = []
    for record, paths in own_records.items():
        if record not in their_records:
            if record not in RENAMED and not is_ours(record):
                fail(f"{header}: {record} is unknown to the system's headers")
            continue
        for path, sized in paths.items():
            if path in their_records[record]:
                fields.append((record, path, sized))
            elif not is_ours(path.split(".")[-1]) and not is_ours(f"{record} {path}"):
                fail(f"{header}: {record} has no {path} in the system's headers")
    types = sorted(own_types & their_types)
    mine = expressions_for([a for a, _ in pairs], fields, types)
    yours = expressions_for([b for _, b in pairs], fields, types)
    for expression, a, b in zip(mine, values(ours, mine, "-Ikernel"), values(theirs, yours)):
        compared += 1
        if a != b:
            fail(f"{header}: {expression} is {a}, the system says {b}")
    return compared


def compare_renamed():
    ours, theirs = '#include "uapi/signal.h"\n', "#include <asm/signal.h>\n#include <asm/siginfo.h>\n#include <asm/sigcontext.h>\n#include <asm/ucontext.h>\n"
    _, own_records, _ = declarations(ours, "-Ikernel")
    _, their_records, _ = declarations(theirs)
    compared = 0
    for own, their in RENAMED.items():
        same = [p for p in own_records[own] if p in their_records[their]]
        mine = [f"sizeof({own})"] + [f"__builtin_offsetof({own}, {p})" for p in same]
        yours = [f"sizeof({their})"] + [f"__builtin_offsetof({their}, {p})" for p in same]
        for expression, a, b in zip(mine, values(ours, mine, "-Ikernel"), values(theirs, yours)):
            compared += 1
            if a != b:
                fail(f"signal.h: {expression} is {a}, the system says {b}")
    return compared


def compare_registers():
    """pt_regs against user_regs_struct: the same registers in the same places, as far as the latter goes."""
    _, records, _ = declarations('#include <asm/ptrace.h>\n')
    names = records["struct user_regs_struct"]
    ours = [f"__builtin_offsetof(struct pt_regs, {'epc' if n == 'pc' else n})" for n in names]
    theirs = [f"__builtin_offsetof(struct user_regs_struct, {n})" for n in names]
    for name, a, b in zip(names, values('#include "uapi/ptrace.h"\n', ours, "-Ikernel"), values("#include <asm/ptrace.h>\n", theirs)):
        if a != b:
            fail(f"ptrace.h: register {name} lies at {a}, the system says {b}")
    return len(names)


def compare_errno():
    """kernel/lib/errno.h's list against uapi/errno.h; 524 is the kernel's own."""
    text = open(os.path.join(ROOT, "kernel/lib/errno.h")).read()
    listed = [(n, int(v)) for n, v in re.findall(r"X\((E\w+), (\d+),", text) if n != "ENOTSUPP"]
    known = macros('#include <asm/errno.h>\n')
    numbers = values("#include <asm/errno.h>\n", [n for n, _ in listed if n in known])
    by_name = dict(zip([n for n, _ in listed if n in known], numbers))
    for name, value in listed:
        if by_name.get(name) != value:
            fail(f"lib/errno.h: {name} is {value}, the system says {by_name.get(name)}")
    return len(listed)


def main():
    total = compare_registers() + compare_errno() + compare_renamed()
    for path in sorted(glob.glob(os.path.join(ROOT, "kernel/uapi/*.h"))):
        name = os.path.basename(path)
        if name not in HEADERS:
            fail(f"{name}: no system header is named for it in scripts/checks/uapi.py")
            continue
        total += compare(name, HEADERS[name])
    print(f"uapi: {total} constants, offsets and sizes compared, {fail.count} differences")
    return 1 if fail.count else 0


if __name__ == "__main__":
    sys.exit(main())
