"""Input that nobody well-meaning sends. It gets a clear refusal, never 500, and the daemon goes on.

docs/http/conventions.md, "Statuses and errors" and "Request bodies", and what the web server underneath would
let through.
"""

import contextlib
import json
import socket

import pytest

import harness

JSON = "application/json"


@pytest.fixture(autouse=True)
def goes_on(daemon):
    yield
    assert daemon.is_alive(), "the daemon is alive after this"


def says(reply, *fields):
    """The error text of a reply names all these fields."""
    text = " ".join(reply.error).lower()
    missing = [field for field in fields if field.lower() not in text]
    assert not missing, f"{missing} not named in: {text}"


@contextlib.contextmanager
def little_work(daemon):
    """What is done inside costs the daemon a bounded time of its processor, which busy neighbours don't change."""
    before = daemon.processor_seconds()
    yield
    used = daemon.processor_seconds() - before
    assert harness.WRAPPER or used < 10, f"{used:.1f} s of processor time"


# Fields

WRONG_VALUES = [0.5, -1, 2**63, -2**63 - 1, 10**40, "text", "", True, [], {}, [[]], [{}], {"x": {}}, "\ud800"]


@pytest.mark.parametrize("value", WRONG_VALUES, ids=range(len(WRONG_VALUES)))
@pytest.mark.parametrize("field", ["itemType", "itemId", "markdown", "inReplyTo"])
def test_wrong_values_of_a_comment(site, mira, conversation, field, value):
    body = {"itemType": "conversation", "itemId": conversation, "markdown": "Fine", field: value}

    reply = mira.post("/api/v1/comments", body)

    fine = (field == "markdown" and value in ("text", "\ud800")) or \
        (field == "inReplyTo" and value == -1)
    assert reply.status in ({302, 400} if fine else {400}), reply


@pytest.mark.parametrize("value", WRONG_VALUES, ids=range(len(WRONG_VALUES)))
@pytest.mark.parametrize("field", ["title", "microcosmId"])
def test_wrong_values_of_a_conversation(site, mira, microcosm, field, value):
    reply = mira.post("/api/v1/conversations", {"microcosmId": microcosm, "title": "Fine", field: value})

    if field == "title":
        assert reply.status in ({302, 400} if isinstance(value, str) and value else {400}), reply
    else:
        assert reply.status in ({400, 403} if value == -1 else {400}), reply


@pytest.mark.parametrize("value", WRONG_VALUES, ids=range(len(WRONG_VALUES)))
@pytest.mark.parametrize("field",
                         ["title", "description", "visibility", "parentId", "itemTypes", "logoUrl", "removeLogo",
                                   "meta", "meta.editReason"])
def test_wrong_values_of_a_microcosm(site, microcosm, field, value):
    body = {"title": "Fine", "description": "Fine", "meta": {"editReason": "Fine"}}
    if "." in field:
        body["meta"] = {"editReason": value}
    else:
        body[field] = value

    reply = site.owner.put(f"/api/v1/microcosms/{microcosm}", body)

    assert reply.status in (302, 400), reply
    if isinstance(value, (list, dict)) and field not in ("itemTypes", "meta"):
        assert reply.status == 400, reply


@pytest.mark.parametrize("value", WRONG_VALUES, ids=range(len(WRONG_VALUES)))
@pytest.mark.parametrize("field", ["profileName", "visible", "styleId"])
def test_wrong_values_of_a_profile(site, field, value):
    person = site.newcomer()

    reply = person.put(f"/api/v1/profiles/{person.profile_id}", {field: value})

    assert reply.status in (302, 400), reply
    if isinstance(value, (list, dict, float)):
        assert reply.status == 400, reply


