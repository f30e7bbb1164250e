"""The operations of a session, made from the signatures of the C functions.

Every function that takes an mc_session is one, but for those that are about the session itself
(mc_session_…, see _session.py). The rules for parameters, by their type in C:

    first one, X **        what is returned: a record
    first one, int64_t *   what is returned: an id
    mc_buffer *            what is returned: JSON
    char [N]               what is returned: a text
    const char **          a second result, with explain=True
    const mc_… *           a struct: its members are keyword arguments
    ops, count             a dict of path and bool; flags also as keywords: sticky=True
    body, length           bytes or str
    anything else          a positional argument; those of DEFAULTS are keyword arguments

so what a function is called and takes is written down once, in the headers. Which members of a
struct must be given is what the library's field tables say.
"""

import collections.abc
import keyword

from . import _api
from ._library import ffi, lib, text
from ._records import CLASSES_BY_TYPE, is_record_type, own, type_name
from ._values import CONVERTERS, ID, NULL, Struct, id_annotation, input_fields, is_id, text_bytes, to_bool, to_bytes

FLAG_PATH = "/meta/flags/"

# What may be left out though it is a parameter of its own.
DEFAULTS = {"limit": None, "offset": None, "cursor": None, "format": "json"}

# Which mark of a field makes it required, by the end of the operation's name.
REQUIRED = {"create": lib.MC_FIELD_REQUIRED, "edit": lib.MC_FIELD_REQUIRED_TO_EDIT}


def verb_of(name):
    """What an operation does: conversation_edit_save edits; save only says in C that it takes a struct."""
    return name[:-len("_save")] if name.endswith("_save") else name


def plural(thing):
    """conversation -> conversations, reply -> replies, permissions stays."""
    if thing.endswith("s"):
        return thing
    if thing.endswith("y") and thing[-2:-1] not in "aeiou":
        return thing[:-1] + "ies"
    return thing + ("es" if thing.endswith(("x", "ch", "sh")) else "s")


THINGS = {plural(type_name(type_)): type_name(type_) for type_ in CLASSES_BY_TYPE}


def split(name):
    """(resource, verb) of an operation."""
    words = name.split("_")
    for count in range(len(words) - 1, 0, -1):
        thing = "_".join(words[:count])
        if is_record_type(thing) or thing in THINGS:
            return plural(thing), verb_of("_".join(words[count:]))
    return plural(words[0]), verb_of("_".join(words[1:]))


def _required_members(operation, struct):
    """Members of a struct that must be given, by the library's field table of it."""
    mark = REQUIRED.get(verb_of(operation).rpartition("_")[2])
    return {name for name, info in input_fields(struct).items() if mark and info.flags & mark}


class Parameter:
    """One parameter of a method, in Python's terms."""

    __slots__ = ("name", "annotation", "is_keyword", "is_required", "default", "comment")

    def __init__(self, name, annotation, *, is_keyword=False, is_required=True, default=None, comment=""):
        self.name = name
        self.annotation = annotation
        self.is_keyword = is_keyword
        self.is_required = is_required
        self.default = default
        self.comment = comment

    def rename(self, name):
        """The same by another name."""
        return Parameter(name, self.annotation, is_keyword=self.is_keyword, is_required=self.is_required,
                         default=self.default, comment=self.comment)

    def full_annotation(self):
        """With None, where that stands for what is not given."""
        optional = not self.is_required and self.default is None
        return self.annotation + " | None" if optional else self.annotation


def struct_parameters(name, required):
    """The members of a struct as keyword parameters."""
    struct = Struct(name)
    comments = _api.MEMBERS.get(name, {})
    for member, (_, kind) in struct.members.items():
        initial = struct.initial.get(member)
        if kind == "mc_choice" and initial is not None:
            initial = initial == lib.MC_YES
        yield Parameter(member, struct.annotation(member), is_keyword=True,
                        is_required=member in required, default=initial,
                        comment=comments.get(member, ""))


def _patch_ops(ops, flags, keep):
    """The operations of a PATCH, from a dict (or pairs) of path and value, and flags by name."""
    pairs = list(ops.items() if isinstance(ops, collections.abc.Mapping) else ops or ())
    pairs += [(FLAG_PATH + name, value) for name, value in flags.items()]
    array = ffi.new("mc_patch_op[]", len(pairs))
    keep.append(array)
    for entry, (path, value) in zip(array, pairs):
        encoded = ffi.new("char[]", text_bytes(path, "path") or b"")
        keep.append(encoded)
        entry.path = encoded
        entry.value = to_bool(value, str(path))
    return array, len(pairs)


