"""Makes _ffi.py and _api.py from the C headers while the package is built; the rest is in pyproject.toml."""

import pathlib
import sys

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parent.parent / "include"

sys.path.insert(0, str(HERE))


class BuildWithHeaders(build_py):
    def run(self):
        import read_headers

        super().run()
        read_headers.write(INCLUDE, pathlib.Path(self.build_lib) / "microcosm")


setup(cmdclass={"build_py": BuildWithHeaders})
