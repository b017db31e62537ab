#!/usr/bin/env python3
"""Checks that code in .noprobe.text stays there: whatever runs between a breakpoint's trap and the moment the hart is known
to be in a probe must not contain a breakpoint itself, or the trap would recurse until the stack is full.

usage: scripts/checks/noprobe.py [KERNEL.elf]       default: $B/skep.elf

Every direct call and jump that leaves .noprobe.text must be listed in ALLOWED with the reason why it is harmless. Indirect
calls (the clients of a probe, new threads) cannot be seen here. An entry that is no longer needed is reported, too.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LLVM = os.environ.get("LLVM_VERSION", "19")

# (caller, callee) as regular expressions over demangled names, and why a breakpoint in the callee does no harm.
ALLOWED = [
    (r".*", r"skep::arch::panic_with_registers\(.*|skep::panic_line\(.*|panic_at_call|skep::arch::trap_cause_name\(.*",
     "on the way to a panic, which takes no breakpoint and returns to nothing"),
    (r"trap_from_kernel|skep::arch::\(anonymous namespace\)::handle_kernel_fault\(.*", r"strlen", "on the way to a panic"),
    (r"trap_from_kernel|skep::arch::\(anonymous namespace\)::handle_interrupt\(.*",
     r"skep::arch::(\(anonymous namespace\)::handle_interrupt|on_ipi|on_timer_\w+|take_timer_interrupt|on_kernel_preemption|program_next_tick)\(.*",
     "an interrupt, not a breakpoint"),
    (r"trap_from_kernel|skep::arch::\(anonymous namespace\)::handle_kernel_fault\(.*", r"skep::arch::on_user_page_fault\(.*",
     "a fault; a probe's slot was left before"),
    (r".*", r"trap_from_user|user_thread_start|finish_first_switch", "from or to user mode, or a new thread: not a breakpoint"),
]


def tool(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    elf = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, os.environ.get("B", "build"), "skep.elf")
    if not os.path.exists(elf):
        print(f"noprobe: {elf} is not there; make it first")
        return 1
    symbols = {}
    functions = []
    for line in tool(f"llvm-nm-{LLVM}", "-n", "-C", "--defined-only", elf).splitlines():
        address, kind, name = line.split(" ", 2)
        symbols.setdefault(name, int(address, 16))
        if kind in "tT" and not name.startswith((".L", "$")):
            functions.append((int(address, 16), name))
    start, end = symbols["noprobe_text_start"], symbols["noprobe_text_end"]
    markers = {"noprobe_text_start", "noprobe_text_end", "kernel_text_start", "kernel_text_end"}
    functions = [f for f in functions if f[1] not in markers]

    def function_at(address):
        found = "?"
        for at, name in functions:
            if at > address:
                break
            found = name
        return found

    text = tool(f"llvm-objdump-{LLVM}", "-d", "--no-show-raw-insn", f"--start-address={start:#x}",
                f"--stop-address={end:#x}", elf)
    instruction = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
    auipc = {}
    problems, used, checked = [], set(), 0
    for line in text.splitlines():
        match = instruction.match(line)
        if not match:
            continue
        at, name, operands = int(match.group(1), 16), match.group(2), match.group(3)
        target = None
        if name == "auipc":
            register, value = [x.strip() for x in operands.split(",")][:2]
            upper = int(value.split()[0], 0)
            auipc[register] = at + ((upper << 12) - (1 << 32) if upper >= 0x80000 else upper << 12)
        elif name in ("jalr", "jr"):
            spec = re.match(r"(?:(\w+),\s*)?(-?\w+)\((\w+)\)|(\w+)", operands)
            base = spec.group(3) or spec.group(4)
            offset = int(spec.group(2), 0) if spec.group(3) else 0
            if base in auipc:
                target = auipc[base] + offset
        elif name in ("j", "jal", "c.j", "tail", "call") or name.startswith("b"):
            last = re.search(r"0x([0-9a-f]+)", operands)
            target = int(last.group(1), 16) if last else None
        else:
            auipc.pop(operands.split(",")[0].strip(), None)  # overwritten: no longer the upper part of a target
        if target is None:
            continue
        checked += 1
        if start <= target < end:
            continue
        caller, callee = function_at(at), function_at(target)
        for i, (a, b, _) in enumerate(ALLOWED):
            if re.fullmatch(a, caller) and re.fullmatch(b, callee):
                used.add(i)
                break
        else:
            problems.append(f"{at:#x} {caller}: leaves .noprobe.text for {callee}")
    for problem in problems:
        print(problem)
    for i, (a, b, _) in enumerate(ALLOWED):
        if i not in used:
            print(f"not needed (any more): {a} -> {b}")
            problems.append(a)
    print(f"noprobe: {checked} calls and jumps, {len(problems)} problems")
    return 1 if problems or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
