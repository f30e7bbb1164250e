"""From Python to C: single values and the structs that are made of them."""

import collections.abc
import datetime
import operator

from . import _api
from ._library import ffi, lib, text
from ._records import BY_NAME, Record, fields_of

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
        way_out = f": give its .{name}" if isinstance(value, Record) and hasattr(value, name) else ""
        raise TypeError(f"{name} must be str, not {type(value).__name__}{way_out}")
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
    return kind in ("int64_t", "mc_maybe_int64") and name.endswith(("_id", "_to"))


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


def to_int64s(value, name, keep):
    if isinstance(value, (str, bytes)) or not isinstance(value, collections.abc.Iterable):
        raise TypeError(f"{name} must be a list of int, not {type(value).__name__}")
    items = [to_int64(item, name) for item in value]
    array = ffi.new("int64_t[]", items)
    keep.append(array)
    return {"items": array, "count": len(items)}


def to_maybe_int64(value, name, keep=None):
    return {"given": True, "value": to_int64(value, name)}


def to_maybe_id(value, name, keep=None):
    return {"given": True, "value": to_id(value, name)}


# How constants of C are said in Python.
CHOICES = {"MC_YES": "True", "MC_NO": "False", "MC_UNSET": "None", "MC_ITEM_NONE": "None"}


def to_maybe_double(value, name, keep=None):
    return {"given": True, "value": to_double(value, name)}


_FORMATS = {"json": lib.MC_FORMAT_JSON, "form": lib.MC_FORMAT_FORM}


def to_format(value, name, keep=None):
    if value not in _FORMATS:
        raise ValueError(f"{name} must be 'json' or 'form'")
    return _FORMATS[value]


_ORDERS = {"usual": lib.MC_ORDER_USUAL, "newest": lib.MC_ORDER_NEWEST}


def to_order(value, name, keep=None):
    if value not in _ORDERS:
        raise ValueError(f"{name} must be 'usual' or 'newest'")
    return _ORDERS[value]


# Type in C -> how a value becomes one, and what it is in Python.
CONVERTERS = {
    "const char*": (to_text, "str"),
    "int64_t": (to_int64, "int"),
    "bool": (to_bool, "bool"),
    "mc_choice": (to_choice, "bool"),
    "double": (to_double, "float"),
    "mc_item_type": (to_item_type, "str | int"),
    "mc_strings": (to_strings, "Iterable[str]"),
    "mc_int64s": (to_int64s, "Iterable[int]"),
    "mc_maybe_int64": (to_maybe_int64, "int"),
    "mc_maybe_double": (to_maybe_double, "float"),
    "mc_format": (to_format, "str"),
    "mc_order": (to_order, "str"),
}


# The same for the id of something.
ID = (to_id, "int")


def type_name(ctype):
    """Name of a member's type as the headers write it."""
    name = ctype.cname.replace("struct ", "").replace("enum ", "").replace(" *", "*")
    return "const char*" if name == "char*" else "bool" if name == "_Bool" else name


def input_fields(struct):
    """Name -> mc_field_info of the library's field table of an input struct; empty if it has none."""
    type_ = lib.mc_type_find(struct[len("mc_"):].encode())
    return {text(info.name): info for info in fields_of(type_)} if type_ and lib.mc_type_is_input(type_) else {}


class InputList:
    """A list of input structs, such as the choices of a poll.

    Each is given as a dict of its members, as a record that has them, or, if only one member is required, as that.
    """

    def __init__(self, type_):
        name = text(lib.mc_type_name(type_))
        self.struct = Struct("mc_" + name)
        required = [member for member, info in input_fields("mc_" + name).items() if info.flags & lib.MC_FIELD_REQUIRED]
        self.only = required[0] if len(required) == 1 else None
        record = "".join(word.capitalize() for word in name.removesuffix("_edit").split("_"))
        kinds = ["Mapping[str, Any]", *([record] if record in BY_NAME else []),
                 *([self.struct.annotation(self.only)] if self.only else [])]
        self.annotation = f"Iterable[{' | '.join(reversed(kinds))}]"

    def members_of(self, item, name):
        """The members that an item of the list stands for."""
        if isinstance(item, Record):
            item = {member: getattr(item, member) for member in self.struct.members if hasattr(item, member)}
        elif self.only and not isinstance(item, collections.abc.Mapping):
            item = {self.only: item}
        if not isinstance(item, collections.abc.Mapping) or item.keys() - self.struct.members.keys():
            raise TypeError(f"{name}: {item!r} is none of {self.annotation}")
        if self.only and item.get(self.only) is None:
            raise TypeError(f"{name}: {self.only} is missing in {item!r}")
        return item

    def __call__(self, value, name, keep):
        if isinstance(value, (str, bytes, collections.abc.Mapping)) or not isinstance(value, collections.abc.Iterable):
            raise TypeError(f"{name} must be a list, not {type(value).__name__}")
        array = ffi.new("const void *[]", [self.struct.make(self.members_of(item, name), keep) for item in value])
        keep.append(array)
        return {"items": array, "count": len(array)}


class Struct:
    """A struct that takes keyword arguments: where each goes, and what it starts from."""

    def __init__(self, name):
        ctype = ffi.typeof(name)
        self.name = name
        self.pointer_type = ffi.typeof(name + " *")
        self.members = {}
        fields = input_fields(name)
        for member, field in ctype.fields:
            kind = type_name(field.type)
            if kind == "mc_list" and member in fields:
                self.members[member] = (InputList(fields[member].type), kind)
            elif is_id(member, kind):
                self.members[member] = (to_maybe_id if kind == "mc_maybe_int64" else to_id, kind)
            elif kind in CONVERTERS:
                self.members[member] = (CONVERTERS[kind][0], kind)
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

    def annotation(self, member):
        """What a member is in Python."""
        convert, kind = self.members[member]
        if isinstance(convert, InputList):
            return convert.annotation
        return id_annotation(member) if is_id(member, kind) else CONVERTERS[kind][1]

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
