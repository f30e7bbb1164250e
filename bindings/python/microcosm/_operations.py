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
    anything else          a positional argument; those of DEFAULTS may be left out

so what a function is called and takes is written down once, in the headers.
"""

import collections.abc

from . import _api
from ._errors import BadState
from ._library import ffi, lib, text
from ._records import own
from ._values import CONVERTERS, NULL, Struct, text_bytes, to_bool, to_bytes

FLAG_PATH = "/meta/flags/"

# The length of a page where it is a parameter of its own; where to begin.
DEFAULTS = {"limit": "25", "cursor": "None"}


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
        self.arguments = []  # (name, annotation, default): what is given by position
        self.keywords = []   # (name, annotation): members of structs
        self.takes_flags = False
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
        self.arguments.append(("ops", "Mapping[str, bool] | None", "None"))

        def step(call):
            call.arguments.extend(_patch_ops(call.given["ops"], call.flags, call.keep))

        self.steps.append(step)

    def _add_struct(self, name):
        struct = Struct(name)
        optional = name == "mc_page_options"  # NULL stands for the defaults
        members = list(struct.members)
        self.keywords += [(member, CONVERTERS[struct.members[member][1]][1]) for member in members]

        def step(call):
            values = {member: call.given[member] for member in members if call.given[member] is not None}
            call.arguments.append(struct.make(values, call.keep) if values or not optional else NULL)

        self.steps.append(step)

    def _add_body(self, name):
        self.arguments.append((name, "str | bytes", None))

        def step(call):
            body = to_bytes(call.given[name], name)
            call.keep.append(body)
            call.arguments += [ffi.from_buffer(body), len(body)]

        self.steps.append(step)

    def _add_argument(self, kind, name):
        convert, annotation = CONVERTERS[kind]
        default = DEFAULTS.get(name)
        if default == "None":
            annotation += " | None"
        self.arguments.append((name, annotation, default))
        self.steps.append(lambda call: call.arguments.append(convert(call.given[name], name, call.keep)))

    # ---- calling ----

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


def signature(operation, annotate=lambda name, annotation: name):
    """What stands between the brackets of a method; the same for the class and for its stub."""
    parts = ["self"]
    for name, annotation, default in operation.arguments:
        part = annotate(name, annotation)
        parts.append(f"{part}={default}" if default else part)
    if operation.keywords or operation.explains:
        parts.append("*")
    parts += [annotate(name, annotation + " | None") + "=None" for name, annotation in operation.keywords]
    if operation.explains:
        parts.append(annotate("explain", "bool") + "=False")
    if operation.takes_flags:
        parts.append("**" + annotate("flags", "bool"))
    return ", ".join(parts)


def _make_method(operation):
    """A method with a signature of its own, so that wrong use is Python's TypeError."""
    names = [name for name, *_ in operation.arguments] + [name for name, _ in operation.keywords]
    if len(set(names)) != len(names):
        raise ImportError(f"{operation.name} has two parameters of one name")
    more = (", flags" if operation.takes_flags else "") + (", explain=explain" if operation.explains else "")
    given = ", ".join(f"{name!r}: {name}" for name in names)
    source = f"def {operation.name}({signature(operation)}):\n    return run(self, {{{given}}}{more})\n"
    scope = {"run": operation.run, "__name__": __name__}
    exec(compile(source, f"<microcosm.{operation.name}>", "exec"), scope)
    method = scope[operation.name]
    method.__doc__ = operation.comment
    method.__qualname__ = f"Session.{operation.name}"
    method.__module__ = "microcosm"
    return method


def _is_operation(function):
    return not function.startswith("mc_session_") and any(
        kind == "mc_session*" for kind, _ in _api.FUNCTIONS[function][1])


OPERATIONS = {}
for _function in _api.FUNCTIONS:
    # A function that only newer headers have is missing in the library, and here.
    if _is_operation(_function) and hasattr(lib, _function):
        OPERATIONS[_function[len("mc_"):]] = Operation(_function)


def add_to(session_class):
    """Give a class the methods."""
    for name, operation in OPERATIONS.items():
        if hasattr(session_class, name):
            raise ImportError(f"the operation {name} hides a method of Session")
        setattr(session_class, name, _make_method(operation))


__all__ = ["OPERATIONS", "add_to", "signature", "BadState"]
