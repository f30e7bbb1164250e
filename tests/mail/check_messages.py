#!/usr/bin/env python3
"""Messages of the library, read by Python's email package: every text comes back as it was given.

    check_messages.py MAIL_TOOL    the program built from mail_tool.c
"""

import datetime
import email
import email.policy
import random
import subprocess
import sys

NONE = "\2"
FIELDS = ["from_name", "from", "to_name", "to", "reply_to", "subject", "id", "thread", "list_id", "list_name",
          "unsubscribe", "date", "text", "html"]
PLAIN = {"from_name": "Demo", "from": "forum@forum.example", "to_name": "Ada", "to": "ada@people.example",
         "reply_to": None, "subject": "Hello", "id": "comment-9@demo.forum.example", "thread": None,
         "list_id": "conversation-4.demo.forum.example", "list_name": "Demo",
         "unsubscribe": "https://demo.forum.example/api/v1/unsubscribe/abc", "date": "1796019532000000",
         "text": "Hello.\n", "html": "<p>Hello.</p>\n"}

TEXTS = [
    "", " ", "a", "Hello, world", "Tilbury & Sons", 'He said "no"', "back\\slash", "a, b; c: d", "(a comment)", "<x@y.example>",
    "user@host.example", "=?UTF-8?Q?fake?=", "a =?utf-8?b?YQ==?= b", "=?", "?=", "=", "==", "_", "a_b", " leading", "trailing ",
    "two  spaces", "Grüße aus Köln", "naïve café", "日本語のタイトル", "Ελληνικά", "Привет, мир", "עברית", "العربية", "हिन्दी",
    "👍", "👩‍👩‍👧‍👦 family", "e\u0301 combining", "\ufeffbom", "zero\u200bwidth", "rtl \u202e override", "\U0010ffff last",
    "\ud7ff\ue000", "tab\there", "x" * 60, "x" * 77, "x" * 78, "x" * 200, "y " * 100, "日" * 30, "日" * 200, "é" * 100,
    "a" * 70 + "é", "mixed 日本 and English, much longer than one line of a header may ever be, with Grüßen at its end",
    "Bcc: all@people.example", "a.b", "A.", "'quoted'", "percent % sign", "emoji at the very end of a rather long subject line 🎉",
]
ATTACKS = ["a\r\nBcc: x@evil.example", "a\nBcc: x@evil.example", "a\rBcc: x@evil.example", "\r\n\r\nbody", "a\u2028Bcc: x",
           "a\x85Bcc: x", "\r\n", "a\x0bb", "a\x1bb", "a\x7fb", "é\r\nBcc: x@evil.example", "日\nTo: x@evil.example"]
BODIES = [
    "", "\n", ".\n", "..\n", "a\n.\nb\n", ".hidden\n", "From here\nFrom there\n", "a=b\n", "=3D\n", "trailing space \n",
    "trailing tab\t\nx\n", "no end", "a\r\nb\r\n", "a\rb\n", "\n\n\n", "x" * 75 + "\n", "x" * 76 + "\n", "x" * 77 + "\n",
    "x" * 5000 + "\n", "é" * 3000 + "\n", "日本語" * 700 + "\n", "👍" * 500 + "\n", "--=_microcosm\n", "--=_microcosm--\n",
    "=_microcosm\n", "a" * 74 + "=\n", "a" * 75 + "é\n", "a" * 75 + " \n", "a" * 75 + ".\n", ("b" * 75 + ".") * 30 + "\n",
    "x" * 75 + "From here\n", "\x01\x1b[31m\n", "\ufeff\n", "tab\tx\n", " \n", "\t\n", "a \r\n b\n",
]
BAD_ADDRESSES = ["", "a", "@b.example", "a@", "a@b@c.example", "a b@c.example", "a@b c.example", "a@b.example\r\nBcc: x@y.example",
                 "a\n@b.example", "a@b..example", "a@.b.example", "a@b.example.", ".a@b.example", "a.@b.example", "a..b@c.example",
                 "<a@b.example>", "a@b.example>", "a@b.example, c@d.example", '"a"@b.example', "a@[127.0.0.1]", "é@b.example",
                 "a@é.example", "a@-b.example", "a@b-.example", "a" * 65 + "@b.example", "a@" + "b" * 64 + ".example",
                 "a@" + "b.c" * 90 + ".example", "a@b.example SIZE=1", "(c)a@b.example", "a@b_c.example", "a\x7f@b.example"]
GOOD_ADDRESSES = ["a@b", "a.b+c@d.example", "O'Neil@b.example", "!#$%&'*+-/=?^_`{|}~@b.example", "a@1.example", "A@B.EXAMPLE",
                  "a" * 64 + "@b.example", "a@" + "b" * 63 + ".example", "a@xn--mnchen-3ya.example"]
BAD_IDS = ["", "a b", "a>b", "<a@b>", "a\r\nBcc: x", "é@b.example", "a" * 501]


def one_line(text):
    """As the library writes a text that has to be one line."""
    return "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" else c for c in text)