@pytest.mark.parametrize("body", [None, {"Id": "1", "Value": "x"}], ids=["none", "form"])
def test_lists_are_json(site, mira, microcosm, conversation, body):
    owner, items = site.owner, f"/api/v1/conversations/{conversation}"
    role = site.role(microcosm, ("read",))
    huddle = owner.post("/api/v1/huddles", {"title": site.unique("Crew")}, expect=302).id
    poll = owner.post("/api/v1/polls", {"microcosmId": microcosm, "title": "Poll", "question": "Why?",
                                        "choices": [{"choice": "So"}]}, expect=302).id
    event = owner.post("/api/v1/events", {"microcosmId": microcosm, "title": site.unique("Regatta")}, expect=302).id
    for method, path in [("PUT", f"{items}/attributes"), ("DELETE", f"{items}/attributes"),
                         ("PUT", f"/api/v1/huddles/{huddle}/participants"), ("PUT", f"/api/v1/events/{event}/attendees"),
                         ("PUT", f"/api/v1/microcosms/{microcosm}/roles/{role}/profiles"),
                         ("DELETE", f"/api/v1/microcosms/{microcosm}/roles/{role}/profiles"),
                         ("DELETE", f"/api/v1/microcosms/{microcosm}/roles/{role}/criteria"),
                         ("PUT", "/api/v1/site/menu"), ("POST", "/api/v1/users"), ("POST", "/api/v1/users/batch")]:
        reply = owner.request(method, path, form=body, expect=400)
        assert reply.data["errorCode"] == 1 and "JSON" in reply.error[0].upper(), (method, path, reply)
    owner.request("PUT", f"/api/v1/polls/{poll}/votes", form=body, expect=400)


def test_ids_that_are_none(site, mira, conversation):
    comment = site.comment(conversation, by=mira)
    for number in (0, -1):
        body = {"itemType": "conversation", "itemId": number, "markdown": "Fine"}
        for reply in (mira.post("/api/v1/comments", body, expect=400), mira.put(f"/api/v1/comments/{comment}", body, expect=400)):
            assert reply.error == ["itemId: must be greater than 0"]


def test_several_bad_fields_are_reported_together(site, mira):
    reply = site.owner.post("/api/v1/microcosms",
                            {"title": "", "description": " ", "logoUrl": "javascript:x", "parentId": -1}, expect=400)
    says(reply, "title", "description", "logoUrl", "parentId")

    reply = mira.post("/api/v1/comments", {"itemType": "nonsense", "itemId": 0, "markdown": ""}, expect=400)
    says(reply, "itemType", "itemId", "markdown")

    reply = mira.post("/api/v1/comments", {}, expect=400)
    says(reply, "itemType", "itemId", "markdown")

    reply = mira.put(f"/api/v1/profiles/{mira.profile_id}", {"profileName": "a@b", "styleId": -1, "visible": "x"},
                     expect=400)
    says(reply, "profileName", "styleId", "visible")


def test_several_bad_fields_of_an_edit(site, mira, conversation):
    reply = mira.put(f"/api/v1/conversations/{conversation}", {"title": "x" * 200, "meta": {"editReason": ""}},
                     expect=400)

    says(reply, "title", "editReason")


@pytest.mark.parametrize("path, body", [
    ("/api/v1/conversations", {"title": "x" * 10_000}),
    ("/api/v1/microcosms", {"title": "x" * 10_000, "description": "x"}),
    ("/api/v1/microcosms", {"title": "x", "description": "x", "logoUrl": "https://example.org/" + "x" * 10_000}),
])
def test_texts_far_beyond_their_limit(site, microcosm, path, body):
    if path.endswith("conversations"):
        body = {**body, "microcosmId": microcosm}

    site.owner.post(path, body, expect=400)


# Text that is none

BAD_UTF8 = {"lone continuation": b"a\x80b", "cut short": b"a\xc3", "overlong": b"a\xc0\xafb",
            "overlong NUL": b"a\xc0\x80b",
            "surrogate": b"a\xed\xa0\x80b", "beyond Unicode": b"a\xf4\x90\x80\x80b",
            "byte that is never used": b"a\xffb",
            "latin-1": "café".encode("latin-1")}


@pytest.mark.parametrize("bad", BAD_UTF8.values(), ids=BAD_UTF8)
def test_bad_utf8_in_json(mira, conversation, bad):
    body = b'{"itemType":"conversation","itemId":%d,"markdown":"%s"}' % (conversation, bad)

    mira.request("POST", "/api/v1/comments", body, content_type=JSON, expect=400)


@pytest.mark.parametrize("bad", BAD_UTF8.values(), ids=BAD_UTF8)
def test_bad_utf8_in_a_form(mira, conversation, bad):
    text = "".join(f"%{byte:02x}" for byte in bad)
    mira.request("POST", "/api/v1/comments", f"ItemType=conversation&ItemID={conversation}&Markdown={text}", expect=400)
    raw = b"ItemType=conversation&ItemID=%d&Markdown=%s" % (conversation, bad)
    mira.request("POST", "/api/v1/comments", raw, expect=400)


