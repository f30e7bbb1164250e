#!/usr/bin/env python3
"""Puts the package together in a build folder, to be used from there: stage.py INCLUDE OUTPUT STAMP DEPFILE"""

import pathlib
import shutil
import sys

import read_headers

include, output, stamp, depfile = map(pathlib.Path, sys.argv[1:])
here = pathlib.Path(__file__).resolve().parent
target = output / "microcosm"
shutil.rmtree(target, ignore_errors=True)
shutil.copytree(here / "microcosm", target, ignore=shutil.ignore_patterns("__pycache__", "_ffi.py", "_api.py"))
read_headers.write(include, target)
stamp.touch()
# The folders too, so that a new file is seen.
sources = [here / "read_headers.py", here / "microcosm", *(here / "microcosm").glob("*.py*"), here / "microcosm/py.typed",
           *include.rglob("*")]
depfile.write_text(f"{stamp}: {' '.join(str(path) for path in sources)}\n", encoding="utf-8")
