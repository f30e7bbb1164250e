#!/usr/bin/env python3
"""The examples of the CommonMark specification: each is rendered as it says, or listed with the reason.

Usage: run_commonmark.py RENDER_TEXTS DEVIATIONS FOLDER

RENDER_TEXTS is the program built from render_texts.c, DEVIATIONS a document whose lines of the form
"- 12, 13: reason" list examples that come out otherwise. The specification is the npm package
commonmark-spec, which is fetched into FOLDER unless it is there. A listed example that is right fails too.
"""
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

PACKAGE = "commonmark-spec@0.31.2"
SKIPPED = 77  # to meson
BLOCKS = set("blockquote code details div h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td th thead tr ul".split()) - {"code"}

# What we add to every link, image and name, and what we write otherwise: docs/markdown.md.
ADDED = {"rel", "target", "loading", "decoding", "value", "start"}


class Reader(html.parser.HTMLParser):
    """HTML as a list of tags and texts, without what makes no difference to a reader: white space between
    blocks, the order of attributes, how characters are escaped."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []
        self.depth_of_pre = 0

    def add_text(self, text):
        if self.parts and self.parts[-1][0] == "text":
            text = self.parts.pop()[1] + text
        self.parts.append(("text", text))

    def handle_starttag(self, tag, attrs):
        self.depth_of_pre += tag == "pre"
        if tag == "br":  # line ends are line breaks here
            self.add_text("\n")
            return
        if tag == "tbody":  # which HTML adds where it is left out
            return
        if re.fullmatch("h[1-6]", tag):  # headings get names
            attrs = []
        kept = sorted((name, urllib.parse.unquote(value or "") if name in ("href", "src") else value or "")
                      for name, value in attrs if name not in ADDED)
        self.parts.append(("tag", tag, tuple(kept)))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        self.depth_of_pre -= tag == "pre"
        if tag not in ("br", "img", "hr", "tbody"):
            self.parts.append(("end", tag))

    def handle_data(self, data):
        self.add_text(data if self.depth_of_pre else re.sub(r"[ \n]*\n[ \n]*", "\n", data))

    def result(self):
        parts = []
        for i, part in enumerate(self.parts):
            if part[0] == "text":
                text = part[1]
                if "pre" not in self.open_at(i):
                    text = re.sub(r"\s*\n\s*", "\n", text)
                    before = self.parts[i - 1] if i else ("tag", "p")
                    after = self.parts[i + 1] if i + 1 < len(self.parts) else ("tag", "p")
                    if before[1] in BLOCKS:
                        text = text.lstrip()
                    if after[1] in BLOCKS:
                        text = text.rstrip()
                if not text:
                    continue
                part = ("text", text)
            parts.append(part)
        return parts

    def open_at(self, index):
        opened = []
        for part in self.parts[:index]:
            if part[0] == "tag":
                opened.append(part[1])
            elif part[0] == "end" and part[1] in opened:
                opened.remove(part[1])
        return opened


def normalise(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader.result()


def fetch(folder):
    script = "process.stdout.write(JSON.stringify(require('commonmark-spec').tests))"
    command = ["node", "-e", script]
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "commonmark-spec").is_dir():
        try:
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE],
                                  capture_output=True, text=True, timeout=300, check=False)
        except FileNotFoundError:
            sys.exit(SKIPPED)
        if done.returncode != 0:
            print(done.stderr)
            sys.exit(SKIPPED)
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout)


def read_deviations(path):
    listed = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"- ((?:\d+, )*\d+): (.+)", line)
        for number in match[1].split(", ") if match else ():
            listed[int(number)] = match[2]
    return listed


def main():
    program, deviations, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    examples = fetch(folder)
    texts = [example["markdown"].replace("→", "\t") for example in examples]
    given = b"".join(text.encode() + b"\0" for text in texts)
    rendered = subprocess.run([program], input=given, capture_output=True, check=True).stdout.decode().split("\0")
    listed = read_deviations(deviations)
    failures = 0

    for example, text, got in zip(examples, texts, rendered):
        number = example["number"]
        expected = example["html"].replace("→", "\t")
        if (normalise(got) == normalise(expected)) == (number in listed):
            failures += 1
            print(f"example {number} ({example['section']}): "
                  + ("is right, though listed" if number in listed else "differs"))
            print(f"    given    {text!r}\n    expected {expected!r}\n    got      {got!r}")
    print(f"{len(examples)} examples, {len(listed)} listed, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
