#!/usr/bin/env python3
"""Checks that what the documentation names exists: every `path/file.ext:function`, every `path/file.ext` and every
relative link in README.md, CONTRIBUTING.md and docs/*.md. Exit status 1 when one does not."""

import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOP = ("kernel/", "user/", "tests/", "scripts/", "docs/", "tools/")
NAMED = re.compile(r"`((?:kernel|user|tests|scripts|docs|tools)/[\w./+-]+?)(?::([A-Za-z_][\w:~]*))?(?:\(\))?`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
# The design page is the plan, not a description of the tree.
SKIP = {"docs/DESIGN.md"}


def main():
    errors = []
    checked = 0
    pages = ["README.md", "CONTRIBUTING.md"] + sorted(glob.glob("docs/*.md", root_dir=ROOT))
    for page in pages:
        full = os.path.join(ROOT, page)
        if page in SKIP or not os.path.exists(full):
            continue
        with open(full, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                for path, function in NAMED.findall(line):
                    checked += 1
                    target = os.path.join(ROOT, path)
                    if not os.path.exists(target) and not glob.glob(target):
                        errors.append(f"{page}:{number}: {path} does not exist")
                    elif function:
                        with open(target, encoding="utf-8") as t:
                            last = function.split("::")[-1]
                            if not re.search(r"\b" + re.escape(last) + r"\b", t.read()):
                                errors.append(f"{page}:{number}: {path} has no {function}")
                for path in LINK.findall(line):
                    checked += 1
                    if not os.path.exists(os.path.join(os.path.dirname(full), path.strip())):
                        errors.append(f"{page}:{number}: link to {path} leads nowhere")
    for e in errors:
        print(e)
    print(f"docs: {checked} references, {len(errors)} broken")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
