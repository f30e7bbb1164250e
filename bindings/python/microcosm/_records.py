"""Records: a class for each record type of the library, made from its field tables.

A record stays in the library's memory and is freed with the last Python object that is a part of
it. Attributes are read when they are asked for, then kept.
"""

import datetime
import keyword
import re

from . import _api
from ._errors import CLASSES, NoMemory
from ._library import ffi, lib, text

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_NO_TIME = lib.MC_TIME_NONE
_VALUE = ffi.typeof("mc_value *")


class Buffer:
    """The library's growing buffer, for JSON and HTML."""

    def __init__(self):
        out = ffi.new("mc_buffer **")
        code = lib.mc_buffer_new(out, 0)
        if code < 0:
            raise CLASSES[code]("out of memory")
        self.pointer = ffi.gc(out[0], lib.mc_buffer_free)

    def clear(self):
        """Empty it; its memory is kept."""
        lib.mc_buffer_clear(self.pointer)

    def take(self):
        """What is in it, as text."""
        return ffi.unpack(lib.mc_buffer_bytes(self.pointer), lib.mc_buffer_length(self.pointer)).decode()


def _time(value):
    return None if value.us == _NO_TIME else _EPOCH + datetime.timedelta(microseconds=value.us)


def _record(pointer, root):
    return wrap(pointer, root) if pointer else None


def _items(list_, read):
    return tuple(read(list_.items[i]) for i in range(list_.count))


# Kind of a field -> how its value becomes Python's.
_READERS = {
    lib.MC_KIND_BOOL: lambda value, root: value.boolean,
    lib.MC_KIND_CHOICE: lambda value, root: None if value.choice == lib.MC_UNSET else value.choice == lib.MC_YES,
    lib.MC_KIND_INT64: lambda value, root: value.int64,
    lib.MC_KIND_DOUBLE: lambda value, root: value.number,
    lib.MC_KIND_STRING: lambda value, root: text(value.string),
    lib.MC_KIND_TIME: lambda value, root: _time(value.time),
    lib.MC_KIND_RECORD: lambda value, root: _record(value.record, root),
    lib.MC_KIND_LIST: lambda value, root: _items(value.list, lambda item: wrap(item, root)),
    lib.MC_KIND_STRINGS: lambda value, root: _items(value.strings, text),
    lib.MC_KIND_INT64S: lambda value, root: _items(value.int64s, int),
    lib.MC_KIND_MAYBE_INT64: lambda value, root: value.maybe_int64.value if value.maybe_int64.given else None,
    lib.MC_KIND_MAYBE_DOUBLE: lambda value, root: value.maybe_double.value if value.maybe_double.given else None,
}


_NOT_SHOWN = {lib.MC_KIND_RECORD, lib.MC_KIND_LIST, lib.MC_KIND_STRINGS, lib.MC_KIND_INT64S}


class _Field:
    """Reads a field from the library the first time; then the instance's own value is found first."""

    def __init__(self, name, index, kind):
        self.name = name
        self.index = index
        self.read = _READERS[kind]

    def __get__(self, record, owner):
        if record is None:
            return self
        value = ffi.new(_VALUE)
        # 0 always: the index is one of the type's own
        lib.mc_record_get(value, record._pointer, self.index)
        found = record.__dict__[self.name] = self.read(getattr(value, "as"), record._root)
        return found


class Record:
    """What the library returns: read-only, and valid for as long as somebody has it."""

    fields = ()
    _items = None
    _shown = ()

    def __init__(self, *_, **__):
        raise TypeError(f"a {type(self).__name__} is made by the library only")

    def __setattr__(self, name, value):
        raise AttributeError(f"{type(self).__name__}.{name} can't be set: records are read-only")

    def __delattr__(self, name):
        raise AttributeError(f"{type(self).__name__}.{name} can't be deleted: records are read-only")

    def json(self):
        """The record as JSON, in the form of the API v1."""
        buffer = Buffer()
        code = lib.mc_record_json(buffer.pointer, self._pointer)
        if code < 0:
            raise CLASSES[code]("the record can't be written as JSON")
        return buffer.take()

    def _values(self):
        return tuple(getattr(self, name) for name in self.fields)

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return self._pointer == other._pointer or self._values() == other._values()

    def __hash__(self):
        identity = getattr(self, "id", None)
        return hash((type(self).__name__, self._values() if identity is None else identity))

    def __repr__(self):
        shown = []
        for name in self._shown:
            value = getattr(self, name)
            if value:
                shown.append(f"{name}={value[:37] + '...' if isinstance(value, str) and len(value) > 40 else value!r}")
        count = [] if self._items is None else [f"{self._items}={len(self)}"]
        return f"<{' '.join([type(self).__name__, *shown[:4], *count])}>"

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        raise TypeError("a record can't be pickled; its json() is text that can be kept")


