#!/usr/bin/env python3
"""Compares the library's binary interface with the recorded one, so that programs built with an older version work
with a newer one.

    abi.py LIBRARY RECORD           fails if a recorded element has changed or is missing; additions are allowed
    abi.py --record LIBRARY RECORD  writes the record, for a release or after an intended change
    abi.py --self-test

abidw (libabigail) reads the interface from the library's debug information, so LIBRARY must have been built with -g;
the record is made from gcc's debugoptimized build. It has a line for each function, member, enumerator and size, so
that changes are easy to review, except the const of a const void. abidiff isn't used, since if told to allow appended
members it also allows other changes of the same struct.

A struct may grow at its end if only the library makes it and returns it by pointer (its first member is its type), or
if its first member is its size. The size of all others is fixed.
"""
import argparse
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

INCLUDE = Path(__file__).resolve().parent.parent / "include"
# Returned by pointer and one at a time, though they have no type member.
GROWING = {"mc_failure", "mc_error_info"}
PUBLIC = re.compile(r"mc_(?!_)\w+")
HEADER = """# The binary interface of libmicrocosm, as recorded by: scripts/abi.py --record LIBRARY THIS_FILE
# Nothing here may change while the soname stays; see scripts/abi.py.
"""


# reading what abidw says

class Interface:
    def __init__(self, tree):
        self.types = {}
        for element in tree.iter():
            kind = element.tag
            if kind.endswith(("-decl", "-def", "-type")) and element.get("id"):
                known = self.types.get(element.get("id"))
                if known is None or known.get("is-declaration-only") == "yes":
                    self.types[element.get("id")] = element
        self.functions = [f for f in tree.iter("function-decl") if f.get("elf-symbol-id")]
        self.symbols = {symbol.get("name"): symbol.get("version", "")
                        for symbol in tree.iter("elf-symbol")}

    def spell(self, type_id):
        """A type, roughly as in C: different types must have different texts."""
        element = self.types[type_id]
        kind = element.tag
        if kind == "pointer-type-def":
            return self.spell(element.get("type-id")) + " *"
        if kind == "qualified-type-def":
            words = [word for word in ("const", "volatile") if element.get(word) == "yes"]
            inner = self.spell(element.get("type-id"))
            return f"{inner} {' '.join(words)}" if inner.endswith("*") else f"{' '.join(words)} {inner}"
        if kind == "array-type-def":
            sizes = "".join(f"[{part.get('length')}]" for part in element.iter("subrange"))
            return self.spell(element.get("type-id")) + " " + sizes
        if kind == "function-type":
            return f"({self.spell_call(element)})"
        if element.get("is-anonymous") == "yes":
            members = "; ".join(f"{offset} {spelled} {name}" for name, spelled, offset in self.members(element))
            return f"{kind.split('-')[0]} {{{members}}}"
        return element.get("name")

    def spell_call(self, element):
        parameters = ["..." if part.get("is-variadic") == "yes" else self.spell(part.get("type-id"))
                      for part in element.findall("parameter")]
        return f"{self.spell(element.find('return').get('type-id'))} ({', '.join(parameters) or 'void'})"

    def members(self, element):
        for member in element.findall("data-member"):
            variable = member.find("var-decl")
            yield (variable.get("name"), self.spell(variable.get("type-id")),
                   int(member.get("layout-offset-in-bits") or 0) // 8)

    def lines(self):
        found = set()
        for element in self.types.values():
            name = element.get("name") or ""
            if not PUBLIC.fullmatch(name) or element.get("is-declaration-only") == "yes":
                continue
            if element.tag in ("class-decl", "union-decl"):
                found.update(self.struct_lines(name, element))
            elif element.tag == "enum-decl":
                found.update(f"{part.get('name')}: {part.get('value')} in {name}"
                             for part in element.findall("enumerator"))
            elif element.tag == "typedef-decl":
                spelled = self.spell(element.get("type-id"))
                if spelled != name:
                    found.add(f"{name}: {spelled}")
        for function in self.functions:
            version = self.symbols.get(function.get("name"), "")
            found.add(f"{function.get('name')}: {self.spell_call(function)} {version}".rstrip())
        return sorted(found)

    def struct_lines(self, name, element):
        members = list(self.members(element))
        for member, spelled, offset in members:
            yield f"{name}.{member}: {spelled} at {offset}"
        first = members[0][:2] if members else ()
        grows = name in GROWING or first in (("size", "size_t"), ("type", "const mc_type *"))
        yield f"{name}: {int(element.get('size-in-bits')) // 8} bytes{', may grow' if grows else ''}"


def read_interface(library):
    command = ["abidw", "--headers-dir", str(INCLUDE), "--drop-private-types", "--load-all-types",
               "--no-show-locs", "--no-corpus-path", "--no-comp-dir-path", "--type-id-style", "hash", str(library)]
    result = subprocess.run(command, text=True, capture_output=True)
    if result.returncode or not result.stdout:
        sys.exit(f"abi: {' '.join(command)}\n{result.stderr}")
    lines = Interface(ElementTree.fromstring(result.stdout)).lines()
    if not any(": " in line and " bytes" in line for line in lines):
        sys.exit(f"abi: {library} has no debug information")
    return lines


# comparing

def key_of(line):
    return line.split(": ", 1)[0]


def has_grown(recorded, now):
    grown = re.compile(r"(\d+) bytes, may grow$")
    before, after = grown.search(recorded), grown.search(now)
    return bool(before and after and int(after[1]) >= int(before[1]))


def compare(recorded, now):
    """The differences that would break a program built against the record."""
    current, wrong = {}, []
    for line in now:
        current.setdefault(key_of(line), []).append(line)
    for line in recorded:
        same = current.get(key_of(line), [])
        if line in same or any(has_grown(line, other) for other in same):
            continue
        wrong.append(f"{line}\n    is now {'; '.join(same) if same else 'gone'}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("library", type=Path, nargs="?")
    parser.add_argument("record_file", type=Path, nargs="?")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if not options.record_file:
        parser.error("a library and a record are needed")
    now = read_interface(options.library)
    if options.record:
        options.record_file.write_text(HEADER + "".join(line + "\n" for line in now), encoding="utf-8")
        return 0
    recorded = [line for line in options.record_file.read_text(encoding="utf-8").splitlines()
                if line and not line.startswith("#")]
    wrong = compare(recorded, now)
    for message in wrong:
        print(message, file=sys.stderr)
    added = len(set(now) - set(recorded))
    print(f"{len(recorded)} recorded, {len(wrong)} broken, {added} new or grown")
    return 1 if wrong else 0


# self-test

SOURCE = """
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef struct mc_type mc_type;
typedef struct mc_list { const void *const *items; size_t count; } mc_list;
typedef struct mc_stat { const mc_type *type; int64_t value; } mc_stat;
typedef struct mc_thing { const mc_type *type; const char *title; mc_list stats; } mc_thing;
typedef struct mc_edit { size_t size; const char *title; char name[8]; } mc_edit;
typedef struct mc_value { int kind; union { bool boolean; int64_t number; } as; } mc_value;
typedef int (*mc_fn)(void *data, const char *name);
typedef enum mc_choice { MC_NO = 1, MC_YES = 2 } mc_choice;
int mc_get(mc_thing **out, const mc_edit *edit, mc_choice choice, mc_fn fn);
mc_value mc_last(const mc_stat *stat);
int mc_get(mc_thing **out, const mc_edit *edit, mc_choice choice, mc_fn fn)
{ (void)out; return fn((void *)edit, "") + (int)choice; }
mc_value mc_last(const mc_stat *stat) { mc_value v = {0, {0}}; v.as.number = stat->value; return v; }
"""

# A change of it, and what must be said; None: nothing.
CHANGES = [
    ("", "", None),
    ("mc_list stats; } mc_thing", "mc_list stats; int more; } mc_thing", None),
    ("char name[8]; }", "char name[8]; const char *more; }", None),
    ("MC_YES = 2", "MC_YES = 2, MC_MAYBE = 3", None),
    ("int mc_get(mc_thing **out, const mc_edit *edit, mc_choice choice, mc_fn fn)\n",
     "int mc_new(void);\nint mc_new(void) { return 0; }\n"
     "int mc_get(mc_thing **out, const mc_edit *edit, mc_choice choice, mc_fn fn)\n", None),
    ("const char *title; mc_list", "const char *name; mc_list", "mc_thing.title: const char * at 8"),
    ("const char *title; mc_list stats; } mc_thing", "void *title; mc_list stats; int more; } mc_thing",
     "mc_thing.title: const char * at 8\n    is now mc_thing.title: void * at 8"),
    ("const mc_type *type; int64_t value;", "const mc_type *type; int more; int64_t value;",
     "mc_stat.value: int64_t at 8"),
    ("size_t count; }", "size_t count; int more; }", "mc_list: 16 bytes"),
    ("char name[8]", "char name[7]", "mc_edit.name: char [8] at 16"),
    ("int64_t number; } as", "double number; } as", "mc_value.as: union {0 bool boolean; 0 int64_t number} at 8"),
    ("MC_YES = 2", "MC_YES = 3", "MC_YES: 2 in mc_choice"),
    ("int (*mc_fn)(void *data,", "long (*mc_fn)(void *data,", "mc_fn: (int (void *, const char *)) *"),
    ("mc_value mc_last(const mc_stat *stat)", "mc_value mc_last(const mc_stat *stat, int n)",
     "mc_last: mc_value (const mc_stat *)"),
    ("mc_value mc_last(", "mc_value mc_newest(", "mc_last: mc_value (const mc_stat *)\n    is now gone"),
]


def build(folder, source):
    path, library = folder / "a.c", folder / "a.so"
    path.write_text(source, encoding="utf-8")
    subprocess.run(["cc", "-g", "-shared", "-fPIC", "-o", library, path], check=True)
    return library


def self_test():
    global INCLUDE
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        INCLUDE = Path(name)
        recorded = read_interface(build(INCLUDE, SOURCE))
        for old, new, wanted in CHANGES:
            wrong = compare(recorded, read_interface(build(INCLUDE, SOURCE.replace(old, new) if old else SOURCE)))
            if (wanted is None) != (not wrong) or (wanted and not any(wanted in message for message in wrong)):
                print(f"{old!r} -> {new!r}\n  wanted {wanted!r}\n  got    {wrong}", file=sys.stderr)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
