"""From Python to C: single values and the structs that are made of them."""

import collections.abc
import datetime
import operator

from . import _api
from ._library import ffi, lib
from ._records import BY_NAME, Record

NULL = ffi.NULL
_INT64 = (-(2 ** 63), 2 ** 63 - 1)


def text_bytes(value, name):
    """A text as UTF-8 that C can read; None for None. A time becomes RFC 3339."""
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name}: a time needs a time zone")
        value = value.isoformat()
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")
    try:
        encoded = value.encode()
    except UnicodeEncodeError as failure:
        raise ValueError(f"{name}: a lone surrogate is no text ({failure.reason})") from None
    if 0 in encoded:
        raise ValueError(f"{name}: a text can't have a NUL in it")
    return encoded


def to_text(value, name, keep):
    encoded = text_bytes(value, name)
    if encoded is None:
        return NULL
    found = ffi.new("char[]", encoded)
    keep.append(found)
    return found


def to_int64(value, name, keep=None):
    if isinstance(value, bool):
        raise TypeError(f"{name} must be int, not bool")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be int, not {type(value).__name__}") from None
    if not _INT64[0] <= number <= _INT64[1]:
        raise OverflowError(f"{name} must fit into 64 bits")
    return number


def is_id(name, kind):
    """Whether a parameter is the id of something, for which the thing itself may be given."""
    return kind == "int64_t" and name.endswith(("_id", "_to"))


def id_annotation(name):
    """What may be given for an id: microcosm_id is also a Microcosm; item_id is also any record."""
    return f"int | {thing_of(name).__name__}"


def thing_of(name):
    """The class of what an id is of, by its name; Record if that tells nothing."""
    return BY_NAME.get("".join(word.capitalize() for word in name[:-len("_id")].split("_")), Record)


def to_id(value, name, keep=None):
    """An id as it is, or of a record."""
    if not isinstance(value, Record):
        return to_int64(value, name)
    if not isinstance(value, thing_of(name)) or not hasattr(value, "id"):
        raise TypeError(f"{name} must be {id_annotation(name).replace(' | ', ' or ')}, not {type(value).__name__}")
    return value.id


def to_bool(value, name, keep=None):
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be bool, not {type(value).__name__}")
    return value


def to_choice(value, name, keep=None):
    return lib.MC_YES if to_bool(value, name) else lib.MC_NO


def to_double(value, name, keep=None):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be float, not {type(value).__name__}")
    return float(value)


def to_item_type(value, name, keep=None):
    """A kind of thing, by its name or by its number."""
    if not isinstance(value, str):
        return to_int64(value, name)
    found = lib.mc_item_type_find(text_bytes(value, name))
    if found == lib.MC_ITEM_NONE and value:
        raise ValueError(f"{name}: {value!r} is no kind of thing")
    return found


def to_strings(value, name, keep):
    if isinstance(value, (str, bytes)) or not isinstance(value, collections.abc.Iterable):
        raise TypeError(f"{name} must be a list of str, not {type(value).__name__}")
    items = [to_text(item, name, keep) for item in value]
    if NULL in items:
        raise TypeError(f"{name} must be a list of str; None is none")
    array = ffi.new("const char *[]", items)
    keep.append(array)
    return {"items": array, "count": len(items)}


def to_maybe_int64(value, name, keep=None):
    return {"given": True, "value": to_int64(value, name)}


# How constants of C are said in Python.
CHOICES = {"MC_YES": "True", "MC_NO": "False", "MC_UNSET": "None", "MC_ITEM_NONE": "None"}

_FORMATS = {"json": lib.MC_FORMAT_JSON, "form": lib.MC_FORMAT_FORM}


def to_format(value, name, keep=None):
    if value not in _FORMATS:
        raise ValueError(f"{name} must be 'json' or 'form'")
    return _FORMATS[value]


# Type in C -> how a value becomes one, and what it is in Python.
CONVERTERS = {
    "const char*": (to_text, "str"),
    "int64_t": (to_int64, "int"),
    "bool": (to_bool, "bool"),
    "mc_choice": (to_choice, "bool"),
    "double": (to_double, "float"),
    "mc_item_type": (to_item_type, "str | int"),
    "mc_strings": (to_strings, "Iterable[str]"),
    "mc_maybe_int64": (to_maybe_int64, "int"),
    "mc_format": (to_format, "str"),
}


# The same for the id of something.
ID = (to_id, "int")


def type_name(ctype):
    """Name of a member's type as the headers write it."""
    name = ctype.cname.replace("struct ", "").replace("enum ", "").replace(" *", "*")
    return "const char*" if name == "char*" else "bool" if name == "_Bool" else name


class Struct:
    """A struct that takes keyword arguments: where each goes, and what it starts from."""

    def __init__(self, name):
        ctype = ffi.typeof(name)
        self.name = name
        self.pointer_type = ffi.typeof(name + " *")
        self.members = {}
        for member, field in ctype.fields:
            converter = CONVERTERS.get(type_name(field.type))
            if converter:
                kind = type_name(field.type)
                self.members[member] = (to_id if is_id(member, kind) else converter[0], kind)
        self.initial = {}
        members = [member for member, _ in ctype.fields]
        for member, value in zip(members, _api.INITIALISERS.get(name, ["sizeof"] if members[0] == "size" else [])):
            if value == "sizeof":
                value = ffi.sizeof(ctype)
            elif isinstance(value, str) and value.startswith("="):
                value = getattr(lib, value[1:])
            elif value is None or isinstance(value, str):
                continue  # the library's default for a text is what NULL stands for
            self.initial[member] = value

    def make(self, values, keep):
        """The struct with what is given; what is None stays as the initialiser makes it."""
        made = ffi.new(self.pointer_type, self.initial)
        keep.append(made)
        for member, value in values.items():
            if value is not None:
                setattr(made, member, self.members[member][0](value, member, keep))
        return made


def to_bytes(value, name):
    """The body of a request."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"{name} must be str or bytes, not {type(value).__name__}")
