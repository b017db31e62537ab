#!/bin/sh
# clang-format over the whole tree: exit 1 and the files' names when one is not formatted. `--fix` formats them.
set -eu
cd "$(dirname "$0")/../.."
files=$(git ls-files '*.cc' '*.h' '*.c' | grep -v '^kernel/lib/libcxx/' || true)
if [ "${1:-}" = --fix ]; then
  echo "$files" | xargs clang-format-19 -i
  exit 0
fi
bad=$(echo "$files" | xargs clang-format-19 --dry-run -Werror 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error:.*/\1/p' | sort -u)
if [ -n "$bad" ]; then
  echo "not formatted (scripts/checks/format.sh --fix):"
  echo "$bad"
  exit 1
fi
echo "format: $(echo "$files" | wc -l) files"
