#!/usr/bin/python3
"""Writes the type stubs, by which editors complete and mypy checks: make_stubs.py OUTPUT_FOLDER

The parts written by hand are in stub_template.pyi and stub_template_resources.pyi; operations,
resources, records, errors and the members of structs come from the headers and the library.
MICROCOSM_LIBRARY and PYTHONPATH say which.
"""

import pathlib
import re
import sys

# The package that is put together, not the sources beside this file.
HERE = str(pathlib.Path(__file__).resolve().parent)
sys.path[:] = [folder for folder in sys.path if folder != HERE]

import microcosm  # noqa: E402
from microcosm import _errors, _operations, _records, _resources, _values  # noqa: E402
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
    lib.MC_KIND_MAYBE_DOUBLE: "float | None",
}


def field_type(record_class, info):
    """What an attribute is, in Python."""
    name = _records.field_name(info)
    if info.kind == lib.MC_KIND_RECORD and name in record_class._page_items:
        return f"Page[{record_class._page_items[name]}] | Any"
    if info.kind == lib.MC_KIND_RECORD:
        if info.type:
            return f"{_records.class_name(info.type)} | Any"
        return " | ".join(listed()) if record_class.__name__ == "Entry" else "Any"
    if info.kind == lib.MC_KIND_LIST:
        return f"tuple[{item_of(record_class, name)}, ...]"
    return KINDS[info.kind]


def listed():
    """Classes of what a list of several kinds has: all that have lists in them."""
    kinds = _records.BY_NAME["Collection"]._page_items.values()
    return [kind for kind in kinds if _records.BY_NAME[kind]._page_items]


def item_of(record_class, field):
    """What is in a list; in a page, that differs."""
    return "_T" if is_page(record_class) and field == "items" else record_class._item_classes[field]


def is_page(record_class):
    return record_class.__name__ == "Page"


def sequence(item):
    """What a record that is a list has in common with one."""
    yield "    def __len__(self) -> int: ..."
    yield f"    def __iter__(self) -> Iterator[{item}]: ..."
    yield f"    def __reversed__(self) -> Iterator[{item}]: ..."
    yield "    def __contains__(self, item: object) -> bool: ..."
    yield "    @overload"
    yield f"    def __getitem__(self, index: int) -> {item}: ..."
    yield "    @overload"
    yield f"    def __getitem__(self, index: slice) -> tuple[{item}, ...]: ..."


def records():
    for type_, record_class in _records.CLASSES_BY_TYPE.items():
        yield f"class {record_class.__name__}(Record{', Generic[_T]' if is_page(record_class) else ''}):"
        for info in _records.fields_of(type_):
            yield f"    {_records.field_name(info)}: {field_type(record_class, info)}"
        if record_class._items is not None:
            yield from sequence(item_of(record_class, record_class._items))
        yield ""


def errors():
    for error_class in _errors.CLASSES.values():
        yield f"class {error_class.__name__}(Error): ..."


def show(parameter):
    """A parameter with its type."""
    return f"{parameter.name}: {parameter.full_annotation()}"


def stub_of(method, returns):
    """A method as it is declared, in one line if that is not too long."""
    parts = [part.replace("=", " = ", 1) for part in method.signature(show)]
    line = f"def {method.name}({', '.join(parts)}) -> {returns}: ..."
    if len(line) <= 110:
        yield line
        return
    yield f"def {method.name}("
    for part in parts:
        yield f"    {part},"
    yield f") -> {returns}: ..."


def returned(operation):
    """What a method returns, in Python."""
    name = _operations.class_of(operation.returns)
    return f"{name} | Any" if operation.explains else name


def operations():
    for operation in _operations.OPERATIONS.values():
        yield from stub_of(_operations.Method(operation, operation.name), returned(operation))


def properties():
    for name in _resources.RESOURCES:
        yield "@property"
        yield f"def {name}(self) -> resources.{_resources.class_of_resource(name)}: ..."


def resources():
    for name, group in _resources.GROUPED.items():
        yield f"class {_resources.class_of_resource(name)}(Resource):"
        for line in resource_members(name, group):
            yield f"    {QUALIFIED.sub(qualified, line)}"
        yield ""


def qualified(found):
    """A class of the package, which may have the name of a resource's class too."""
    return f"microcosm.{found[0]}"


def resource_members(name, group):
    made = vars(_resources.RESOURCES[name])
    for method, returns, verb in _resources.methods(group):
        yield from stub_of(method, "Permissions | Any" if returns == "Permissions" else returns)
    if "since" in made:
        found = made["since"].__annotations__
        yield f"def since(self, cursor: str | None = None, *, limit: int | None = None) -> {found['return']}: ..."
        yield f"def __iter__(self) -> Iterator[{found['return'][len('Changes['):-1]}]: ..."
    elif "__iter__" in made:
        found = made["list"].__annotations__["return"]
        yield f"def __iter__(self) -> Iterator[{found[len('List['):-1]}]: ..."
    if "__getitem__" in made:
        [identity] = [parameter for parameter in _resources.Method(group["get"], "get", _resources._label).parameters
                      if parameter.is_required]
        yield f"def __getitem__(self, {show(identity)}) -> {_operations.class_of(group['get'].returns)}: ..."


def members(struct):
    """The members of a struct as keyword arguments."""
    taken = _values.Struct(struct)
    for name in taken.members:
        # The folder and the site are positional arguments already.
        if (struct, name) not in (("mc_app_options", "data"), ("mc_visit", "site_key")):
            yield f"{name}: {taken.annotation(name)} | None = None,"


QUALIFIED = re.compile(rf"(?<![.\w])(?:{'|'.join(name for name in microcosm.__all__ if name[0].isupper())})\b")
PARTS = {"records": records, "errors": errors, "operations": operations, "properties": properties,
         "resources": resources}


def stubs(template, names):
    """The text of the stubs of a module with these public names."""
    template = pathlib.Path(HERE, template).read_text(encoding="utf-8")
    lines = []
    for line in template.splitlines():
        place = re.fullmatch(r"( *)#<(\w+)>", line)
        if not place:
            lines.append(line)
            continue
        indent, name = place.groups()
        made = PARTS[name]() if name in PARTS else members(name)
        lines += [(indent + part).rstrip() for part in made]
    names = ",\n    ".join(f'"{name}"' for name in names)
    return "\n".join(lines).rstrip() + f"\n\n__all__ = [\n    {names},\n]\n"


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.joinpath("__init__.pyi").write_text(stubs("stub_template.pyi", microcosm.__all__), encoding="utf-8")
    folder.joinpath("resources.pyi").write_text(stubs("stub_template_resources.pyi", microcosm.resources.__all__),
                                                encoding="utf-8")
