"""Docstrings of the operations: the comments of the C headers, in Python's terms.

What is C's alone goes: handles, out parameters, whom memory belongs to. Names become those of this
package: mc_conversation_get() is conversations.get(), MC_ENOTFOUND is NotFound, NULL is None.
"""

import inspect
import re
import textwrap

from . import _api, _errors
from ._library import lib, text
from ._operations import OPERATIONS, class_of, split, struct_parameters
from ._records import BY_NAME
from ._values import CHOICES

_TAG = re.compile(r"@(param(?:\[out\])?\s+\w+|return)\s+")
_ERROR = re.compile(r"(?:as (mc_\w+)\(\))|(MC_E[A-Z]+)((?:\s*\([^()]*\))?)")
_CITED = re.compile(r"\s*\((?:docs/http/[^()]*|\w+\.h)\)")
_OWNED = re.compile(r"(?:; )?(?:freed with mc_record_free\(\)|owned by the session, valid until its next call)|"
                    r"Set to zero, then fill in\.\s*|; members type and \w+ are ignored")
_WORD = re.compile(r"\b(mc|MC)_(\w+)(\(\))?(?:\.(\w+))?")


def errors_by_name():
    """Name of an error in C -> name of its class."""
    found = {}
    for i in range(lib.mc_error_count()):
        info = lib.mc_error_at(i)
        found[text(info.name)] = _errors.CLASSES[info.code].__name__
    return found


_CLASSES = errors_by_name()


def called(name):
    """What a function without its mc_ is called in Python."""
    for owner in ("session", "app"):
        if name.startswith(owner + "_"):
            return f"{owner.capitalize()}.{name[len(owner) + 1:]}"
    return ".".join(split(name)) if name in OPERATIONS else name


def words(comment):
    """A text of the headers in Python's terms."""
    def word(found):
        prefix, name, brackets, member = found.groups()
        whole = f"{prefix}_{name}"
        if prefix == "MC":
            return _CLASSES.get(whole) or CHOICES.get(whole) or f'"{name.partition("_")[2].lower()}"'
        if brackets:
            return f"{called(name)}()"
        if member:
            return member
        record = "".join(part.capitalize() for part in name.split("_"))
        return record if record in BY_NAME else name.replace("_", " ")

    plain = _OWNED.sub("", _CITED.sub("", comment)).replace("left at zero", "left out")
    plain = re.sub(r"\bitems NULL\b", "None", plain)
    return " ".join(_WORD.sub(word, re.sub(r"\bNULL\b", "None", plain)).split())


def parts_of(comment):
    """(text, {parameter: text}, what it returns) of a comment."""
    first, *tags = _TAG.split(comment)
    parameters, returned = {}, ""
    for tag, told in zip(tags[::2], tags[1::2]):
        if tag == "return":
            returned = told
        else:
            parameters[tag.split()[-1]] = told
    return first, parameters, returned


def raised(returned, seen=()):
    """[(name in C, when)] of the errors that a @return tells of, those of the functions that it names included."""
    found = {}
    for function, error, when in _ERROR.findall(returned):
        if error:
            found[error] = " ".join((found.get(error, "") + when).split())
        elif function not in seen and function in _api.FUNCTIONS:
            more = parts_of(_api.FUNCTIONS[function][2])[2]
            found.update({**raised(more, (*seen, function)), **found})
    return found


def _summary(operation):
    """What it does. That of a body or of JSON refers to what does the same otherwise."""
    for ending, told in (("_body", "{}() from the body of a request."), ("_json", "{}() as JSON, in the form of the API v1.")):
        if operation.name.endswith(ending):
            base = operation.name[:-len(ending)]
            for same in (base, base + "_save", base + "_get", base + "_set"):
                if "mc_" + same in _api.FUNCTIONS:
                    return told.format(called(same))
    return words(parts_of(operation.comment)[0])


def _describe(parameter, comment):
    """Lines about a parameter."""
    default = "optional" if parameter.default is None else f"default {parameter.default!r}"
    need = "" if parameter.is_required else f", {default}"
    yield f"{parameter.name}: {parameter.annotation.replace(' | ', ' or ')}{need}"
    if comment:
        yield textwrap.indent(textwrap.fill(words(comment), 96), "    ")


def with_members(struct, *but):
    """Adds the members of a struct to the docstring of a function that takes them as keywords."""
    def add(function):
        lines = []
        for parameter in struct_parameters(struct, set()):
            if parameter.name not in but:
                lines += _describe(parameter, parameter.comment)
        function.__doc__ = f"{inspect.cleandoc(function.__doc__)}\n\n" + "\n".join(lines) + "\n"
        return function

    return add


def document(operation, method, returns, instead=""):
    """The docstring of a method of an operation; instead stands for the first sentence of the comment."""
    _, parameters, returned = parts_of(operation.comment)
    summary = _summary(operation)
    if instead:
        summary = f"{instead} {summary.partition('. ')[2]}"
    told = [textwrap.fill(summary.strip(), 100)]
    lines = []
    for parameter, (_, name) in zip(method.parameters, method.names):
        lines += _describe(parameter, parameter.comment or parameters.get(name, ""))
    if operation.explains:
        lines.append("explain: bool, default False\n    Return a tuple: the record, and a text that says what decided.")
    if lines:
        told.append("\n".join(lines))
    told.append(f"Returns {returns}.")
    errors = raised(returned)
    if errors:
        listed = ", ".join(_CLASSES.get(error, error) + (f" {words(when)}" if when else "")
                           for error, when in errors.items())
        told.append(textwrap.fill(f"Raises {listed}.", 100))
    return "\n\n".join(told) + "\n"


def returned_text(operation):
    """What a method returns, in words."""
    if operation.returns == "int":
        return "the id, an int"
    if operation.returns == "None":
        return "None"
    name = class_of(operation.returns)
    return name if name == "str" else f"a record: {name}"
