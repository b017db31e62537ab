#!/bin/sh
# The demo's object is clang's own output: what stands in the initramfs equals a fresh compile of the source, byte for byte.
set -eu
cd "$(dirname "$0")/../.."
build=${B:-build}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
clang-19 -O2 -g -target bpf -D__TARGET_ARCH_riscv -I/usr/riscv64-linux-gnu/include -c user/bpf/lathist.bpf.c -o "$scratch/fresh.o"
python3 - "$build/initramfs.cpio" lib/bpf/lathist.bpf.o > "$scratch/shipped.o" <<'PY'
import sys

# cpio newc: 6 bytes magic, 13 fields of 8 hex digits, name, data; both padded to 4.
archive, wanted = open(sys.argv[1], "rb").read(), sys.argv[2]
at = 0
while archive[at:at + 6] == b"070701":
    fields = [int(archive[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
    size, name_size = fields[6], fields[11]
    name = archive[at + 110:at + 110 + name_size - 1].decode()
    data = (at + 110 + name_size + 3) & ~3
    if name.lstrip("/.") == wanted:
        sys.stdout.buffer.write(archive[data:data + size])
        sys.exit(0)
    at = (data + size + 3) & ~3
sys.exit(f"{wanted} is not in the initramfs")
PY
cmp "$scratch/fresh.o" "$scratch/shipped.o"
echo "stock object: $(wc -c < "$scratch/fresh.o") bytes, equal"
