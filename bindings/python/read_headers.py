#!/usr/bin/env python3
"""Makes the two modules of the package that follow from the C headers.

    read_headers.py INCLUDE_FOLDER OUTPUT_FOLDER

_ffi.py   the declarations, parsed beforehand by cffi (ABI mode: no compiler, here or later)
_api.py   what cffi doesn't keep: names of parameters, initialisers of structs, the comments

Nothing of the C API is listed by hand anywhere in the binding: a new function, struct or error is
there once the headers have it.
"""

import contextlib
import io
import pathlib
import pprint
import re
import sys

import cffi

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DOCUMENTED = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s*MC_API\s+([^;]+);", re.S)
FUNCTION = re.compile(r"\bMC_API\s+([^;]+);")
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(MC_\w+)(?:[ \t]+((?:\\\n|[^\n])*))?$", re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
NUMBER = re.compile(r"\(?(-?\d+)\)?")
STRUCT = re.compile(r"\bstruct (\w+) \{(.*?)\n\}", re.S)
MEMBER = re.compile(r"/\*\*(<?)((?:(?!\*/).)*)\*/|((?:[^;/]|/(?!\*))+);", re.S)
INT64_MIN = -(2 ** 63)


def headers(folder):
    """Text of all public headers, each after those that it includes."""
    found = {}

    def visit(path):
        if path not in found:
            found[path] = ""
            text = path.read_text(encoding="utf-8")
            for name in re.findall(r"#include <(microcosm/\w+\.h)>", text):
                visit(folder / name)
            del found[path]
            found[path] = text

    visit(folder / "microcosm.h")
    return "\n".join(found.values())


def constants(text):
    """Names and values of the macros that are whole numbers."""
    numbers = {}
    for name, value in DEFINE.findall(text):
        value = COMMENT.sub("", value or "").strip()
        if NUMBER.fullmatch(value):
            numbers[name] = int(NUMBER.fullmatch(value).group(1))
        elif value == "INT64_MIN":
            numbers[name] = INT64_MIN
    return numbers


# Values of members of which nothing is given.
UNSET = {"NULL", "MC_UNSET", "MC_ITEM_NONE", "MC_ORDER_USUAL"}
NOTHING = {*UNSET, "0", "false"}


def initialisers(text):
    """Struct -> what its macro MC_…_INIT sets, a value a member; "sizeof" for the size. Not those that set the size only."""
    found = {}
    for name, value in DEFINE.findall(text):
        value = COMMENT.sub("", value or "").replace("\\\n", " ").strip()
        if not (name.endswith("_INIT") and value.startswith("{")):
            continue
        value = re.sub(r"(?<=.)\{[^{}]*\}(?=.)", "NULL", value)  # a member that is a struct has zeros
        members = [member.strip() for member in value.strip("{} ").split(",")]
        struct = re.fullmatch(r"sizeof\((\w+)\)", members[0])
        if not struct:
            raise ValueError(f"{name} does not begin with the size of its struct")
        if set(members[1:]) <= NOTHING:
            continue
        found[struct.group(1)] = ["sizeof"] + [initial_value(member) for member in members[1:]]
    return found


def initial_value(member):
    """None, a number, a text, or the name of a constant after "="."""
    if member in UNSET:
        return None
    if member.startswith('"'):
        return member.strip('"')
    if re.fullmatch(r"[\d\s()*+<-]+", member):  # sums such as 64 << 20, which mean the same in Python
        return int(eval(member, {"__builtins__": {}}))
    return "=" + member


def declarations(text):
    """What cffi parses: without comments, macros, and what is for compilers only."""
    numbers = constants(text)
    text = COMMENT.sub(" ", text)
    text = DIRECTIVE.sub("", text)
    text = re.sub(r'extern "C" \{', "", text)
    text = re.sub(r"^\}\s*$", "", text, flags=re.M)
    # The list of errors is read from the library, which has it as a table.
    text = re.sub(r"enum mc_error_code \{[^}]*\};", "", text)
    text = text.replace("MC_API", "")
    for name, number in numbers.items():
        text = re.sub(rf"\[{name}\]", f"[{number}]", text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines + [f"#define {name} {number}" for name, number in numbers.items()]) + "\n"


def signature(declaration):
    """(name, result, [(type, parameter)...]) of a function."""
    before, _, parameters = " ".join(declaration.split()).partition("(")
    result, name = re.fullmatch(r"(.*?)(\w+)", before).groups()
    inputs = []
    for parameter in parameters.rstrip(") ").split(","):
        if parameter.strip() in ("", "void"):
            continue
        kind, label, array = re.fullmatch(r"\s*(.*?)(\w+)(\[\w+\])?\s*", parameter).groups()
        inputs.append(((kind.strip() + (array or "")).replace(" *", "*"), label))
    return name, result.strip().replace(" *", "*"), inputs


def comment_text(comment):
    """A comment without its stars, as a docstring."""
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in comment.strip().splitlines()]
    return "\n".join(lines).strip()


def functions(text):
    """Name -> (result, parameters, comment) of all that is marked MC_API."""
    comments = {}
    for comment, declaration in DOCUMENTED.findall(text):
        comments[signature(COMMENT.sub(" ", declaration))[0]] = comment_text(comment)
    found = {}
    plain = DIRECTIVE.sub("", COMMENT.sub(" ", text))
    for declaration in FUNCTION.findall(plain):
        name, result, inputs = signature(declaration)
        found[name] = (result, inputs, comments.get(name, ""))
    return found


def members(text):
    """Struct -> {member: its comment} of all structs."""
    found = {}
    for name, body in STRUCT.findall(text):
        comments, before, names = {}, "", []
        for after, comment, declaration in MEMBER.findall(body):
            if after:
                comments.update(dict.fromkeys(names, one_line(comment)))
            elif comment:
                before = one_line(comment)
            else:
                names = re.findall(r"(\w+)\s*(?:,|$)", declaration.strip())
                comments.update(dict.fromkeys(names, before))
                before = ""
        found[name] = comments
    return found


def one_line(comment):
    """A comment without its stars and line breaks."""
    return " ".join(comment_text(comment).split())


def write(include, output):
    """Write both modules into a folder."""
    text = headers(pathlib.Path(include))
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    ffi = cffi.FFI()
    ffi.cdef(declarations(text))
    ffi.set_source("microcosm._ffi", None)
    with contextlib.redirect_stdout(io.StringIO()):  # it tells what it writes
        ffi.emit_python_code(str(output / "_ffi.py"))
    (output / "_api.py").write_text(
        '"""Made by read_headers.py from the C headers; not to be edited."""\n\n'
        "# Name -> (result, [(type, parameter)...], comment)\n"
        f"FUNCTIONS = {pprint.pformat(functions(text), width=110, sort_dicts=False)}\n\n"
        "# Struct -> what its initialiser sets, member by member\n"
        f"INITIALISERS = {pprint.pformat(initialisers(text), width=110, sort_dicts=False)}\n\n"
        "# Struct -> {member: comment}\n"
        f"MEMBERS = {pprint.pformat(members(text), width=110, sort_dicts=False)}\n",
        encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
