#!/usr/bin/env python3
"""The library's SMTP against a real server: TLS, sign-in, refusals, kept connections, servers that hang or close.

    check_smtp.py MAIL_TOOL    the program built from mail_tool.c
"""

import subprocess
import sys
import tempfile

from sink import Sink, certificate, deaf

TOOL = sys.argv[1]
MESSAGE = "Subject: x\r\n\r\n.\r\n..two\r\nend\r\n"
PATIENCE = 120000  # milliseconds, where nothing is to take long


def send(url, *mails, ca="", wait_ms=PATIENCE):
    """What became of each (recipient, message)."""
    data = b"".join(f"forum@forum.example\0{to}\0{message}\0".encode() for to, message in mails)
    done = subprocess.run([TOOL, "send", url, str(ca), str(wait_ms)], input=data, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().splitlines()


def send_one(url, to="ada@people.example", message=MESSAGE, **more):
    [line] = send(url, (to, message), **more)
    return line


def check_dots_and_kept_connections():
    with Sink() as sink:
        url = f"smtp://127.0.0.1:{sink.port}?tls=no"
        lines = send(url, *[(f"p{i}@people.example", MESSAGE) for i in range(20)])
        assert lines == ["before end, taken: "] * 20, lines
        assert sink.connections == 1, sink.connections
        assert [recipient for _, recipient, _ in sink.taken] == [f"p{i}@people.example" for i in range(20)]
        assert all((sender, data) == ("forum@forum.example", MESSAGE.encode()) for sender, _, data in sink.taken)
        large = "Subject: x\r\n\r\n" + (".x" * 30 + "\r\n") * 40000
        assert send_one(url, message=large).endswith("taken: ")
        assert sink.taken[-1][2] == large.encode()


def check_refusals():
    rcpt = {"gone@p.example": "550 5.1.1 no such user", "old@p.example": "550 no such user", "moved@p.example": "551 moved",
            "spam@p.example": "550 5.7.1 not from you", "relay@p.example": "554 no relaying", "full@p.example": "452 full",
            "off@p.example": "550 5.2.1 disabled", "grey@p.example": "451 4.7.1 later\x07"}
    fates = {"bad@p.example": "554 no", "wait@p.example": "451 4.3.0 not now", "bye@p.example": "421 shutting down",
             "two@p.example": "250-taken\r\n250 indeed"}
    with Sink(lambda to, data: fates.get(to), rcpt) as sink:
        wanted = {"gone": "no mailbox", "old": "no mailbox", "moved": "no mailbox", "off": "no mailbox", "spam": "refused",
                  "relay": "refused", "full": "later", "grey": "later", "bad": "refused", "wait": "later", "bye": "later",
                  "two": "taken", "ok": "taken"}
        names = list(wanted)
        lines = send(f"smtp://127.0.0.1:{sink.port}?tls=no", *[(f"{name}@p.example", MESSAGE) for name in names])
        for name, line in zip(names, lines, strict=True):
            assert line.removeprefix("before end, ").split(":")[0] == wanted[name], (name, line)
            assert line.startswith("before end") == (name in ("bad", "wait", "bye", "two", "ok")), line
        assert "550 5.1.1 no such user" in lines[0]
        assert "451 4.7.1 later?" in lines[names.index("grey")]
        assert sink.connections == 2, sink.connections  # a new one after 421 alone


def check_trouble():
    with Sink(lambda to, data: "close" if "close" in to else "hang") as sink:
        url = f"smtp://127.0.0.1:{sink.port}?tls=no"
        assert send_one(url, "close@p.example").startswith("before end, later: the server hasn't answered to the message")
        for wait_ms in (1000, 8000, 64000):  # on a busy machine the first may have passed before the message is sent
            line = send_one(url, "hang@p.example", wait_ms=wait_ms)
            if line.startswith("before end"):
                break
        assert line.startswith("before end, slow, later: the server hasn't answered to the message"), line
        assert sink.taken == []
        port = sink.port
    assert send_one(f"smtp://127.0.0.1:{port}?tls=no").startswith("later: the server can't be used")
    with deaf() as port:
        assert send_one(f"smtp://127.0.0.1:{port}?tls=no", wait_ms=500).startswith("later: the server can't be used")


def check_sign_in():
    with Sink(password=("us@er", "p:a/s%")) as sink:
        place = f"127.0.0.1:{sink.port}?tls=no"
        assert send_one(f"smtp://us%40er:p%3Aa%2Fs%25@{place}") == "before end, taken: "
        for wrong in (f"smtp://us%40er:secret-thing@{place}", f"smtp://{place}"):
            line = send_one(wrong)
            assert line.startswith(("later: ", "refused: the server has answered to the sender")), line
            assert "secret" not in line and "us@er" not in line, line
        assert len(sink.taken) == 1


def check_tls():
    with tempfile.TemporaryDirectory() as folder:
        context, file = certificate(folder)
        with Sink(tls=context) as sink:
            assert send_one(f"smtps://localhost:{sink.port}", ca=file) == "before end, taken: "
            assert send_one(f"smtps://localhost:{sink.port}").startswith("later: the server can't be used: SSL")
            assert send_one(f"smtps://127.0.0.1:{sink.port}", ca=file).startswith("later: the server can't be used: SSL")
            assert len(sink.taken) == 1
        with Sink(starttls=context) as sink:
            assert send_one(f"smtp://localhost:{sink.port}", ca=file) == "before end, taken: "
            assert send_one(f"smtp://localhost:{sink.port}").startswith("later: the server can't be used: SSL")
            assert len(sink.taken) == 1
    with Sink() as sink:  # offers none
        assert send_one(f"smtp://127.0.0.1:{sink.port}").startswith("later: the server can't be used"), "sent in the clear"
        assert sink.taken == []


def check_addresses_of_servers():
    for url in ("", "localhost", "http://localhost", "smtp://", "smtp:///", "smtps://u:p@", "smtp://h:99999", "smtp://h?tls=yes",
                "smtp://h?", "smtp://secret:secret@h\r\n", "smtp://h b"):
        line = send_one(url)
        assert line.startswith("smtp must be an address"), (url, line)
        assert "secret" not in line


for check in [value for name, value in list(globals().items()) if name.startswith("check_")]:
    check()
    print(check.__name__, "ok")