@pytest.mark.parametrize("bad", BAD_UTF8.values(), ids=BAD_UTF8)
def test_bad_utf8_in_the_query(site, mira, bad):
    text = "".join(f"%{byte:02x}" for byte in bad)

    for target in (f"/api/v1/profiles?q={text}", f"/api/v1?context={text}", f"/api/v1/permission?itemType={text}",
                   f"/api/v1/microcosms?x={text}&limit=5", f"/api/v1/microcosms?{text}=x"):
        reply = site.guest.get(target, check=False)
        assert reply.status in (200, 400), reply
        reply.body.decode("utf-8")
        json.loads(reply.body)


@pytest.mark.parametrize("text", ["a\\u0000b", "\\u0000", "a\\u0000"])
def test_nul_in_json(site, mira, microcosm, conversation, text):
    body = f'{{"itemType":"conversation","itemId":{conversation},"markdown":"{text}"}}'
    mira.request("POST", "/api/v1/comments", body, content_type=JSON, expect=400)

    body = f'{{"microcosmId":{microcosm},"title":"Title {text}"}}'
    reply = mira.request("POST", "/api/v1/conversations", body, content_type=JSON, expect={302, 400})
    if reply.status == 302:
        assert "\x00" not in site.guest.get(reply.location).data["title"]


def test_raw_nul(mira, conversation):
    body = b'{"itemType":"conversation","itemId":%d,"markdown":"a\x00b"}' % conversation
    mira.request("POST", "/api/v1/comments", body, content_type=JSON, expect=400)
    body = b"ItemType=conversation&ItemID=%d&Markdown=a\x00b" % conversation
    mira.request("POST", "/api/v1/comments", body, expect=400)
    body = b"ItemType=conversation&ItemID=%d&Markdown=a%%00b" % conversation
    mira.request("POST", "/api/v1/comments", body, expect=400)


def test_a_form_with_nul_ends(mira):
    """The web server's own form parser would loop for ever on this."""
    mira.request("POST", "/api/v1/comments", b"a=b&\x00=\x00&c", expect=400)
    mira.request("POST", "/api/v1/comments", b"\x00" * 5000, expect=400)


@pytest.mark.parametrize("escape", ["\\ud800", "\\udc00", "\\ud800\\ud800", "\\udc00\\ud800", "\\ud83d x"])
def test_half_a_character(site, mira, conversation, escape):
    for body in (f'{{"itemType":"conversation","itemId":{conversation},"markdown":"x {escape} y"}}',
                 f'{{"itemType":"conversation","itemId":{conversation},"markdown":"x","other":"{escape}"}}'):
        mira.request("POST", "/api/v1/comments", body, content_type=JSON, expect=400)


@pytest.mark.parametrize("form",
                         ["Markdown=%", "Markdown=%4", "Markdown=%zz", "=", "&&&&", "=&=&=", "Markdown", "%00=%00",
                                  "Markdown=x&Markdown=y", "ItemID=1e5", "ItemID=+5", "ItemID= 5", "ItemID=0x5",
                                  "ItemID=99999999999999999999", "ItemID=-", "a[b][c]=d"])
def test_forms_that_are_none(mira, form):
    mira.request("POST", "/api/v1/comments", "ItemType=conversation&" + form, expect=400)


# JSON that is none. tests/unit/test_json_input.c has many more.


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/api/v1/comments", "{'itemType':'conversation','itemId':CONVERSATION,'markdown':'x'}"),
    ("POST", "/api/v1/comments", '{"itemType":"conversation","itemId":CONVERSATION,"markdown":"x",}'),
    ("POST", "/api/v1/comments", '{"itemType":"conversation","itemId":0CONVERSATION,"markdown":"x"}'),
    ("POST", "/api/v1/comments", '{"itemType":"conversation","itemId":CONVERSATION,"markdown":"x\ty"}'),
    ("POST", "/api/v1/comments", '{"itemType":"conversation","itemId":CONVERSATION,"markdown":"x","a":NaN}'),
    ("POST", "/api/v1/comments", '\ufeff{"itemType":"conversation","itemId":CONVERSATION,"markdown":"x"}'),
    ("PUT", "/api/v1/conversations/CONVERSATION", '{"title":"x","meta":{"editReason":"y"/**/}}'),
    ("PATCH", "/api/v1/conversations/CONVERSATION", '[{"op":"replace","path":"/meta/flags/sticky","value":true},]'),
    ("PUT", "/api/v1/profiles/options", '{"sendEmail":True}'),
    ("PUT", "/api/v1/profiles/read", '{"itemType":"site","itemId":01}'),
    ("PUT", "/api/v1/microcosms/MICROCOSM", '{"title":"x" "description":"y"}'),
])
def test_json_that_is_none(site, microcosm, conversation, method, path, body):
    path, body = (text.replace("CONVERSATION", str(conversation)).replace("MICROCOSM", str(microcosm))
                  for text in (path, body))

    reply = site.owner.request(method, path, body.encode(), content_type=JSON, expect=400)
    assert "not valid JSON" in " ".join(reply.error), "it is refused for its form alone"


