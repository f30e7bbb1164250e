#!/usr/bin/env python3
"""Writes the entities that HTML has names for as rows of a table in C, in the order of strcmp().

Usage: make_entities.py OUTPUT
"""
import html.entities
import sys


def main():
    # Older names may also stand without ';', but not in what is written here.
    known = {name[:-1]: text for name, text in html.entities.html5.items() if name.endswith(";")}
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write("/* Written by make_entities.py. */\n")
        for name, text in sorted(known.items()):
            file.write(f'{{"{name}", {ord(text) if len(text) == 1 else 0}}},\n')


if __name__ == "__main__":
    main()