class Operation:
    """One C function as a method of Session."""

    def __init__(self, function):
        _, parameters, self.comment = _api.FUNCTIONS[function]
        self.function = function
        self.name = function[len("mc_"):]
        self.call = None
        self.returns = "None"
        self.parameters = []
        self.takes_flags = False
        self.takes_page = False
        self.explains = False
        self.steps = []      # each adds what a parameter needs to the C call
        self.out = None      # how the result is read, from what was handed to C
        for kind, name in parameters:
            self._add(kind, name)

    def _add(self, kind, name):
        if kind == "mc_session*":
            self.steps.append(lambda call: call.arguments.append(call.pointer))
        elif kind == "mc_buffer*":
            self._add_buffer()
        elif kind.startswith("char["):
            self._add_text_out()
        elif kind == "const char**":
            self._add_explanation()
        elif kind.endswith("*") and not kind.startswith("const "):
            self._add_out(kind)
        elif kind == "const mc_patch_op*":
            self._add_ops()
        elif kind.startswith("const mc_"):
            self._add_struct(kind[len("const "):-1])
        elif name == "body":
            self._add_body(name)
        elif kind == "size_t":
            pass  # the length of what stands before it
        else:
            self._add_argument(kind, name)

    def _add_out(self, kind):
        pointer = ffi.typeof(kind)
        is_record = kind.endswith("**")
        self.returns = kind[len("mc_"):-2] if is_record else "int"

        def step(call):
            call.out = ffi.new(pointer)
            call.arguments.append(call.out)

        self.steps.append(step)
        self.out = (lambda call: own(call.out[0])) if is_record else (lambda call: call.out[0])

    def _add_buffer(self):
        self.returns = "str"

        def step(call):
            buffer = call.session._buffer()
            buffer.clear()  # a call that failed may have left something in it
            call.arguments.append(buffer.pointer)

        self.steps.append(step)
        self.out = lambda call: call.session._buffer().take()

    def _add_text_out(self):
        self.returns = "str"

        def step(call):
            call.out = ffi.new("char[]", lib.MC_TOKEN_SIZE)
            call.arguments.append(call.out)

        self.steps.append(step)
        self.out = lambda call: text(call.out)

    def _add_explanation(self):
        self.explains = True

        def step(call):
            call.explanation = ffi.new("const char **")
            call.arguments.append(call.explanation)

        self.steps.append(step)

    def _add_ops(self):
        self.takes_flags = True
        self.parameters.append(Parameter("ops", "Mapping[str, bool]", is_required=False,
                                         comment="Path and new value of each; flags also by name, as keywords."))

        def step(call):
            call.arguments.extend(_patch_ops(call.given["ops"], call.flags, call.keep))

        self.steps.append(step)

    def _add_struct(self, name):
        struct = Struct(name)
        self.takes_page |= name == "mc_page_options"
        optional = name == "mc_page_options"  # NULL stands for the defaults
        members = list(struct.members)
        self.parameters += struct_parameters(name, _required_members(self.name, name))

        def step(call):
            values = {member: call.given[member] for member in members if call.given[member] is not None}
            is_default = optional and all(struct.initial.get(member) == value for member, value in values.items())
            call.arguments.append(NULL if is_default else struct.make(values, call.keep))

        self.steps.append(step)

    def _add_body(self, name):
        self.parameters.append(Parameter(name, "str | bytes", comment="The body of a request."))

        def step(call):
            body = to_bytes(call.given[name], name)
            call.keep.append(body)
            call.arguments += [ffi.from_buffer(body), len(body)]

        self.steps.append(step)

    def _add_argument(self, kind, name):
        convert, annotation = ID if is_id(name, kind) else CONVERTERS[kind]
        if is_id(name, kind):
            annotation = id_annotation(name)
        may_miss = name in DEFAULTS
        self.parameters.append(Parameter(name, annotation, is_keyword=may_miss, is_required=not may_miss,
                                         default=DEFAULTS.get(name)))
        instead = {"int64_t": 0, "const char*": NULL}.get(kind)

        def step(call):
            value = call.given[name]
            call.arguments.append(instead if may_miss and value is None else convert(value, name, call.keep))

        self.steps.append(step)

    def run(self, session, given, flags=None, explain=False):
        """Convert what is given, call the library, return what it made."""
        if self.call is None:
            self.call = getattr(lib, self.function)
        call = _Call(session, given, flags)
        with session._using() as call.pointer:
            for step in self.steps:
                step(call)
            code = self.call(*call.arguments)
            if code < 0:
                raise session._failure(call.pointer, code)
            result = self.out(call) if self.out else None
            return (result, text(call.explanation[0])) if explain else result