def test_text_behind_the_json(site, conversation):
    body = f'{{"itemType":"conversation","itemId":{conversation},"markdown":"Just this"}}}} NaN \''
    site.owner.request("POST", "/api/v1/comments", body, content_type=JSON, expect=302)


# JSON that is too much


@pytest.mark.parametrize("number",
                         ["1e999", "-1e999", "1e-999", "9" * 400, "1." + "9" * 400, "-0", "00", "1e", ".5", "+1",
                                    "0x10", "NaN", "Infinity", "-Infinity", "9223372036854775808",
                                    "-9223372036854775809"])
def test_numbers_beyond_all_measure(mira, number):
    body = f'{{"itemType":"conversation","markdown":"x","itemId":{number}}}'

    mira.request("POST", "/api/v1/comments", body, content_type=JSON, expect=400)


@pytest.mark.parametrize("body", ["[" * 100_000, "{\"a\":" * 100_000, "[" * 100_000 + "]" * 100_000,
                                  "{\"a\":" * 100_000 + "1" + "}" * 100_000, "[[" * 40 + "]]" * 40])
@pytest.mark.parametrize("path", ["/api/v1/comments", "/api/v1/microcosms"])
def test_deep_json(site, path, body):
    site.owner.request("POST", path, body, content_type=JSON, expect={400, 413})


def test_deep_json_in_a_key_that_nobody_knows(site, mira, conversation):
    deep = "[" * 100_000 + "]" * 100_000
    body = f'{{"itemType":"conversation","itemId":{conversation},"markdown":"x","nonsense":{deep}}}'

    mira.request("POST", "/api/v1/comments", body, content_type=JSON, expect=400)


def test_deep_json_in_a_patch(site, conversation):
    for body in ("[" * 100_000, '[{"op":"replace","path":"/meta/flags/open","value":' + "[" * 100_000):
        site.owner.request("PATCH", f"/api/v1/conversations/{conversation}", body, content_type=JSON, expect=400)


def test_a_great_many_keys(mira, conversation):
    many = {f"key{number}": number for number in range(100_000)}

    with little_work(mira.daemon):
        mira.post("/api/v1/comments",
                  {**many, "itemType": "conversation", "itemId": conversation, "markdown": "Among many"},
                  expect={302, 400, 413})


def test_a_great_many_operations(site, conversation):
    operations = [{"op": "replace", "path": "/meta/flags/open", "value": bool(number % 2)} for number in range(20_000)]

    site.owner.patch(f"/api/v1/conversations/{conversation}", operations, expect={200, 400, 413})


@pytest.mark.parametrize("path", ["/api/v1/comments", "/api/v1/conversations", "/api/v1/microcosms"])
@pytest.mark.parametrize("content_type", [JSON, "application/x-www-form-urlencoded"])
def test_ten_megabytes(site, daemon, path, content_type):
    """The daemon may refuse before it has read all of it, and close."""
    body = b'{"markdown":"' + b"x" * 10_000_000 + b'"}' if content_type == JSON else b"Markdown=" + b"x" * 10_000_000
    head = (f"POST {path} HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {site.owner.token}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n").encode()

    reply = harness.raw(daemon.port, head, body)

    assert reply.status in (400, 413) or (reply.status is None and reply.closed), reply


def test_a_body_that_only_claims_to_be_huge(site, daemon):
    head = (f"POST /api/v1/comments HTTP/1.1\r\nHost: {site.host}\r\nContent-Type: {JSON}\r\n"
            "Content-Length: 99999999999\r\n\r\n{}").encode()

    reply = harness.raw(daemon.port, head)

    assert reply.status in (400, 403, 413), reply


# Markdown that is too much

