"""Mail: docs/operating.md#mail, to Debian's python3-aiosmtpd."""

import email
import email.policy
import os
import sys

import pytest

import harness

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../mail"))
from sink import Sink  # noqa: E402
from test_commands import run  # noqa: E402


def settings(sink):
    return ["--smtp", f"smtp://127.0.0.1:{sink.port}?tls=no", "--mail-from", "forum@forum.example"]


def mail_test(database, *more, address="ada@people.example"):
    return run("mail", "test", address, "--database", database, *more)


def test_an_operator_tries_the_mail(database):
    with Sink(rcpt={"nobody@people.example": "550 5.1.1 no such user"}) as sink:
        assert mail_test(database, *settings(sink), "--mail-reply-to", "help@forum.example") == (0, "", "")
        [(sender, recipient, data)] = sink.taken
        assert (sender, recipient) == ("forum@forum.example", "ada@people.example")
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert message["subject"] == "A test of mail from localhost"
        assert str(message["reply-to"]) == "localhost <help@forum.example>"
        assert "ada@people.example" in message.get_body(("plain",)).get_content()
        assert "ada@people.example" in message.get_body(("html",)).get_content()
        status, _, told = mail_test(database, *settings(sink), address="nobody@people.example")
        assert status == 1 and "550 5.1.1 no such user" in told
        port = sink.port
    status, _, told = mail_test(database, "--smtp", f"smtp://user:secret@127.0.0.1:{port}?tls=no", "--mail-from", "a@b.example")
    assert status == 1 and "the server can't be used" in told and "secret" not in told


@pytest.mark.parametrize("given, told", [
    ([], "smtp isn't set"),
    (["--mail-from", "forum@forum.example"], "smtp isn't set"),
    (["--smtp", "smtp://127.0.0.1"], "smtp needs mail-from"),
    (["--smtp", "smtp://127.0.0.1", "--mail-from", "forum"], "mail-from must be an address"),
    (["--smtp", "smtp://127.0.0.1", "--mail-from", "a@b.example\r\nBcc: x@y.example"], "mail-from must be an address"),
    (["--smtp", "smtp://127.0.0.1", "--mail-from", "a@b.example", "--mail-reply-to", "<a@b.example>"], "mail-reply-to must be"),
    (["--smtp", "http://u:secret@127.0.0.1", "--mail-from", "a@b.example"], "smtp must be an address"),
    (["--mail-templates", "/nowhere"], "mail-templates must be a folder"),
])
def test_settings_that_can_not_be(database, given, told):
    status, out, said = mail_test(database, *given)
    assert status != 0 and told in said and "secret" not in said and out == ""


@pytest.mark.parametrize("address", ["", "ada", "a@b@c.example", "a@b.example\nRCPT TO:<x@y.example>", "é@b.example"])
def test_addresses_that_can_not_be(database, address):
    with Sink() as sink:
        status, _, told = mail_test(database, *settings(sink), address=address)
        assert status == 2 and "ADDRESS must be an e-mail address" in told
        assert sink.taken == []


def test_templates_of_the_operators(database):
    folder = harness.new_folder("mcmail.")
    os.chmod(folder, 0o755)
    template = os.path.join(folder, "test.mail")
    with open(template, "w") as file:
        file.write("[subject]\nGrüße von {{site}}\n[text]\nOnly text for {{email}}.\n")
    with Sink() as sink:
        given = [*settings(sink), "--mail-templates", folder]
        assert mail_test(database, *given) == (0, "", "")
        message = email.message_from_bytes(sink.taken[0][2], policy=email.policy.default)
        assert message["subject"] == "Grüße von localhost"
        assert message.get_content_type() == "text/plain"
        assert message.get_content().splitlines() == ["Only text for ada@people.example."]
        with open(template, "a") as file:
            file.write("{{person}\n")
        status, _, told = run("check", "--database", database, *given)
        assert status == 2 and "mail template test, line 5: {{ without }}" in told
        os.rename(template, os.path.join(folder, "tset.mail"))
        status, _, told = run("check", "--database", database, *given)
        assert status == 2 and "there is no template tset.mail" in told
