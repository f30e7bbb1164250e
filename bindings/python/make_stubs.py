#!/usr/bin/python3
"""Writes the type stubs, by which editors complete and mypy checks: make_stubs.py OUTPUT.pyi

The parts written by hand are in stub_template.pyi; operations, records, errors and the members of
structs come from the headers and the library. MICROCOSM_LIBRARY and PYTHONPATH say which.
"""

import pathlib
import re
import sys

# The package that is put together, not the sources beside this file.
HERE = str(pathlib.Path(__file__).resolve().parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]

import microcosm  # noqa: E402
from microcosm import _errors, _operations, _records, _values  # noqa: E402
from microcosm._library import lib  # noqa: E402

KINDS = {
    lib.MC_KIND_BOOL: "bool",
    lib.MC_KIND_CHOICE: "bool | None",
    lib.MC_KIND_INT64: "int",
    lib.MC_KIND_DOUBLE: "float",
    lib.MC_KIND_STRING: "str",
    lib.MC_KIND_TIME: "datetime.datetime | Any",
    lib.MC_KIND_STRINGS: "tuple[str, ...]",
    lib.MC_KIND_INT64S: "tuple[int, ...]",
    lib.MC_KIND_MAYBE_INT64: "int | None",
}


def field_type(info):
    """What an attribute is, in Python."""
    inner = _records.class_name(info.type) if info.type else "Any"
    if info.kind == lib.MC_KIND_RECORD:
        return f"{inner} | Any" if info.type else "Any"
    if info.kind == lib.MC_KIND_LIST:
        return f"tuple[{inner}, ...]"
    return KINDS[info.kind]


def records():
    for type_, record_class in _records.CLASSES_BY_TYPE.items():
        yield f"class {record_class.__name__}(Record):"
        for info in _records.fields_of(type_):
            yield f"    {_records.field_name(info)}: {field_type(info)}"
        yield ""


def errors():
    for error_class in _errors.CLASSES.values():
        yield f"class {error_class.__name__}(Error): ..."


def returned(operation):
    """What a method returns, in Python."""
    name = operation.returns
    if name not in ("None", "int", "str"):
        name = "".join(word.capitalize() for word in name.split("_"))
    return f"{name} | Any" if operation.explains else name


def operations():
    for operation in _operations.OPERATIONS.values():
        given = _operations.signature(operation, lambda name, annotation: f"{name}: {annotation}").replace("=", " = ")
        line = f"def {operation.name}({given}) -> {returned(operation)}: ..."
        if len(line) <= 110:
            yield line
            continue
        yield f"def {operation.name}("
        for part in given.split(", "):
            yield f"    {part},"
        yield f") -> {returned(operation)}: ..."


def members(struct):
    """The members of a struct as keyword arguments."""
    for name, (_, kind) in _values.Struct(struct).members.items():
        # The folder and the site are positional arguments already.
        if (struct, name) not in (("mc_app_options", "data"), ("mc_visit", "site_key")):
            yield f"{name}: {_values.CONVERTERS[kind][1]} | None = None,"


PARTS = {"records": records, "errors": errors, "operations": operations}


def stubs():
    """The text of the stubs."""
    template = pathlib.Path(HERE, "stub_template.pyi").read_text(encoding="utf-8")
    lines = []
    for line in template.splitlines():
        place = re.fullmatch(r"( *)#<(\w+)>", line)
        if not place:
            lines.append(line)
            continue
        indent, name = place.groups()
        made = PARTS[name]() if name in PARTS else members(name)
        lines += [(indent + part).rstrip() for part in made]
    names = ",\n    ".join(f'"{name}"' for name in microcosm.__all__)
    return "\n".join(lines).rstrip() + f"\n\n__all__ = [\n    {names},\n]\n"


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).write_text(stubs(), encoding="utf-8")