NESTED = {
    "quotes": ">" * 100_000, "spaced quotes": "> " * 100_000, "brackets": "[" * 100_000,
    "both brackets": "[" * 50_000 + "]" * 50_000,
    "image brackets": "![" * 50_000, "parentheses": "[a](" * 50_000, "stars": "*" * 100_000, "star a": "*a " * 50_000,
    "underscore pairs": "_a*" * 30_000, "backticks": "".join("`" * n + " " for n in range(1, 400)),
    "tildes": "~" * 100_000,
    "tags": "<b>" * 50_000, "divs": "<div>" * 50_000, "open tags": "<a " * 50_000,
    "attributes": "<a " + "x=y " * 50_000 + ">",
    "comments": "<!--" * 50_000, "entities": "&" * 100_000, "lists": "- " * 50_000, "numbers": "1. " * 50_000,
    "deep lists": "".join("  " * n + "- x\n" for n in range(500)),
    "tables": "|" * 20_000 + "\n" + "|-" * 20_000 + "\n" + "|" * 20_000,
    "references": "".join(f"[{n}]: /x\n" for n in range(20_000)) + "[1]" * 20_000,
    "same reference": "[a]: " + "u" * 20_000 + "\n\n" + "[a] " * 20_000,
    "bbcode quotes": "[quote]" * 20_000, "closed bbcode quotes": "[quote]" * 10_000 + "x" + "[/quote]" * 10_000,
    "bbcode urls": "[url=" * 30_000, "bbcode lists": "[list][*]" * 20_000, "mentions": "@mira " * 20_000,
    "at signs": "@" * 100_000,
    "hashtags": "#a " * 30_000, "autolinks": "http://a.b/ " * 10_000, "www": "www." * 30_000,
    "schemes": "http://" * 20_000,
    "one long line": "x" * 500_000, "many lines": "x\n" * 200_000, "blank lines": "x" + "\n" * 300_000 + "y",
    "combining": "a" + "\u0301" * 100_000, "emphasis": "**a *b " * 20_000, "inline code": "`a" * 50_000,
    "backslashes": "\\" * 100_000,
    "html table": "<table><tr><td>" * 20_000, "formatting elements": "<b><i><u><s><a href=/x>" * 5_000 + "<p>" * 2_000,
    "links in links": "<a href=/x>" * 20_000, "declarations": "<!" * 50_000, "cdata": "<![CDATA[" * 20_000,
    "pi": "<?" * 50_000,
}


@pytest.mark.parametrize("markdown", NESTED.values(), ids=NESTED)
def test_nested_markdown(site, mira, conversation, markdown):
    body = {"itemType": "conversation", "itemId": conversation, "markdown": "x " + markdown}

    with little_work(mira.daemon):
        reply = mira.post("/api/v1/comments", body, expect={302, 400, 413})
        if reply.status == 302:
            site.guest.get(reply.location, expect=200)


# Addresses


@pytest.mark.parametrize("number", ["9223372036854775808", "18446744073709551616", "1" + "0" * 300])
def test_ids_beyond_64_bit(site, mira, number):
    for path in ("conversations", "comments", "microcosms", "profiles"):
        site.guest.get(f"/api/v1/{path}/{number}", expect=400)
        mira.put(f"/api/v1/{path}/{number}", {"markdown": "x", "title": "x", "meta": {"editReason": "x"}}, expect=400)
        mira.delete(f"/api/v1/{path}/{number}", expect={400, 501})


@pytest.mark.parametrize("target", [
    "/api/v1/profiles?q=%", "/api/v1/profiles?q=%4", "/api/v1/profiles?q=%zz", "/api/v1/profiles?q=%00",
    "/api/v1/profiles?%00=1",
    "/api/v1/site?%", "/api/v1/microcosms?limit=%32%35", "/api/v1/profiles?" + "a=b&" * 2000,
    "/api/v1/profiles?q=" + "x" * 5000,
    "/api/v1/profiles?&&&===", "/api/v1/site?a=1;b=2", "/api/v1/profiles?q=%27;DROP%20TABLE%20microcosm.profiles;--",
    "/api/v1/profiles?q=%5C%25_", "/api/v1/microcosms?limit=25&limit=25", "/api/v1/site?#x",
    "/api/v1/profiles?q=%e2%80%ae",
])
def test_strange_queries(site, target):
    reply = site.guest.get(target, check=False)

    assert reply.status in (200, 400), reply
    assert reply.header("Content-Type") == JSON


