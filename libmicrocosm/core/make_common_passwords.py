#!/usr/bin/env python3
"""Writes libmicrocosm/core/common_passwords.h: passwords that many people have, from Debian's python3-zxcvbn.

Of its 30,000 most frequent ones only those that are long enough to be taken otherwise. The package is under the MIT
licence, Copyright 2012-2013 Dropbox, Inc., 2016 Daniel Wolf.

Usage: make_common_passwords.py > libmicrocosm/core/common_passwords.h
"""
from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST = 10  # as PASSWORD_LEAST in domain/access/passwords.c

words = FREQUENCY_LISTS["passwords"]
words = sorted({word.lower() for word in words if len(word) >= SHORTEST and word.isascii() and '"' not in word
                and "\\" not in word})
print("/* Written by make_common_passwords.py from python3-zxcvbn 4.4.28; don't edit. */")
print("/* clang-format off */")
print("/* MIT licence; Copyright 2012-2013 Dropbox, Inc., 2016 Daniel Wolf. */\n")
print("/* In order of their bytes. */")
print("static const char *const common_passwords[] = {")
line = "   "
for word in words:
    entry = f' "{word}",'
    if len(line) + len(entry) > 118:
        print(line)
        line = "   "
    line += entry
print(line)
print("};")
