"""Files: docs/http/files.md."""

import base64
import contextlib
import hashlib
import os
import socket

import pytest

import harness

PATH = "/api/v1/files"
BOUNDARY = "----a boundary of 'tests'"
TYPE = f'multipart/form-data; boundary="{BOUNDARY}"'
YEAR = "public, max-age=31536000, immutable"


def part(content, name="rope.txt", kind="application/octet-stream", field=None, head=None):
    """One part, as the official client sends it: the field has the file's name, and quotes aren't escaped."""
    name = name if isinstance(name, bytes) else name.encode()
    field = name if field is None else field.encode()
    if head is None:
        head = b'Content-Disposition: form-data; name="%s"; filename="%s"\r\n' % (field, name)
        head += b"Content-Type: %s\r\n" % kind.encode() if kind else b""
    return b"--%s\r\n%s\r\n%s\r\n" % (BOUNDARY.encode(), head, content)


def form(*parts, end=True):
    return b"".join(parts) + (b"--%s--\r\n" % BOUNDARY.encode() if end else b"")


def upload(client, *parts, query="", **options):
    options.setdefault("expect", 200)
    return client.post(PATH + query, body=form(*parts), content_type=TYPE, **options)


def put(client, content, **options):
    """Upload one file; what is said of it."""
    return upload(client, part(content, **options)).data[0]


def sha1(content):
    return hashlib.sha1(content).hexdigest()


def fetch(client, file_hash, extension="", expect=200, headers=(), **options):
    """A file's reply, which has no envelope."""
    return client.get(f"{PATH}/{file_hash}{extension}", expect=expect, headers=headers,
                      check=expect not in (200, 206, 304, 416), **options)


@pytest.fixture
def author(site):
    return site.newcomer()


@pytest.fixture
def content(site):
    """Bytes that nobody has uploaded yet."""
    return f"A bowline, number {site.unique('rope')}.\n".encode() * 20


