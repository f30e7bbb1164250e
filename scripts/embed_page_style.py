#!/usr/bin/env python3
"""Turns the style of microcosmd's pages into C, with the source by which their policy allows it: embed_page_style.py OUTPUT FILE.css"""
import base64
import hashlib
import sys
from pathlib import Path

from c_text import literal


def main():
    output, path = map(Path, sys.argv[1:])
    text = path.read_bytes()
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    output.write_text(f"/* Made from {path.name} by scripts/embed_page_style.py; change that instead. */\n"
                      f'#include "api/page.h"\n\nconst char page_style[] =\n{literal(text)};\n'
                      f'const char page_style_source[] = "\'sha256-{digest}\'";\n', encoding="utf-8")


if __name__ == "__main__":
    main()