Record.__module__ = "microcosm"


def fields_of(type_):
    """mc_field_info of each field of a type."""
    for i in range(lib.mc_type_field_count(type_)):
        info = ffi.new("mc_field_info *")
        lib.mc_type_field(info, type_, i)
        yield info


def field_name(info):
    """Name of a field as an attribute."""
    name = text(info.name)
    return name + "_" if keyword.iskeyword(name) else name


def is_record_type(name):
    """Whether the library has records of a type of that name."""
    type_ = lib.mc_type_find(name.encode())
    return bool(type_) and not lib.mc_type_is_input(type_)


def type_name(type_):
    """Name of a type, such as "last_comment"."""
    return text(lib.mc_type_name(type_))


def class_name(type_):
    """Name of the class of a type: last_comment is LastComment."""
    return "".join(word.capitalize() for word in type_name(type_).split("_"))


class Sequence:
    """What a record that is a list of others has in common with one: a Page, and all whose type ends in _list."""

    def __len__(self):
        return len(getattr(self, self._items))

    def __getitem__(self, index):
        return getattr(self, self._items)[index]

    def __iter__(self):
        return iter(getattr(self, self._items))

    def __reversed__(self):
        return reversed(getattr(self, self._items))

    def __contains__(self, item):
        return item in getattr(self, self._items)


def _items_field(type_):
    """Name of the field that a list's items are in; None for what is no list."""
    if type_name(type_) != "page" and not type_name(type_).endswith("_list"):
        return None
    lists = [field_name(info) for info in fields_of(type_) if info.kind == lib.MC_KIND_LIST]
    return "items" if "items" in lists else lists[0] if len(lists) == 1 else None


def _item_class(struct, field):
    """Name of the class of what is in a list: what the header's comment says, else the list's name."""
    told = re.search(r"\bmc_(\w+)", _api.MEMBERS.get(struct, {}).get(field, ""))
    for name in (told[1] if told else "", field.removesuffix("s")):
        type_ = lib.mc_type_find(name.encode())
        if type_ and not lib.mc_type_is_input(type_):
            return class_name(type_)
    return "Record"


def _shown(infos):
    """Fields that repr shows, in order: the id, what it is called, all others; records only if their type differs."""
    named = [field_name(info) for info in infos
             if info.kind not in _NOT_SHOWN or (info.kind == lib.MC_KIND_RECORD and not info.type)]
    return sorted(named, key=lambda name: (name != "id", name != "title" and not name.endswith("name")))


def _make_class(type_):
    infos = list(fields_of(type_))
    struct = "mc_" + type_name(type_)
    items = _items_field(type_)
    members = {"__module__": "microcosm", "__doc__": f"A record of type {type_name(type_)}.", "_items": items,
               "_shown": _shown(infos),
               "_item_classes": {field_name(info): _item_class(struct, field_name(info)) for info in infos
                                 if info.kind == lib.MC_KIND_LIST},
               "_page_items": {field_name(info): _item_class(struct, field_name(info)) for info in infos
                               if info.kind == lib.MC_KIND_RECORD and info.type and type_name(info.type) == "page"}}
    names = []
    for i, info in enumerate(fields_of(type_)):
        name = field_name(info)
        if hasattr(Record, name):
            raise ImportError(f"the field {name} hides a method of Record")
        if info.kind in _READERS:  # a kind that only a newer library has is left out
            members[name] = _Field(name, i, info.kind)
            names.append(name)
    members["fields"] = tuple(names)
    return type(class_name(type_), (Sequence, Record) if items else (Record,), members)


CLASSES_BY_TYPE = {}
BY_NAME = {}
for _i in range(lib.mc_type_count()):
    _type = lib.mc_type_at(_i)
    if not lib.mc_type_is_input(_type):
        _class = _make_class(_type)
        CLASSES_BY_TYPE[_type] = _class
        BY_NAME[_class.__name__] = _class


def wrap(pointer, root=None):
    """The object for a record; root keeps alive what it is a part of, None if it is that itself."""
    record = object.__new__(CLASSES_BY_TYPE[lib.mc_record_type(pointer)])
    own = record.__dict__
    own["_pointer"] = pointer
    own["_root"] = pointer if root is None else root
    return record


def own(pointer):
    """The object for a record that a call returned, and that is freed with it."""
    owned = ffi.gc(ffi.cast("void *", pointer), lib.mc_record_free)
    if not owned:
        raise NoMemory("the library returned no record")
    return wrap(owned)