@pytest.mark.parametrize("path",
                         ["/api/v1/%00", "/%2e%2e/etc/passwd", "/api/v1/site%00", "/api/v1/site%2f", "/api%2fv1/site",
                          "/%",
                                  "/%zz", "/api/v1/microcosms/%31", "/api/v1/\u00e9".encode().decode("latin-1"),
                                  "/..", "/../..",
                                  "/api/v1/../../etc/passwd", "/api/v1/site/..", "/" + "a" * 7000,
                                  "/api/v1/microcosms/1%0a",
                                  "/api/v1/microcosms/1%20", "/~root", "/.git/config", "/cgi-bin/x",
                                  "/api/v1/site;x=1", "*"])
def test_strange_paths(site, daemon, path):
    request = f"GET {path} HTTP/1.1\r\nHost: {site.host}\r\nConnection: close\r\n\r\n".encode("latin-1")

    reply = harness.raw(daemon.port, request)

    assert reply.status in (200, 301, 400, 403, 404), reply
    if reply.status == 200:
        assert "microcosms/%31" in path, "an escaped digit is a digit; nothing else here is a route"
    assert b"root:" not in reply.content


@pytest.mark.parametrize("host",
                         ["", " ", "nosuchsite.localhost", "\"", "a" * 300 + ".localhost", "localhost:", "localhost:x",
                                  "localhost:99999999", "[::1]", "[::1]:80", "'.localhost", "%00.localhost",
                                  "site1.localhost.",
                                  "SITE1.LOCALHOST", "a@site1.localhost", "site1.localhost/x", "..localhost",
                                  "-.localhost"])
