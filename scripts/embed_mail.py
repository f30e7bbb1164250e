#!/usr/bin/env python3
"""Turns the mail templates of libmicrocosm/mail/templates into C: embed_mail.py OUTPUT FILE.mail..."""
import sys
from pathlib import Path

from c_text import text_in_c

HEAD = """/* Made from libmicrocosm/mail/templates by scripts/embed_mail.py; change those instead. */
#include "mail/templates.h"

"""


def main():
    output, *paths = map(Path, sys.argv[1:])
    before, entries = "", ""
    for path in sorted(paths):
        definition, expression = text_in_c(f"text_of_{path.stem}", path.read_text(encoding="utf-8"))
        before += definition
        entries += f'    {{"{path.stem}",\n{expression}}},\n'
    output.write_text(f"{HEAD}{before}const mc__mail_text mc__mail_texts[] = {{\n{entries}    {{NULL, NULL}},\n}};\n",
                      encoding="utf-8")


main()
