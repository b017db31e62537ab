#!/usr/bin/env python3
"""Writes a cpio archive in the newc format, deterministically: entries sorted by path, owner root, time 0, and inode
numbers counted from 1. The same inputs give the same bytes wherever and whenever it runs."""

import argparse
import os
import stat
import sys

TRAILER = "TRAILER!!!"


class Entry:
    def __init__(self, mode, data=b""):
        self.mode = mode
        self.data = data


def normalise(path):
    """A guest path without leading slash; refuses what would leave the root."""
    parts = [p for p in path.split("/") if p not in ("", ".")]
    if not parts or ".." in parts:
        raise SystemExit(f"mkinitramfs: not a usable guest path: {path!r}")
    return "/".join(parts)


def add(entries, path, entry):
    path = normalise(path)
    parent = os.path.dirname(path)
    while parent:
        if parent in entries and not stat.S_ISDIR(entries[parent].mode):
            raise SystemExit(f"mkinitramfs: {parent!r} is a file, but {path!r} lies below it")
        entries.setdefault(parent, Entry(stat.S_IFDIR | 0o755))
        parent = os.path.dirname(parent)
    if path in entries and stat.S_ISDIR(entries[path].mode) != stat.S_ISDIR(entry.mode):
        raise SystemExit(f"mkinitramfs: {path!r} is both a file and a directory")
    entries[path] = entry


def split_add(spec):
    """HOST:GUEST[:MODE] -> (host, guest, mode or None)"""
    fields = spec.split(":")
    if len(fields) not in (2, 3) or not fields[0] or not fields[1]:
        raise SystemExit(f"mkinitramfs: --add wants HOST:GUEST[:MODE], not {spec!r}")
    try:
        mode = int(fields[2], 8) if len(fields) == 3 else None
    except ValueError:
        raise SystemExit(f"mkinitramfs: {fields[2]!r} is no octal mode")
    if mode is not None and not 0 <= mode <= 0o7777:
        raise SystemExit(f"mkinitramfs: mode {fields[2]} is out of range")
    return fields[0], fields[1], mode


def read_host(path, mode):
    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise SystemExit(f"mkinitramfs: {path!r} is a directory")
        with open(path, "rb") as f:
            data = f.read()
    except OSError as e:
        raise SystemExit(f"mkinitramfs: cannot read {path!r}: {e.strerror}")
    if mode is None:  # only the executable bit of the host counts: its umask must not reach the archive
        mode = 0o755 if info.st_mode & 0o100 else 0o644
    return Entry(stat.S_IFREG | mode, data)


def record(name, ino, entry):
    encoded = name.encode() + b"\0"
    nlink = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = [ino, entry.mode, 0, 0, nlink, 0, len(entry.data), 0, 0, 0, 0, len(encoded), 0]
    out = b"070701" + b"".join(b"%08X" % f for f in fields) + encoded
    out += b"\0" * (-len(out) % 4)
    out += entry.data
    return out + b"\0" * (-len(out) % 4)


def build(entries):
    out = b"".join(record(path, i, entries[path]) for i, path in enumerate(sorted(entries), 1))
    out += record(TRAILER, 0, Entry(0))
    return out + b"\0" * (-len(out) % 512)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True, help="the archive to write; - for standard output")
    parser.add_argument("--dir", action="append", default=[], metavar="PATH", help="an empty directory")
    parser.add_argument("--add", action="append", default=[], metavar="HOST:GUEST[:MODE]",
                        help="a file; parents are created; MODE in octal, otherwise 755 or 644 as the host's x bit")
    parser.add_argument("--text", action="append", default=[], metavar="GUEST=CONTENT", help="a file of this content, mode 644")
    args = parser.parse_args()

    entries = {}
    for path in args.dir:
        mode = 0o1777 if normalise(path) == "tmp" else 0o700 if normalise(path) == "root" else 0o755
        add(entries, path, Entry(stat.S_IFDIR | mode))
    for spec in args.add:
        host, guest, mode = split_add(spec)
        add(entries, guest, read_host(host, mode))
    for spec in args.text:
        guest, separator, content = spec.partition("=")
        if not separator:
            raise SystemExit(f"mkinitramfs: --text wants GUEST=CONTENT, not {spec!r}")
        add(entries, guest, Entry(stat.S_IFREG | 0o644, content.encode()))

    data = build(entries)
    if args.output == "-":
        sys.stdout.buffer.write(data)
        return
    partial = args.output + ".new"  # never leave half an archive under the real name
    with open(partial, "wb") as f:
        f.write(data)
    os.replace(partial, args.output)


if __name__ == "__main__":
    main()
