#!/usr/bin/env python3
"""Writes confusables.h: which characters look alike, by UTS #39, from the data of the ICU that is installed.

Only the table comes from ICU: linking it would add 35 MB for one look-up. Characters that NFKC_Casefold replaces
(capitals, wide and styled forms) are left out, as names are folded first, and what a character looks like is folded
too ("0" looks like "O", so it becomes "o").

Usage: make_confusables.py > libmicrocosm/core/confusables.h
       make_confusables.py --check FILE            says nothing if the file is up to date
                                                   (or there is no ICU of the version that it was made from)
"""
import ctypes
import ctypes.util
import re
import sys
import unicodedata


class Icu:
    """uspoof_getSkeletonUTF8() of the installed ICU."""

    def __init__(self):
        name = ctypes.util.find_library("icui18n")
        self.version = int(re.search(r"\.so\.(\d+)", name).group(1)) if name else 0
        if not name:
            return
        library = ctypes.CDLL(name)
        error = ctypes.c_int(0)
        opener = getattr(library, f"uspoof_open_{self.version}")
        opener.restype = ctypes.c_void_p
        self.checker = ctypes.c_void_p(opener(ctypes.byref(error)))
        self.call = getattr(library, f"uspoof_getSkeletonUTF8_{self.version}")

    def skeleton(self, text):
        given, buffer, error = text.encode(), ctypes.create_string_buffer(1024), ctypes.c_int(0)
        length = self.call(self.checker, 0, given, len(given), buffer, len(buffer), ctypes.byref(error))
        if error.value > 0:
            raise RuntimeError(f"ICU: error {error.value}")
        return buffer.raw[:length].decode()


def fold(text):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def prototype(icu, char):
    """What a character looks like, folded; folding may lead to a character that looks like another."""
    text = char
    for _ in range(5):
        after = unicodedata.normalize("NFD", fold(icu.skeleton(text)))
        if after == text:
            return text
        text = after
    return text


def entries(icu):
    for code in range(0x20, 0x110000):
        char = chr(code)
        if unicodedata.category(char) in ("Cn", "Co", "Cs", "Cc") or unicodedata.normalize("NFD", fold(char)) != char:
            continue
        looks = prototype(icu, char)
        if looks != char:
            yield code, looks


def capitals(icu):
    """Capitals that look like something else than their small letters do, such as "I", which looks like "l"."""
    for code in range(0x20, 0x110000):
        char = chr(code)
        if unicodedata.category(char) != "Lu" or unicodedata.normalize("NFKD", char) != char:
            continue
        looks = prototype(icu, char)
        if looks != prototype(icu, unicodedata.normalize("NFD", fold(char))):
            yield code, looks


def table(icu):
    small, large = list(entries(icu)), list(capitals(icu))
    longest = max(len(looks.encode()) for _, looks in small + large)
    return f"""/* Written by make_confusables.py from ICU {icu.version}; don't edit. */
/* clang-format off */

/* Characters, ascending, and what they look like. */
typedef struct confusable {{
    uint32_t character;
    char looks_like[{longest + 1}];
}} confusable;

static const confusable confusables[] = {{
{lines(small)}
}};

/* Capitals that don't look like their small letters do. */
static const confusable capitals[] = {{
{lines(large)}
}};
"""


def lines(found):
    items = [f'{{0x{code:X}, {literal(looks)}}},' for code, looks in found]
    return "\n".join("    " + " ".join(items[i:i + 6]) for i in range(0, len(items), 6))


def literal(text):
    if text.isascii():
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return '"' + "".join(f"\\x{byte:02X}" for byte in text.encode()) + '"'


def main():
    icu = Icu()
    if sys.argv[1:2] != ["--check"]:
        sys.stdout.write(table(icu))
        return 0
    with open(sys.argv[2], encoding="ascii") as file:
        written = file.read()
    if f"from ICU {icu.version};" in written and written != table(icu):
        sys.exit(f"{sys.argv[2]} differs from what {sys.argv[0]} writes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