def test_strange_hosts(site, daemon, host):
    reply = harness.raw(daemon.port, f"GET /api/v1/site HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())

    assert reply.status in (200, 400, 404), reply
    if reply.status == 200:
        assert host.lower().rstrip(".:").startswith(("site1.localhost", "localhost")), "only a host of the domain"


def test_unknown_tokens(site):
    for token in ("x", "é".encode().decode("latin-1"), "a" * 5000, "0" * 128):
        site.guest.get("/api/v1/site", headers=[("Authorization", f"Bearer {token}")], expect=401)


# Raw requests


def lines(*headers, method="GET", target="/api/v1/site", version="HTTP/1.1", body=b""):
    text = "\r\n".join([f"{method} {target} {version}", *headers]) + "\r\n\r\n"
    return text.encode("latin-1") + body


class TestRaw:
    def send(self, site, *headers, expect, **options):
        reply = harness.raw(site.daemon.port, lines(f"Host: {site.host}", *headers, **options))
        assert reply.status in expect, reply
        return reply

    def comment(self, conversation):
        return json.dumps({"itemType": "conversation", "itemId": conversation, "markdown": "x"}).encode()

    def test_length_and_chunks_at_once(self, site, conversation):
        self.send(site, "Content-Length: 4", "Transfer-Encoding: chunked", method="POST", target="/api/v1/comments",
                  body=b"0\r\n\r\n", expect={400})

    def test_a_request_smuggled_behind_one(self, site):
        smuggled = b"0\r\n\r\nGET /api/v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n"
        reply = self.send(site, f"Content-Length: {len(smuggled)}", "Transfer-Encoding: chunked", method="POST",
                          target="/api/v1/comments", body=smuggled, expect={400})
        assert reply.content.count(b"HTTP/1.1 ") == 1

    @pytest.mark.parametrize("second", ["4", "5", "04"])
    def test_two_lengths(self, site, second):
        self.send(site, "Content-Length: 4", f"Content-Length: {second}", method="POST", target="/api/v1/comments",
                  body=b"{}  ", expect={400})

    @pytest.mark.parametrize("length", ["5x", "-1", "+5", "0x5", "5,5", "", "5 5", "99999999999999999999", "1e1", "५"])
    def test_lengths_that_are_none(self, site, length):
        length = length.encode().decode("latin-1")
        self.send(site, f"Content-Length: {length}", method="POST", target="/api/v1/comments", body=b"{}   ",
                  expect={400, 413})

    @pytest.mark.parametrize("body", [b"x\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n", b"2\r\n{}0\r\n\r\n", b"\r\n\r\n",
                                      b"fffffffffffffffffff\r\n{}\r\n", b"2;ext=1\r\n{}\r\n0\r\n\r\n",
                                      b"0x2\r\n{}\r\n0\r\n\r\n",
                                      b"2 \r\n{}\r\n0\r\n\r\n", b"2\n{}\n0\n\n"])
    def test_chunks_that_are_none(self, site, body):
        self.send(site, "Transfer-Encoding: chunked", f"Content-Type: {JSON}",
                  f"Authorization: Bearer {site.owner.token}",
                  "Connection: close", method="POST", target="/api/v1/comments", body=body, expect={400, 408})

    def test_chunks_that_are_fine(self, site, mira, conversation):
        body = self.comment(conversation)
        chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:])) + b"0\r\n\r\n"
        reply = self.send(site, "Transfer-Encoding: chunked", f"Content-Type: {JSON}",
                          f"Authorization: Bearer {mira.token}",
                          "Connection: close", method="POST", target="/api/v1/comments", body=chunked, expect={302})
        assert b"/api/v1/comments/" in reply.content

    @pytest.mark.parametrize("coding",
                             ["gzip", "identity", "chunked, gzip", "gzip, chunked", "xchunked",
                              "chunked\r\nTransfer-Encoding: chunked"])
    def test_other_codings(self, site, coding):
        self.send(site, f"Transfer-Encoding: {coding}", "Connection: close", method="POST", target="/api/v1/comments",
                  body=b"2\r\n{}\r\n0\r\n\r\n", expect={400, 411, 501})

    def test_endless_chunks(self, site, daemon, mira):
        head = lines(f"Host: {site.host}", "Transfer-Encoding: chunked", f"Content-Type: {JSON}",
                     f"Authorization: Bearer {mira.token}", method="POST", target="/api/v1/comments")
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"

        reply = harness.raw(daemon.port, head, *[chunk] * 400)

        assert reply.status in (400, 413) or (reply.status is None and reply.closed), reply

    def test_continue_is_answered(self, site, mira, conversation):
        body = self.comment(conversation)
        head = lines(f"Host: {site.host}", "Expect: 100-continue", f"Content-Length: {len(body)}",
                     f"Content-Type: {JSON}",
                     f"Authorization: Bearer {mira.token}", "Connection: close", method="POST",
                     target="/api/v1/comments")
        reply = harness.raw(site.daemon.port, head, body, pause=0.3)

        assert reply.content.startswith(b"HTTP/1.1 100 ") and b"HTTP/1.1 302 " in reply.content, reply

    def test_no_host(self, daemon):
        assert harness.raw(daemon.port, lines()).status == 400

    def test_two_hosts(self, site):
        self.send(site, "Host: other.localhost", expect={400})

    def test_http_1_0(self, site):
        self.send(site, version="HTTP/1.0", expect={200})

    @pytest.mark.parametrize("version, status", [
        ("HTTP/2.0", 505), ("HTTP/0.9", 505), ("HTTP/1.2", 505), ("HTTP/1.9", 505), ("HTTP/9", 400), ("HTTPS/1.1", 400),
        ("", 400), ("http/1.1", 400), ("HTTP/1.1 x", 400)])
    def test_other_versions(self, site, version, status):
        reply = harness.raw(site.daemon.port, lines(f"Host: {site.host}", version=version))
        assert reply.status in (None, 200, 400, 404, 505), reply
        if reply.status is None:
            assert reply.closed

    def test_bare_line_feeds(self, site):
        reply = harness.raw(site.daemon.port,
                            f"GET /api/v1/site HTTP/1.1\nHost: {site.host}\nConnection: close\n\n".encode())
        assert reply.status in (200, 400), reply

    def test_a_bare_line_feed_hides_no_header(self, site, mira):
        reply = harness.raw(site.daemon.port,
                            f"GET /api/v1/whoami HTTP/1.1\r\nHost: {site.host}\r\nX: y\nAuthorization: Bearer "
                            f"{mira.token}\r\nConnection: close\r\n\r\n".encode())
        assert reply.status in (200, 400, 403), reply

    @pytest.mark.parametrize("header",
                             [" folded: x", "X: y\r\n folded", ": novalue", "no colon", "X Y: z", "X\x00: y", "X: \x00",
                                        "X: \x7f", "\xe9: x", "X : y", "Host : x", "=: =", "X:" + "y" * 5000])
    def test_strange_headers(self, site, header):
        self.send(site, header, "Connection: close", expect={200, 400, 431})

    def test_a_strange_header_does_not_hide_the_length(self, site):
        """Header parsing underneath ends silently at such a line; what follows would be another request."""
        smuggled = b"GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n"
        for strange in ("\xe9: x", "X: y\r\n folded"):
            reply = self.send(site, strange, f"Content-Length: {len(smuggled)}", "Connection: close", method="POST",
                              target="/api/v1/comments", body=smuggled, expect={400, 403, 431})
            assert reply.content.count(b"HTTP/1.1 ") == 1, reply

    @pytest.mark.parametrize("count", [64, 100, 1000])
    def test_many_headers(self, site, count):
        self.send(site, *[f"X-{number}: y" for number in range(count)], expect={400, 431})

    def test_thirty_headers_are_fine(self, site):
        self.send(site, *[f"X-{number}: y" for number in range(30)], "Connection: close", expect={200})

    def test_an_overlong_address(self, site):
        self.send(site, target="/api/v1/site?" + "x" * 20_000, expect={400, 413, 414, 431})

    def test_overlong_headers(self, site):
        self.send(site, "X: " + "y" * 20_000, expect={400, 413, 431})

    @pytest.mark.parametrize("request_line",
                             [b"\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n",
                              b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                                              b"\x00" * 100 + b"\r\n\r\n", b"GET  /  HTTP/1.1\r\n\r\n",
                                              b"SSH-2.0-x\r\n\r\n",
                                              b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\xff\xfe\r\n\r\n", b"G" * 100_000])
    def test_what_is_no_request(self, daemon, request_line):
        reply = harness.raw(daemon.port, request_line)
        assert reply.status in (None, 400, 404, 405, 413, 414, 431, 501, 505), reply

    def test_an_absolute_address(self, site):
        self.send(site, "Connection: close", target=f"http://{site.host}/api/v1/site", expect={200, 400, 404})

    def test_two_requests_in_one_piece(self, site, daemon):
        first = lines(f"Host: {site.host}")
        second = lines(f"Host: {site.host}", "Connection: close", target="/api/v1")
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=harness.DEADLINE) as connection:
            connection.sendall(first + second)
            content = b""
            while part := connection.recv(65536):
                content += part
        assert content.count(b"HTTP/1.1 200 ") == 2

    def test_what_is_left_of_a_refused_body_is_no_request(self, site):
        """A refused body must not be taken for the next request on the same connection."""
        smuggled = b"GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n"
        reply = self.send(site, f"Content-Length: {len(smuggled)}", "Content-Type: text/plain", "Connection: close",
                          method="POST", target="/api/v1/comments", body=smuggled, expect={400, 403})
        assert reply.content.count(b"HTTP/1.1 ") == 1


class TestSlowness:
    """Slow clients are cut off, and nobody else waits for them."""

    def test_slow_ones_are_cut_off(self, site, daemon, mira):
        """There is a deadline for all of a head and for all of a body. Side by side, as each takes its ten seconds."""
        head = lines(f"Host: {site.host}", "Content-Length: 100000", f"Content-Type: {JSON}",
                     f"Authorization: Bearer {mira.token}", method="POST", target="/api/v1/comments")
        slow_body = [head, *[b" "] * 99_000]
        no_body = [head, b"{"]
        slow_head = [b"GET /api/v1/site HTTP/1.1\r\n", *[b"X: y\r\n"] * 99_000]

        trickled, silent, begun = harness.parallel(
            lambda pieces: harness.raw(daemon.port, *pieces, pause=0.3, until_answered=len(pieces) > 2),
            [slow_body, no_body, slow_head])

        for reply in (trickled, silent):
            assert reply.status == 408 or (reply.status is None and reply.closed), reply
        assert begun.status in (400, 408, 431) or (begun.status is None and begun.closed), begun
        assert trickled.sent < len(slow_body) and begun.sent < 99_000

    def test_idle_connections_do_not_keep_others_out(self, site, daemon):
        """The answer comes while they are still open, though they are more than the daemon has threads."""
        idle = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(200)]
        try:
            daemon.forget_connection()
            site.guest.get("/api/v1/site", expect=200)
        finally:
            for connection in idle:
                connection.close()

    def test_a_client_that_leaves_in_the_middle(self, site, daemon, mira):
        for cut in (10, 60, 150):
            request = lines(f"Host: {site.host}", "Content-Length: 1000", f"Content-Type: {JSON}",
                            f"Authorization: Bearer {mira.token}", method="POST", target="/api/v1/comments", body=b"{")
            with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
                connection.sendall(request[:cut])
        site.guest.get("/api/v1/site", expect=200)
