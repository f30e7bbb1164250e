#!/usr/bin/env python3
"""Turns the legal documents of libmicrocosm/legal into C: embed_legal.py OUTPUT FILE.md...

The first line of each says when it was last changed: "Date: 2026-11-30".
"""
import re
import sys
from pathlib import Path

from c_text import text_in_c

HEAD = """/* Made from libmicrocosm/legal by scripts/embed_legal.py; change those instead. */
#include "domain/sites/legal.h"

#include <stddef.h>

"""


def main():
    output, *paths = map(Path, sys.argv[1:])
    before, entries = "", ""
    for path in sorted(paths):
        text = path.read_text(encoding="utf-8")
        if not re.match(r"Date: \d{4}-\d\d-\d\d\n\n", text):
            print(f"{path}:1: is not \"Date: YYYY-MM-DD\" and an empty line", file=sys.stderr)
            return 1
        definition, expression = text_in_c(f"text_of_{path.stem}", text)
        before += definition
        entries += f'    {{"{path.stem}",\n{expression}}},\n'
    output.write_text(f"{HEAD}{before}const mc__legal_text mc__legal_texts[] = {{\n{entries}    {{NULL, NULL}},\n}};\n",
                      encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
