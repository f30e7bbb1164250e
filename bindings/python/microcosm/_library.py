"""Finds libmicrocosm and loads it."""

import os

from ._ffi import ffi

# Another library than the installed one, such as that of a build: MICROCOSM_LIBRARY.
PATH = os.environ.get("MICROCOSM_LIBRARY") or "libmicrocosm.so.0"


def _load():
    try:
        return ffi.dlopen(PATH)
    except OSError as failure:
        raise ImportError(f"libmicrocosm can't be loaded ({failure}); install it, or name its file in the"
                          " environment variable MICROCOSM_LIBRARY") from failure


def _check(version):
    """A library may be newer than the headers that this package was made from, but not older."""
    wanted = (lib.MC_VERSION_MAJOR, lib.MC_VERSION_MINOR, lib.MC_VERSION_PATCH)
    found = tuple(int(part) for part in version.split("."))
    if found[0] != wanted[0] or found < wanted:
        raise ImportError(f"libmicrocosm {version} doesn't fit this package, which is for"
                          f" {'.'.join(map(str, wanted))}")


lib = _load()
version = ffi.string(lib.mc_version()).decode()
build_date = ffi.string(lib.mc_build_date()).decode()
_check(version)


def text(pointer):
    """A text of the library's as str; None for NULL."""
    return ffi.string(pointer).decode() if pointer else None
