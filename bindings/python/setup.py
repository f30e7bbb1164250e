"""Makes _ffi.py and _api.py from the C headers while the package is built; the rest is in pyproject.toml.

The headers are those of the source tree, or those that a source distribution has brought along.
"""

import pathlib
import re
import shutil
import sys

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = next(folder for folder in (HERE / "include", HERE.parent.parent / "include") if folder.is_dir())

sys.path.insert(0, str(HERE))


def version():
    """The version of the library that the headers are of."""
    text = "".join(path.read_text(encoding="utf-8") for path in INCLUDE.rglob("*.h"))
    return ".".join(re.search(rf"#define MC_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH"))


class BuildWithHeaders(build_py):
    def run(self):
        import read_headers

        super().run()
        read_headers.write(INCLUDE, pathlib.Path(self.build_lib) / "microcosm")


class DistributeHeaders(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        shutil.copytree(INCLUDE, pathlib.Path(base_dir) / "include")


setup(version=version(), cmdclass={"build_py": BuildWithHeaders, "sdist": DistributeHeaders})