class _Call:
    """What one call needs while it lasts."""

    __slots__ = ("session", "given", "flags", "pointer", "arguments", "keep", "out", "explanation")

    def __init__(self, session, given, flags):
        self.session = session
        self.given = given
        self.flags = flags
        self.arguments = []
        self.keep = []


class Method:
    """An operation as a method: what its parameters are called and what is done with them."""

    def __init__(self, operation, name, rename=lambda parameter: parameter.name):
        self.operation = operation
        self.name = name + "_" if keyword.iskeyword(name) else name
        taken = {parameter.name for parameter in operation.parameters}
        self.parameters = []
        self.names = []  # of the parameters, here and in the operation
        for parameter in sorted(operation.parameters, key=lambda each: (each.is_keyword, not each.is_required)):
            wanted = rename(parameter)
            label = parameter.name if wanted != parameter.name and wanted in taken else wanted
            label += "_" if keyword.iskeyword(label) else ""
            self.parameters.append(parameter.rename(label))
            self.names.append((label, parameter.name))
        if len({label for label, _ in self.names}) != len(self.names):
            raise ImportError(f"{operation.name} has two parameters of one name")

    def signature(self, show=lambda parameter: parameter.name):
        """What stands between the brackets; the same for the class and for its stub."""
        keywords = [each for each in self.parameters if each.is_keyword]
        parts = ["self", *(_declare(each, show) for each in self.parameters if not each.is_keyword)]
        if keywords or self.operation.explains:
            parts.append("*")
        parts += [_declare(each, show) for each in keywords]
        if self.operation.explains:
            parts.append(_declare(Parameter("explain", "bool", is_required=False, default=False), show))
        if self.operation.takes_flags:
            parts.append("**" + show(Parameter("flags", "bool")))
        return parts

    def make(self, run, session, owner, returns, doc):
        """A function with a signature of its own, so that wrong use is Python's TypeError."""
        operation = self.operation
        more = (", flags" if operation.takes_flags else "") + (", explain=explain" if operation.explains else "")
        given = ", ".join(f"{name!r}: {label}" for label, name in self.names)
        source = f"def {self.name}({', '.join(self.signature())}):\n    return run({session}, {{{given}}}{more})\n"
        scope = {"run": run, "__name__": __name__}
        exec(compile(source, f"<microcosm.{owner}.{self.name}>", "exec"), scope)
        function = scope[self.name]
        function.__doc__ = doc
        function.__qualname__ = f"{owner}.{self.name}"
        function.__module__ = "microcosm"
        function.__annotations__ = {parameter.name: parameter.full_annotation() for parameter in self.parameters}
        if operation.explains:
            function.__annotations__["explain"] = "bool"
        function.__annotations__["return"] = returns
        return function


def _declare(parameter, show):
    if parameter.is_required:
        return show(parameter)
    return f"{show(parameter)}={parameter.default!r}"


# Those that call functions of the host's: see _files.py and _moving.py.
BY_HAND = {"mc_file_link", "mc_file_put", "mc_file_read", "mc_files_put", "mc_site_export", "mc_site_import"}


def _is_operation(function):
    return not function.startswith("mc_session_") and function not in BY_HAND and any(
        kind == "mc_session*" for kind, _ in _api.FUNCTIONS[function][1])


def class_of(returns):
    """What a method returns, in Python."""
    return "".join(word.capitalize() for word in returns.split("_")) if is_record_type(returns) else returns


OPERATIONS = {}
for _function in _api.FUNCTIONS:
    # A function that only newer headers have is missing in the library, and here.
    if _is_operation(_function) and hasattr(lib, _function):
        OPERATIONS[_function[len("mc_"):]] = Operation(_function)