class TestUpload:
    def test_tells_of_the_file(self, author, content):
        data = put(author, content, name="knöpfe & \"x\".TXT")

        assert list(data) == ["created", "fileName", "fileExt", "fileSize", "fileHash", "mimeType"]
        assert data["fileName"] == 'knöpfe & "x".TXT' and data["fileExt"] == "TXT"
        assert data["fileSize"] == len(content) and data["fileHash"] == sha1(content)
        assert data["mimeType"] == "text/plain"

    def test_of_the_same_bytes_keeps_the_name(self, author, content):
        first = put(author, content, name="first.txt")

        again = put(author, content, name="second.md")
        assert {**again, "created": 0} == {**first, "created": 0}

    def test_of_several(self, author, content):
        texts = [content + str(number).encode() for number in range(3)]
        parts = [part(text, name=f"{number}.txt", field="file") for number, text in enumerate(texts)]
        parts.insert(1, part(b"value", head=b'Content-Disposition: form-data; name="field"\r\n'))

        data = upload(author, *parts, part(texts[0], name="again.txt")).data
        assert [entry["fileHash"] for entry in data] == [sha1(text) for text in [*texts, texts[0]]]
        assert [entry["fileName"] for entry in data] == ["0.txt", "1.txt", "2.txt", "0.txt"]

    def test_of_none(self, author):
        assert upload(author, part(b"value", head=b'Content-Disposition: form-data; name="field"\r\n')).data is None

    def test_of_a_field_that_was_left_empty(self, author, content):
        """As browsers send it: without a name, and without a byte."""
        empty = part(b"", name="", field="f")

        assert upload(author, empty).data is None
        assert [entry["fileHash"] for entry in upload(author, empty, part(content), empty).data] == [sha1(content)]

    @pytest.mark.parametrize("header, told", [
        (b"Content-Transfer-Encoding: base64", "Content-Transfer-Encoding"), (b"Content-Type: multipart/mixed; boundary=x", "part of the form")])
    def test_of_other_bytes_than_the_files_is_refused(self, author, header, told):
        head = b'Content-Disposition: form-data; name="f"; filename="x.txt"\r\n' + header + b"\r\n"

        assert told in upload(author, part(b"dGV4dA==", head=head), expect=400).data["errorDetail"]

    def test_in_chunks(self, daemon, site, author, content):
        body = form(part(content * 500))
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 700]), body[at:at + 700]) for at in range(0, len(body), 700))

        reply = harness.raw(daemon.port, (
            f"POST {PATH} HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {author.token}\r\n"
            f"Content-Type: {TYPE}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n").encode()
            + chunks + b"0\r\n\r\n")
        assert reply.status == 200 and sha1(content * 500).encode() in reply.content

    @pytest.mark.parametrize("name, kept, extension", [
        ("knot.png", "knot.png", "png"), ("README", "README", "README"), ("a.tar.gz", "a.tar.gz", "gz"),
        ("../../etc/passwd", "passwd", "passwd"), ("C:\\files\\knot.txt", "knot.txt", "txt"), ("..", "..", ""),
        ("", "file", "file"), ("\u202egnp.exe", "gnp.exe", "exe"), ("x" * 10000 + ".txt", "x" * 251 + ".txt", "txt"),
        ("é".encode("latin-1") + b".txt", "é.txt", "txt"), ("a%22b\\\"c.txt", 'a"b"c.txt', "txt"),
        ("semi; filename=x.txt", "semi; filename=x.txt", "txt"), ("<b>.html", "<b>.html", "html")])
    def test_cleans_names(self, author, content, name, kept, extension):
        data = put(author, content, name=name, field="f", kind="text/plain")

        assert data["fileName"] == kept and data["fileExt"] == extension

    @pytest.mark.parametrize("parameters, kept", [
        ("name=f; filename=knot.txt", "knot.txt"), ("filename=knot.txt ; name=f", "knot.txt"), ('name=f;filename="a b.txt"', "a b.txt"),
        ("name=\"f\"; filename*=UTF-8''k%C3%B6pfe%20%26.txt", "köpfe &.txt"), ("filename*=iso-8859-1'de'k%F6pfe.txt; name=f", "köpfe.txt"),
        ("name=f; filename*=UTF-8''b.txt; filename=\"a.txt\"", "a.txt"), ("filename=\"z.txt\"", "z.txt"),
        ("name=f; filename=\"=?utf-8?B?a8O2cGZlLnR4dA==?=\"", "köpfe.txt"), ("name=f; filename*0=kno; filename*1*=t%2Etxt", "knot.txt"),
        ("name=f;\r\n filename=folded.txt", "folded.txt")])
    def test_reads_each_form_of_a_name(self, author, content, parameters, kept):
        head = f"Content-Disposition: form-data; {parameters}\r\nContent-Type: text/plain\r\n".encode()

        assert upload(author, part(content, head=head)).data[0]["fileName"] == kept

    @pytest.mark.parametrize("parameters", ["name=f; filename*=x.txt", "name=f; filename*=UTF-8''%00", "name=f; filename*=UTF-8''%zz", "name; filename=x",
                                            "name=f x; filename=x"])
    def test_refuses_names_that_are_none(self, author, content, parameters):
        """They would be passed over silently, and the file with them."""
        head = f"Content-Disposition: form-data; {parameters}\r\nContent-Type: text/plain\r\n".encode()

        upload(author, part(content, head=head), expect=400)

    @pytest.mark.parametrize("wrong", [
        form(part(b"")), form(part(b"text", kind=None)), form(part(b"text"), end=False), b"", b"text",
        form(part(b"text", head=b"Content-Type: text/plain\r\n\0: x\r\n")), form(part(b"text", head=b"none\r\n")),
        form(part(b"text", head=b'Content-Disposition: form-data; filename="open\r\nContent-Type: text/plain\r\n')),
        form(part(b"text", name="x" * 40000)), form(*[part(b"text")] * 16),
        form(part(b"text")).replace(b"--\r\n", b"xx")])
    def test_refuses(self, author, wrong):
        author.post(PATH, body=wrong, content_type=TYPE, expect=400)

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=",
                                      "multipart/mixed; boundary=x", "multipart/form-data; boundary=" + "x" * 71, None])
    def test_refuses_other_types(self, author, kind):
        author.post(PATH, body=form(part(b"text")), content_type=kind, expect=400)

    @pytest.mark.parametrize("query", ["?maxWidth=-1", "?maxHeight=x", "?maxWidth=1.5"])
    def test_refuses_dimensions(self, author, content, query):
        upload(author, part(content), query=query, expect=400)

    def test_by_guests_is_refused_before_it_is_read(self, daemon, site, content):
        head = f"POST {PATH} HTTP/1.1\r\nHost: {site.host}\r\nContent-Type: {TYPE}\r\nContent-Length: 100000\r\n\r\n"

        reply = harness.raw(daemon.port, head.encode() + b"--")
        assert reply.status == 403 and b"Connection: close" in reply.content
        upload(site.guest, part(content), expect=403)
        upload(harness.Client(daemon, site.host, token="x" * 30), part(content), expect=401)
        assert upload(site.owner, part(content)).data

    def test_has_a_largest_size(self, author):
        most = 30 << 20
        content = os.urandom(1 << 20) * 30

        assert put(author, content)["fileSize"] == most
        reply = upload(author, part(content + b"x"), expect=400)
        assert reply.data["errorCode"] == 20
        assert upload(author, part(content), part(content), expect=200).data
        assert upload(author, part(content + b"x"), part(content), expect=400).data["errorCode"] == 20

    def test_of_more_than_a_request_may_bring_is_refused_unread(self, daemon, site, author):
        reply = harness.raw(daemon.port, (
            f"POST {PATH} HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {author.token}\r\n"
            f"Content-Type: {TYPE}\r\nContent-Length: {(64 << 20) + 1}\r\n\r\n").encode())
        assert reply.status == 400 and b"Connection: close" in reply.content and b'"errorCode":20' in reply.content

    def test_that_fails_leaves_nothing(self, daemon, site, author, content):
        whole = form(part(content * 1000))
        before = stored(daemon)

        for end in (300, len(whole) // 2, len(whole) - 5):
            hang_up(daemon.port, (
                f"POST {PATH} HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {author.token}\r\n"
                f"Content-Type: {TYPE}\r\nContent-Length: {len(whole)}\r\nConnection: close\r\n\r\n").encode()
                + whole[:end])
        upload(author, part(content), part(b""), expect=400)
        harness.wait_until(lambda: stored(daemon) == before, "the rest of uploads to go")
        fetch(author, sha1(content), expect=404)


def stored(daemon):
    """Names of all files that are there, whole or not."""
    return sorted(name for _, _, names in os.walk(daemon.files) for name in names)


def hang_up(port, sent):
    """Send bytes, and break the connection off."""
    with socket.create_connection(("127.0.0.1", port), timeout=harness.DEADLINE) as connection:
        connection.sendall(sent)


class TestTypes:
    """By content, whatever anybody says."""

    @pytest.mark.parametrize("content, kind, shown", [
        (b"plain text\n", "text/plain", True),
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "text/html", False),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "image/svg+xml", False),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>', "image/svg+xml", False),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "application/pdf", False), (b"PK\x03\x04" + b"\0" * 40, None, False),
        (b"\0\1\2\3" * 9, "application/octet-stream", False), (b"#!/bin/sh\necho\n", "text/x-shellscript", False),
        (b"#!/usr/bin/env node\nalert(1)\n", "text/plain", True), (b"'use strict';\nimport x from 'y';\nexport default 1;\n", "text/plain", True),
        (b"/* */ (function () { 'use strict'; })();\n", "text/plain", True)])
    def test_decide_how_it_is_served(self, site, author, content, kind, shown):
        content += site.unique("\n<!-- ").encode() + b" -->"

        data = put(author, content, name="harmless.png", kind="video/mp4")
        assert kind is None or data["mimeType"] == kind
        for extension in ("", ".png", ".html", ".svg"):
            reply = fetch(author, data["fileHash"], extension)
            assert reply.body == content
            assert reply.header("Content-Type").split(";")[0] == data["mimeType"]
            assert reply.header("X-Content-Type-Options") == "nosniff"
            assert reply.header("Content-Security-Policy") == "default-src 'none'; sandbox"
            assert reply.header("Content-Disposition") == (None if shown else "attachment")


    @pytest.mark.parametrize("kind, name", [
        ("image/png", "x.txt"), ("image/jpeg", "x"), ("IMAGE/GIF; a=b", "x.html"), ("image/webp", "x"), ("image/avif", "x"),
        ("application/octet-stream", "x.png"), ("application/octet-stream", "x.jpeg"), ("Application/Octet-Stream;a", "x.a.gif")])
    def test_refuse_what_is_sent_as_a_picture_and_is_none(self, author, content, kind, name):
        """It would be a broken picture in pages."""
        for bad in (content, b"<html><script>1</script></html>", b"BM" + b"\0" * 60, PICTURES["png"][1:]):
            reply = upload(author, part(content), part(bad, name=name, kind=kind), expect=400)
            assert reply.data["errorCode"] == 21 and "picture" in reply.data["errorDetail"]
        fetch(author, sha1(content), expect=404)

    @pytest.mark.parametrize("kind, name", [("image/heic", "x.png"), ("image/svg+xml", "x.svg"), ("image/pngx", "x"), ("image/", "x"),
                                            ("application/octet-stream", "x.PNG"), ("text/plain", "x.png")])
    def test_take_whatever_else_is_sent(self, author, content, kind, name):
        assert put(author, content, name=name, kind=kind)["mimeType"] == "text/plain"
        assert put(author, PICTURES["gif"], name=name, kind=kind)["mimeType"] == "image/gif"

    def test_of_pictures_are_those_of_their_bytes(self, author):
        assert put(author, PICTURES["gif"], name="x.png", kind="image/png")["mimeType"] == "image/gif"


