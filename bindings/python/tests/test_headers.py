"""Nothing of the C API is missing here, and nothing here is older than the headers."""

import inspect
import os
import pathlib
import re
import subprocess
import sys

import pytest

import microcosm
from microcosm import _api, _library, _operations, _values

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = pathlib.Path(os.environ.get("MICROCOSM_INCLUDE") or HERE.parent.parent.parent / "include")
PACKAGE = HERE.parent / "microcosm"

sys.path.insert(0, str(HERE.parent))
import read_headers  # noqa: E402

# What Python has no use for, and why.
NOT_FOR_PYTHON = {
    "mc_budget_free": "it has no budgets",
    "mc_budget_left": "it has no budgets",
    "mc_budget_new": "it has no budgets",
    "mc_buffer_append": "buffers are filled by the library only",
    "mc_buffer_new_within": "it has no budgets",
    "mc_buffer_shrink": "a buffer's bytes become a str, and it is used again",
    "mc_error_find": "exceptions are classes already",
    "mc_item_type_name": "records have names of kinds, not numbers",
    "mc_type_size": "structs come from the headers",
}


def declared():
    """Functions that the headers mark MC_API, found without read_headers."""
    text = "".join(path.read_text() for path in sorted(INCLUDE.rglob("*.h")))
    text = re.sub(r"/\*.*?\*/|^\s*#.*?$", "", text, flags=re.S | re.M)
    return {re.search(r"(\w+)\s*\(", found).group(1) for found in re.findall(r"\bMC_API\b([^;]*);", text)}


def used():
    """Functions that the package calls by name."""
    sources = "".join(path.read_text() for path in PACKAGE.glob("*.py"))
    return set(re.findall(r"\blib\.(mc_\w+)", sources))


def test_every_function_is_there_or_left_out_for_a_reason():
    operations = {operation.function for operation in _operations.OPERATIONS.values()}
    assert not operations & used()
    assert not (operations | used()) & NOT_FOR_PYTHON.keys()
    assert operations | used() | NOT_FOR_PYTHON.keys() == declared()


def test_every_function_is_in_the_library():
    for name in declared():
        assert getattr(_library.lib, name)


def test_the_library_exports_nothing_else():
    done = subprocess.run(["nm", "-D", "--defined-only", "--format=posix", _library.PATH], capture_output=True, text=True,
                          check=True, env={**os.environ, "LD_PRELOAD": ""})
    exported = {line.split()[0].split("@")[0] for line in done.stdout.splitlines()}
    assert {name for name in exported if name.startswith("mc_")} == declared()


def test_the_package_was_made_from_these_headers(tmp_path):
    read_headers.write(INCLUDE, tmp_path)
    built = pathlib.Path(microcosm.__file__).parent
    for name in ("_ffi.py", "_api.py"):
        assert (tmp_path / name).read_text() == (built / name).read_text()


@pytest.mark.parametrize("name", sorted(_operations.OPERATIONS))
def test_each_operation_is_a_method_with_its_parameters(name):
    method = getattr(microcosm.Session, name)
    assert method.__name__ == name
    given = set(inspect.signature(method).parameters)
    for kind, parameter in _api.FUNCTIONS["mc_" + name][1]:
        if kind in ("int64_t", "bool", "const char*", "mc_item_type"):
            assert parameter in given


def test_members_of_structs_are_keywords():
    struct = _values.Struct("mc_microcosm_edit")
    text = (INCLUDE / "microcosm/microcosms.h").read_text()
    body = re.search(r"typedef struct mc_microcosm_edit \{(.*?)\}", re.sub(r"/\*.*?\*/", "", text, flags=re.S), re.S).group(1)
    members = {re.search(r"(\w+)\s*$", line).group(1) for line in body.split(";") if line.strip()}
    assert set(struct.members) == members - {"size"}


def test_initialisers_are_those_of_the_headers():
    assert _api.INITIALISERS["mc_page_options"] == ["sizeof", 25, 0, None, None, None]
    assert _values.Struct("mc_page_options").initial["limit"] == 25
    options = _library.ffi.new("mc_app_options *")
    _library.lib.mc_app_options_init(options, _library.ffi.sizeof("mc_app_options"))
    members = [member for member, _ in _library.ffi.typeof("mc_app_options").fields]
    for member, value in zip(members, _api.INITIALISERS["mc_app_options"]):
        if isinstance(value, int):
            assert getattr(options, member) == value, member


def test_a_strange_header_is_refused(tmp_path):
    (tmp_path / "microcosm.h").write_text("#define MC_X_INIT {1, 2}\n")
    with pytest.raises(ValueError, match="MC_X_INIT"):
        read_headers.write(tmp_path, tmp_path / "out")


def test_an_older_library_is_refused():
    for version in ("0.0.9", "1.0.0"):
        with pytest.raises(ImportError, match=version):
            _library._check(version)
    for version in ("0.1.0", "0.1.7", "0.2.0"):
        _library._check(version)


def test_without_a_library_import_says_what_to_do():
    done = subprocess.run([sys.executable, "-c", "import microcosm"], capture_output=True, text=True,
                          env={**os.environ, "MICROCOSM_LIBRARY": "/nowhere/libmicrocosm.so"})
    assert done.returncode == 1
    assert "ImportError: libmicrocosm can't be loaded" in done.stderr and "MICROCOSM_LIBRARY" in done.stderr


def test_the_headers_tell_the_limits_of_the_field_tables():
    """By the same words everywhere."""
    lib, told = _library.lib, 0
    for i in range(lib.mc_type_count()):
        struct = "mc_" + _library.text(lib.mc_type_name(lib.mc_type_at(i)))
        for member, info in _values.input_fields(struct).items():
            if info.max_length:
                told += 1
                unit = "" if info.kind == lib.MC_KIND_LIST else " characters"
                assert f"t most {info.max_length:,}{unit}" in _api.MEMBERS[struct][member], f"{struct}.{member}"
    assert told > 10
