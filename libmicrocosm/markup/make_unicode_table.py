#!/usr/bin/env python3
"""Writes unicode_table.h from the Unicode database of the Python that runs it.

The C library's own tables depend on the host's locale, which a library must neither change nor
rely on; a program may run in the "C" locale, where every character beyond ASCII is unprintable.

Usage: make_unicode_table.py > unicode_table.h
       make_unicode_table.py --check unicode_table.h   says nothing if the file is up to date
                                                       (or was made from another Unicode version)
"""
import sys
import unicodedata

PRINTABLE, WORD, MARK, PUNCTUATION, SPACELESS, INVISIBLE, NUMBER = (1 << bit for bit in range(7))

# Scripts whose words need no space between them, or whose words cling to those of other scripts.
SPACELESS_SCRIPTS = ("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA",
                     "BOPOMOFO", "HANGUL", "THAI ", "LAO ", "KHMER", "MYANMAR", "TIBETAN")

# Default_Ignorable_Code_Point, and what else shows as nothing: the blank of Braille, a note without head.
INVISIBLE_RANGES = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF))


def is_noncharacter(c):
    return 0xFDD0 <= c <= 0xFDEF or c & 0xFFFE == 0xFFFE


def kind(char):
    category = unicodedata.category(char)
    bits = 0
    # What isn't assigned yet may be by the time it is read: next year's emoji must not vanish.
    later = category == "Cn" and not is_noncharacter(ord(char))
    if category[0] not in "CZ" or char == " " or later:
        bits |= PRINTABLE
    if category[0] in "LN":
        bits |= WORD
    if category[0] == "M":
        bits |= MARK
    if category[0] == "N":
        bits |= NUMBER
    if category[0] == "P" and category != "Pc":
        bits |= PUNCTUATION
    if category[0] == "L" and unicodedata.name(char, "").startswith(SPACELESS_SCRIPTS):
        bits |= SPACELESS
    if any(first <= ord(char) <= last for first, last in INVISIBLE_RANGES):
        bits |= INVISIBLE
    return bits


def runs():
    """(first, kind) of each run of characters of one kind."""
    bits = [kind(chr(c)) for c in range(0x110000)]
    found, c = [], 0
    while c < len(bits):
        end = c + 1
        while end < len(bits) and bits[end] == bits[c]:
            end += 1
        found.append((c, bits[c]))
        c = end
    return found


def lower(c):
    """The simple lower-case mapping: one character to one."""
    mapped = chr(c).lower()
    return ord(mapped[0]) if len(mapped) > 1 else ord(mapped)


def stepped(values):
    """(first, last, step, value): every step-th character from first to last has that value. In
    most alphabets beyond ASCII upper and lower case take turns, so runs without steps are many."""
    found = []
    for c, value in values:
        if found:
            first, last, step, same = found[-1]
            if same == value and (c - last == step or first == last and c - last in (1, 2)):
                found[-1] = (first, c, c - last, value)
                continue
        found.append((c, c, 1, value))
    return found


def mappings():
    distances = ((c, lower(c) - c) for c in range(0x110000))
    return stepped((c, distance) for c, distance in distances if distance)


def lower_letters():
    return stepped((c, 0) for c in range(0x110000) if unicodedata.category(chr(c)) == "Ll")


def lines(items, per_line):
    return "\n".join("    " + " ".join(items[i:i + per_line]) for i in range(0, len(items), per_line))


def table():
    kinds = [f"{{0x{first:X}, {bits}}}," for first, bits in runs()]
    moves = [f"{{0x{first:X}, 0x{last:X}, {step}, {distance}}}," for first, last, step, distance in mappings()]
    letters = [f"{{0x{first:X}, 0x{last:X}, {step}, 0}}," for first, last, step, _ in lower_letters()]
    return f"""/* Written by make_unicode_table.py from Unicode {unicodedata.unidata_version}; don't edit. */
/* clang-format off */

/* First character of each run of characters of one kind, and the kind: {PRINTABLE} printable, {WORD} letter or
 * number, {MARK} mark on the letter before, {PUNCTUATION} punctuation, {SPACELESS} letter of a script without spaces,
 * {INVISIBLE} shows as nothing, {NUMBER} number. */
static const struct kind_run {{
    uint32_t first;
    uint8_t kind;
}} kind_runs[] = {{
{lines(kinds, 8)}
}};

struct case_run {{
    uint32_t first, last;
    uint8_t step;
    int32_t distance;
}};

/* Every step-th character from first to last has its lower-case form so far away. */
static const struct case_run to_lower_runs[] = {{
{lines(moves, 4)}
}};

/* Every step-th character from first to last is a lower-case letter. */
static const struct case_run lower_runs[] = {{
{lines(letters, 4)}
}};
"""


def main():
    if sys.argv[1:2] != ["--check"]:
        sys.stdout.write(table())
        return 0
    with open(sys.argv[2], encoding="ascii") as file:
        written = file.read()
    if f"Unicode {unicodedata.unidata_version};" in written and written != table():
        sys.exit(f"{sys.argv[2]} differs from what {sys.argv[0]} writes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