# Five pixels wide and three high, with nothing in them but the picture.
PICTURES = {extension: base64.b64decode(text) for extension, text in {
    "png": (
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADklEQVQImWOoQAUMBPgA+n8V"
        "GVBfDpoAAAAASUVORK5CYII="),
    "gif": (
        "R0lGODlhBQADAIAAAEdwTHh4eCH/C05FVFNDQVBFMi4wAwEAAAAh+QQFAAAAACwAAAAABQADAAACA4yPWQA7"),
    "webp": "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoFAAMAAgA0JaQAA3AA/tc8AAA=",
    "avif": (
        "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
        "AA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAEOAAEAAAAAAAAAFgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEA"
        "AGF2MDEAAAAAamlwcnAAAABLaXBjbwAAABNjb2xybmNseAACAAIABoAAAAAMYXYxQ4EADAAAAAAUaXNwZQAAAAAAAAAFAAAAAwAA"
        "ABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgYIDhAAAAB5tZGF0EgAKCBgIZMECAgaEMggYAAAAQACuoA=="),
}.items()}


class TestPictures:
    @pytest.mark.parametrize("extension", PICTURES)
    def test_have_a_size(self, author, extension):
        data = put(author, PICTURES[extension], name="picture.txt")

        assert list(data)[-2:] == ["width", "height"] and (data["width"], data["height"]) == (5, 3)
        assert data["mimeType"] == f"image/{extension}" and data["fileExt"] == extension and data["fileName"] == "picture.txt"
        reply = fetch(author, data["fileHash"], ".html")
        assert reply.header("Content-Type") == f"image/{extension}" and reply.header("Content-Disposition") is None
        assert reply.body == PICTURES[extension]

    @pytest.mark.parametrize("extension", PICTURES)
    def test_must_be_whole(self, author, extension):
        content = PICTURES[extension]

        for end in (len(content) // 2, len(content) - 2):
            assert upload(author, part(content[:end]), expect=400).data["errorCode"] == 21


class TestServing:
    @pytest.mark.parametrize("size", [1, 1000, 65536, 65537, 3000000])
    def test_gives_the_bytes(self, author, size):
        content = os.urandom(size)
        data = put(author, content)

        reply = fetch(author, data["fileHash"])
        assert reply.body == content and reply.header("Content-Length") == str(size)
        assert reply.header("ETag") == f'"{data["fileHash"]}"' and reply.header("Accept-Ranges") == "bytes"
        assert reply.header("Cache-Control") == "private, no-cache" and reply.header("Expires") is None

    @pytest.mark.parametrize("size", [1000, 300000])
    @pytest.mark.parametrize("given, first, last", [
        ("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=990-", 990, None), ("bytes=-10", -10, None),
        ("bytes=5-99999999", 5, None), ("bytes=-99999999", 0, None)])
    def test_gives_a_part(self, author, size, given, first, last):
        content = os.urandom(size)
        data = put(author, content)
        first = first % size
        last = size - 1 if last is None else last

        reply = fetch(author, data["fileHash"], expect=206, headers=[("Range", given)])
        assert reply.body == content[first:last + 1]
        assert reply.header("Content-Range") == f"bytes {first}-{last}/{size}"
        same = fetch(author, data["fileHash"], expect=206, headers=[("Range", given), ("If-Range", reply.header("ETag"))])
        assert same.body == reply.body
        whole = fetch(author, data["fileHash"], headers=[("Range", given), ("If-Range", '"other"')])
        assert whole.body == content

    @pytest.mark.parametrize("given", ["bytes=5", "bytes=9-5", "bytes=0-1,4-5", "items=0-5", "bytes=-", "bytes=x-",
                                       "bytes=0-" + "9" * 30, ""])
    def test_ignores_other_ranges(self, author, content, given):
        data = put(author, content)

        assert fetch(author, data["fileHash"], headers=[("Range", given)]).body == content

    @pytest.mark.parametrize("given", ["bytes={size}-", "bytes=-0", "bytes=99999999-"])
    def test_refuses_parts_behind_the_end(self, author, content, given):
        data = put(author, content)

        reply = fetch(author, data["fileHash"], expect=416, headers=[("Range", given.format(size=len(content)))])
        assert reply.header("Content-Range") == f"bytes */{len(content)}" and reply.body == b""

    def test_says_that_it_is_the_same(self, author, content):
        data = put(author, content)
        tag = f'"{data["fileHash"]}"'

        for given in (tag, f'W/{tag}', f'"other", {tag}', "*"):
            reply = fetch(author, data["fileHash"], expect=304, headers=[("If-None-Match", given)])
            assert reply.body == b"" and reply.header("ETag") == tag
        assert fetch(author, data["fileHash"], headers=[("If-None-Match", '"other"')]).body == content

    @pytest.mark.parametrize("address", ["0" * 40, "0" * 40 + ".png", "0" * 39, "0" * 41, "A" * 40, "x.png",
                                         "0" * 40 + ".", "0" * 40 + ".a.b", "0" * 40 + "png"])
    def test_knows_no_other_addresses(self, author, address):
        author.get(f"{PATH}/{address}", expect=404)

    def test_takes_no_other_methods(self, author, content):
        path = f"{PATH}/{put(author, content)['fileHash']}"

        assert author.options(PATH).header("Allow") == "OPTIONS,POST"
        assert author.options(path).header("Allow") == author.options(path + ".txt").header("Allow") == "OPTIONS,GET"
        author.get(PATH, expect=405)
        author.delete(path, expect=405)
        author.head(path, expect=405)


class TestRights:
    def test_of_what_is_attached_to_nothing(self, site, author, content):
        data = put(author, content)

        fetch(author, data["fileHash"])
        for client in (site.owner, site.newcomer(), site.guest):
            fetch(client, data["fileHash"], expect=404)

    def test_of_who_has_the_same_bytes(self, site, other_site, author, content):
        data = put(author, content, name="secret name.txt")
        other = site.newcomer()

        assert put(other, content, name="mine.txt")["fileName"] == "mine.txt"
        fetch(other, data["fileHash"])
        fetch(other_site.owner, data["fileHash"], expect=404)

    def test_of_a_logo(self, site, author, content):
        hidden = site.microcosm()
        data = put(site.owner, content)
        address = f"{PATH}/{data['fileHash']}.txt"

        site.owner.put(f"/api/v1/microcosms/{hidden}", {"logoUrl": address, "meta": {"editReason": "A new logo"}}, expect=302)
        assert fetch(site.guest, data["fileHash"]).header("Cache-Control") == YEAR
        site.owner.set_flag(f"/api/v1/microcosms/{hidden}", "moderated", True, expect=200)
        fetch(site.guest, data["fileHash"], expect=404)
        fetch(author, data["fileHash"], expect=404)
        fetch(site.owner, data["fileHash"])


    def test_of_a_logo_that_its_uploader_keeps_for_himself(self, site, author, content):
        """A hash is no key."""
        data = put(author, content)
        for place in (f"/api/v1/microcosms/{site.microcosm()}",):
            site.owner.put(place, {"logoUrl": f"/x/{data['fileHash']}", "meta": {"editReason": "A logo"}}, expect=302)
        site.sql("UPDATE microcosm.sites SET logo_url = %s WHERE site_id = %s", f"/api/v1/files/{data['fileHash']}", site.id)
        for client in (site.guest, site.owner):
            fetch(client, data["fileHash"], expect=404)
        fetch(author, data["fileHash"])


def test_slow_uploads_do_not_hold_threads(database, site):
    def slowly(seconds):
        arguments = ["--threads", "2", "--request-timeout", str(seconds), "--transfer-timeout", "3600"]
        with contextlib.closing(harness.Daemon(database, arguments=arguments)) as daemon:
            daemon.start()
            client = harness.Client(daemon, site.host, token=site.newcomer().token)
            head = (f"POST {PATH} HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {client.token}\r\n"
                    "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 1000000\r\n\r\n--X\r\n").encode()
            slow = [socket.create_connection(("127.0.0.1", daemon.port), timeout=harness.DEADLINE) for _ in range(2)]
            for connection in slow:
                connection.sendall(head)
            for connection in slow:
                assert b" 408 " in connection.recv(100), "long before --transfer-timeout"
                connection.close()
            with harness.in_time():
                client.get("/api/v1/site", expect=200)

    harness.patiently(slowly, 1, 8, 60)


def test_who_does_not_read_holds_no_thread(database, site):
    """Each reply is larger than the system keeps of it for the reader."""
    def unread(seconds):
        arguments = ["--threads", "2", "--request-timeout", str(seconds), "--transfer-timeout", "3600"]
        with contextlib.closing(harness.Daemon(database, arguments=arguments)) as daemon:
            daemon.start()
            client = harness.Client(daemon, site.host, token=site.newcomer().token)
            with harness.in_time():
                data = put(client, os.urandom(24 << 20))
            idle = [socket.socket() for _ in range(2)]
            for connection in idle:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
                connection.settimeout(harness.DEADLINE)
                connection.connect(("127.0.0.1", daemon.port))
                connection.sendall(f"GET {PATH}/{data['fileHash']} HTTP/1.1\r\nHost: {site.host}\r\n"
                                   f"Authorization: Bearer {client.token}\r\n\r\n".encode())
            with harness.in_time():
                for connection in idle:
                    assert b" 200 " in connection.recv(100)
                client.get("/api/v1/site", expect=200)
                for connection in idle:
                    connection.close()
                assert fetch(client, data["fileHash"]).body[:8], "who reads gets all of it"

    harness.patiently(unread, 1, 8, 60)


class TestQuota:
    def test_counts_what_a_profile_has(self, database, site):
        daemon = harness.Daemon(database, arguments=["--profile-files", "10k", "--file-size", "8k"])
        try:
            daemon.start()
            client = harness.Client(daemon, site.host, token=site.newcomer().token)
            first = os.urandom(7000)
            put(client, first)
            assert upload(client, part(os.urandom(7000)), expect=403).data["errorCode"] == 16
            upload(client, part(os.urandom(1000)), part(os.urandom(3000)), expect=403)
            assert site.sql("SELECT count(*) FROM microcosm.files f JOIN microcosm.file_uploads u USING (file_id)"
                            " WHERE u.profile_id = %s", client.get("/api/v1/whoami").data["id"]) == [(1,)]
            assert harness.STORE != "disk" or sum(len(names) for _, _, names in os.walk(daemon.files)) == 1, "nothing else is stored"
            assert upload(client, part(os.urandom(8193)), expect=400).data["errorCode"] == 20
            put(client, first)
            put(client, os.urandom(3000))
            upload(client, part(os.urandom(300)), expect=403)
        finally:
            daemon.close()