def lines(text):
    """As a body is: what it has for line breaks, and an end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") or not text else text + "\n"


def compose(tool, cases):
    data = b"".join((NONE if case[field] is None else case[field]).encode("utf-8", "surrogatepass") + b"\0"
                    for case in cases for field in FIELDS)
    out = subprocess.run([tool, "compose"], input=data, stdout=subprocess.PIPE, check=True).stdout
    messages = []
    while out:
        head, out = out.split(b"\n", 1)
        length = int(head)
        messages.append(None if length < 0 else out[:length])
        out = out[max(length, 0):]
    assert len(messages) == len(cases), (len(messages), len(cases))
    return messages


def check_bytes(raw):
    """RFC 5322 and 2047, seen from outside."""
    raw.decode("ascii")
    assert b"\0" not in raw
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\r") == raw.count(b"\r\n") == raw.count(b"\n")
    head, body = raw.split(b"\r\n\r\n", 1)
    for line in head.split(b"\r\n"):
        assert line.strip(), "a line of blanks"
        assert len(line) <= 998
        if b"=?UTF-8?" in line:
            assert len(line) <= 76, line
            for word in line.split():
                assert not word.startswith(b"=?UTF-8?") or len(word) <= 75, word
    for line in body.split(b"\r\n"):
        assert len(line) <= 76, line
        assert not line.startswith((b".", b"From ")), line
        assert not line.endswith((b" ", b"\t")), line


def check_headers(message, case):
    assert not message.defects, message.defects
    names = [name.lower() for name in message.keys()]
    wanted = {"date", "from", "to", "subject", "message-id", "auto-submitted", "mime-version", "content-type"}
    wanted |= {"reply-to"} if case["reply_to"] else set()
    wanted |= {"in-reply-to", "references"} if case["thread"] else set()
    wanted |= {"list-id"} if case["list_id"] else set()
    wanted |= {"list-unsubscribe", "list-unsubscribe-post"} if case["unsubscribe"] else set()
    wanted |= {"content-transfer-encoding"} if case["html"] is None else set()
    assert sorted(names) == sorted(wanted), names
    for name, header in message.items():
        assert not header.defects, (name, header, header.defects)
    assert message["subject"] == one_line(case["subject"]), (message["subject"], case["subject"])
    for name, display, address in [("from", "from_name", "from"), ("to", "to_name", "to")]:
        [found] = message[name].addresses
        assert found.addr_spec == case[address]
        # Python's reader drops blanks at the ends of a phrase, and puts one between two encoded words of it
        name = one_line(case[display] or "")
        if name.isascii() and "=?" not in name and name.strip() == name:
            assert found.display_name == name
        assert "".join(found.display_name.split()) == "".join(name.split()), (found, name)
    assert message["message-id"].strip() == f"<{case['id']}>"
    if case["thread"]:
        ids = [f"<{i}>" for i in case["thread"].split()]
        assert message["references"].split() == ids
        assert message["in-reply-to"].strip() == ids[-1]
    if case["unsubscribe"]:
        assert message["list-unsubscribe"].strip() == f"<{case['unsubscribe']}>"
        assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    if case["list_id"]:
        assert message["list-id"].endswith(f"<{case['list_id']}>"), message["list-id"]
    moment = datetime.datetime.fromtimestamp(int(case["date"]) // 1000000, datetime.timezone.utc)
    assert message["date"].datetime == moment
    assert message["auto-submitted"] == "auto-generated"


def check_parts(message, case):
    if case["html"] is None:
        assert message.get_content_type() == "text/plain"
        assert lines(message.get_content()) == lines(case["text"]), case["text"]
        return
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    for part, kind, name in [(text, "plain", "text"), (html, "html", "html")]:
        assert not part.defects
        assert (part.get_content_type(), part.get_content_charset()) == (f"text/{kind}", "utf-8")
        # the line break before a boundary belongs to the boundary
        found = lines(part.get_content())
        assert found == lines(case[name]), (found, case[name])


def check(raw, case):
    assert raw is not None, f"refused: {case}"
    check_bytes(raw)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    check_headers(message, case)
    check_parts(message, case)


def good_cases(rng):
    for text in TEXTS + ATTACKS:
        for field in ("subject", "from_name", "to_name", "list_name"):
            yield {**PLAIN, field: text}
    for body in BODIES:
        yield {**PLAIN, "text": body}
        yield {**PLAIN, "html": body}
        yield {**PLAIN, "text": body, "html": None}
    for address in GOOD_ADDRESSES:
        yield {**PLAIN, "to": address, "from": address, "reply_to": address, "from_name": None, "to_name": None}
    yield {**PLAIN, "unsubscribe": None, "list_id": None, "date": "0"}
    for count in (1, 2, 12, 60):
        yield {**PLAIN, "thread": " ".join(f"comment-{i}@demo.forum.example" for i in range(count))}
    alphabets = ["abc xyz", "aé日👍 ", "\r\n\t aé.=?_", "=?UTF-8?Q?=_ ", "\"\\(),:;<>@[]. a", "\u0301\u200d🇩🇪 x"]
    for _ in range(300):
        letters = rng.choice(alphabets)
        word = "".join(rng.choice(letters) for _ in range(rng.randrange(120)))
        body = "".join(rng.choice(letters + "\n.=") for _ in range(rng.randrange(400)))
        yield {**PLAIN, "subject": word, "from_name": word[::-1].encode().decode(), "text": body, "html": body[::-1]}


def bad_cases():
    for address in BAD_ADDRESSES:
        for field in ("from", "to", "reply_to"):
            yield {**PLAIN, field: address}
    for name in BAD_IDS:
        yield {**PLAIN, "id": name}
        yield {**PLAIN, "list_id": name}
        if " " not in name and name:
            yield {**PLAIN, "thread": name}
    for url in ("", "https://x.example/a b", "https://x.example/>", "https://x.example/\r\nBcc:x@y.example", "https://é.example/"):
        yield {**PLAIN, "unsubscribe": url}
    for field in ("subject", "from_name", "to_name", "list_name", "text", "html"):
        yield {**PLAIN, field: "lone \ud800 surrogate"}


def main():
    tool = sys.argv[1]
    good = list(good_cases(random.Random(7)))
    for raw, case in zip(compose(tool, good), good):
        check(raw, case)
    bad = list(bad_cases())
    for raw, case in zip(compose(tool, bad), bad):
        assert raw is None, f"taken: {case}"
    print(f"{len(good)} messages read, {len(bad)} refused")


main()
