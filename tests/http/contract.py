"""What every reply has to look like, whatever was asked: envelope, headers, encoding, pages.

Section numbers are those of conventions.md. check_reply() is called for each reply that a client
receives; schema.py does the part about data.
"""

import json
import re
import urllib.parse

import pagecheck
import schema

# What these answer with is no JSON, or has no envelope; a failure has one as everywhere.
CALENDAR = re.compile(r"/api/v1/(microcosms/\d+/)?events\.ics")
UNWRAPPED = re.compile(CALENDAR.pattern + r"|/api/v1/(events/\d+/attendeescsv|files/.+|hosts/.+|reserved/.+|unsubscribe/.+|codes/.+)|/authorize|/healthz|/readyz|/metrics")

# Pages for people; failures of all but the first are pages for browsers only.
PAGES = re.compile(r"/authorize|/api/v1/(codes|unsubscribe|signin|signedin)/.+|/")

PLAIN_404 = b"404 page not found\n"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z")

# Statuses that a guest or member may ever see; 500 is a bug wherever it comes from.
STATUSES = {200, 301, 302, 307, 400, 401, 403, 404, 405, 408, 409, 413, 429, 414, 415, 431, 501, 503}


def switches(request):
    """The query switches of section 4 that a request has turned on."""
    query = urllib.parse.parse_qs(request.query, keep_blank_values=True)
    headers = {name.lower(): value for name, value in request.headers}
    return {
        "bare": "disableBoiler" in request.query or bool(headers.get("x-disable-boiler")),
        "always200": "always200" in request.query or bool(headers.get("x-always-200")),
        "callback": query.get("callback", [""])[0],
        "context": query.get("context", [""])[0],
    }


def effective_method(request):
    """Method after the override of section 3."""
    if request.method != "POST":
        return request.method
    headers = {name.lower(): value for name, value in request.headers}
    query = urllib.parse.parse_qs(request.query, keep_blank_values=True)
    wanted = query.get("method", [headers.get("x-http-method-override", "")])[0].upper()
    known = {"CONNECT", "DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}  # not HEAD: section 20
    return wanted if wanted in known else "POST"


def check_reply(reply):
    """Fail unless a reply keeps the rules that all replies share."""
    assert reply.status in STATUSES, f"unexpected status: {reply}"
    method = effective_method(reply.request)

    assert reply.header("X-Content-Type-Options") == "nosniff", f"section 8: {reply} {reply.headers}"
    for name in ("Last-Modified", "Content-Encoding") if CALENDAR.fullmatch(reply.request.path) else (
            "ETag", "Last-Modified", "Content-Encoding"):
        assert reply.header(name) is None, f"section 8: no {name}: {reply}"

    if method == "OPTIONS" and reply.status == 200:
        check_options(reply)
        return
    if reply.status == 301:
        assert reply.location, f"301 without Location: {reply}"
        return
    content_type = reply.header("Content-Type") or ""
    if reply.status == 404 and content_type.startswith("text/plain"):
        assert content_type == "text/plain; charset=utf-8", reply
        assert not reply.request.path.startswith("/api/"), f"section 1: {reply}"
        assert reply.body == (b"" if method == "HEAD" else PLAIN_404), reply
        return

    if content_type.startswith("text/html"):  # a page, whatever is wrong
        assert PAGES.fullmatch(reply.request.path), reply
        if method != "HEAD":
            pagecheck.check(reply)
        return

    if reply.status == 200 and UNWRAPPED.fullmatch(reply.request.path):
        assert (reply.header("Content-Length") or "").isdigit(), reply
        return

    # its own answers; those of what stands before it, such as a ban, are as all are
    if reply.request.path == "/api/v1/geocode" and (reply.status == 200 or reply.body.startswith(b'{"error":[')):
        check_headers(reply, method)
        return

    on = switches(reply.request)
    if on["callback"] and reply.status == 400 and not reply.body.startswith(on["callback"].encode()):
        on["callback"] = ""  # a callback that is refused is not called either
    check_headers(reply, method)
    if method == "HEAD":
        assert reply.body == b"", f"HEAD has no body: {reply}"
        assert (reply.header("Content-Length") or "").isdigit(), reply
        return
    assert reply.header("Content-Length") == str(len(reply.body)), reply
    text = unwrap(reply, on)
    value = check_encoding(text, reply)
    if on["bare"]:
        data, status = value, reply.status
    else:
        data, status = check_envelope(value, reply, on)
    if on["always200"]:
        assert reply.status == 200, f"section 4: always200: {reply}"
    if status == 200:
        schema.check_answer(reply.request.path, method, data)
        check_pages(data, reply.request)
        check_flags(data)
    elif status < 400:
        assert data is None, f"section 4: a redirect has no data: {reply}"
    else:
        check_error_data(data, reply)


def check_options(reply):
    """Section 3."""
    assert reply.body == b"", reply
    assert reply.header("Content-Length") == "0", reply
    assert re.fullmatch(r"[A-Z]+(,[A-Z]+)*", reply.header("Allow") or ""), reply
    for name, _ in reply.headers:
        assert not name.lower().startswith("access-control-"), f"section 3: no {name} on OPTIONS"


def check_headers(reply, method):
    """Section 8."""
    assert reply.header("Content-Type") == "application/json", reply
    assert reply.header("Access-Control-Allow-Origin") == "*", f"{reply} {reply.headers}"
    assert reply.header("Vary") == "Authorization, Cookie", f"{reply} {reply.headers}"
    cache = reply.header("Cache-Control")
    public, private = "public, max-age=300", "no-cache, max-age=0"
    on = switches(reply.request)
    # Nothing that a header or switch has changed is for everybody.
    plain = reply.request.method == "GET" and not any(on.values())
    if reply.request.path in ("/", "/api/v1/auth0"):
        plain = False  # browsers get a page there; and what their cookie says
    if reply.request.is_guest and plain and reply.status == 200:
        assert cache == public, f"{reply} {cache}"
    else:
        assert cache == private, f"{reply} {cache}"


def unwrap(reply, on):
    """Take the callback of JSONP off; return the JSON text."""
    body = reply.body.decode("utf-8")
    if not on["callback"]:
        return body
    prefix, suffix = on["callback"] + "(", ")"
    if on["context"] and not on["bare"]:
        suffix = ", " + json.dumps(on["context"], ensure_ascii=False) + ")"
    assert body.startswith(prefix) and body.endswith(suffix), f"section 4: callback: {reply}"
    return body[len(prefix):-len(suffix)]


def escaped(value):
    """A value as JSON in the form of section 9: compact, with a few characters escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def check_encoding(text, reply):
    """Section 9: the body is the one compact encoding of its value."""
    def refuse_duplicates(pairs):
        keys = [key for key, _ in pairs]
        assert len(set(keys)) == len(keys), f"a key comes twice in {keys}: {reply.request}"
        return dict(pairs)

    value = json.loads(text, object_pairs_hook=refuse_duplicates)
    # Both spellings of these two control characters are JSON; docs/http prefers neither.
    alike = [part.replace("\\u0008", "\\b").replace("\\u000c", "\\f").replace("\\u007f", "\x7f")
             for part in (text, escaped(value))]
    assert alike[0] == alike[1], f"section 9: encoding of {reply.request}:\n{text[:2000]}"
    return value


def check_envelope(value, reply, on):
    """Section 4; return data and the real status."""
    assert isinstance(value, dict) and list(value) == ["context", "status", "data", "error"], reply
    assert value["context"] == on["context"], reply
    status = value["status"]
    assert isinstance(status, int) and not isinstance(status, bool), reply
    if not on["always200"]:
        assert status == reply.status, reply
    error = value["error"]
    if status < 400 or status == 405:
        assert error is None, f"section 4: no error at {status}: {reply}"
    else:
        assert isinstance(error, list) and error, f"section 4: a failure says why: {reply}"
        assert all(isinstance(line, str) and line for line in error), reply
    return value["data"], status


def check_error_data(data, reply):
    """Section 5; decision 1: on every error."""
    assert isinstance(data, dict), f"section 5: {reply}"
    keys = list(data)
    assert keys in (["siteId", "errorCode", "errorDetail"],
                    ["siteId", "profileId", "errorCode", "errorDetail"]), f"section 5: {reply}"
    assert isinstance(data["errorCode"], int) and isinstance(data["errorDetail"], str), reply
    assert isinstance(data["siteId"], int) and data["errorDetail"], reply


# Pages, section 11


def page_href(path, query, offset, encoded):
    """Address of a page: the query's parameters sorted by key, without token and offset 0.

    docs/http doesn't say whether parameters that are kept are encoded anew or left as they came.
    """
    parts = [part for part in query.split("&") if part]
    pairs = [(urllib.parse.unquote_plus(part.partition("=")[0]), part) for part in parts]
    pairs = [(key, part) for key, part in pairs if key not in ("access_token", "offset")]
    if offset:
        pairs.append(("offset", f"offset={offset}"))
    pairs.sort(key=lambda pair: pair[0])
    if encoded:
        text = urllib.parse.urlencode([pair for _, part in pairs
                                       for pair in urllib.parse.parse_qsl(part, keep_blank_values=True)])
    else:
        text = "&".join(part for _, part in pairs)
    return path + ("?" + text if text else "")


def page_links(path, query, total, limit, offset, encoded):
    """The links that a page has to have, in order. Their path is the one form of what was asked for."""
    path = re.sub(r"/0+(?=\d)", "/", urllib.parse.unquote(path))
    last = max_offset(total, limit)
    targets = []
    if offset > limit:
        targets.append(("first", 0))
    if offset > 0:
        targets.append(("prev", offset - limit))
    targets.append(("self", offset))
    if offset < last:
        targets.append(("next", offset + limit))
    if offset + limit < last:
        targets.append(("last", last))
    links = []
    for rel, target in targets:
        href = page_href(path, query, target, encoded)
        if rel == "self" and offset and "access_token" not in urllib.parse.parse_qs(query, keep_blank_values=True):
            href = path + "?" + query
        links.append({"rel": rel, "href": href, "title": str(target // limit + 1)})
    return links


def max_offset(total, limit):
    return (total - 1) // limit * limit if total else 0


def pages_of(data):
    """All pages in a reply's data, with the key that they have."""
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if isinstance(value, dict) and "maxOffset" in value:
            yield key, value


PAGE_KEYS = ["total", "limit", "offset", "maxOffset", "totalPages", "page", "links", "type", "items"]
PAGE_TYPES = {"attachments": "attachments",
              "items": "/api/v1/comments", "comments": "/api/v1/comments",
              "conversations": "/api/v1/conversations", "events": "/api/v1/events", "polls": "/api/v1/polls",
              "profiles": "/api/v1/profiles", "sites": "/api/v1/sites", "huddles": "/api/v1/huddles",
              "attendees": "/api/v1/events/0/attendees",
              "ignored": "/api/v1/ignored", "results": "result", "watchers": "/api/v1/watchers", "updates": "/api/v1/updates",
              "bans": "/api/v1/bans", "tokens": "/api/v1/tokens", "roles": "/api/v1/roles"}  # "participants": the path itself
ROLE = re.compile(r"(/api/v1/(?:microcosms/\d+/)?roles/\d+)/(profiles|members|criteria)")


def check_short_page(page, request, asked):
    """A page of comments that ends early, or the one after it, which ends where that should have."""
    total, limit, offset = page["total"], page["limit"], page["offset"]
    assert 0 < limit == len(page["items"]) <= asked - offset % asked, request
    assert page["maxOffset"] == max_offset(total, asked), f"{request}: {page}"
    assert page["page"] == offset // asked + 1, f"{request}: {page}"
    links = {link["rel"]: urllib.parse.parse_qs(link["href"].partition("?")[2]) for link in page["links"]}
    assert ("next" in links) == (offset + limit < total), f"{request}: {page}"
    if "next" in links:
        assert links["next"]["offset"] == [str(offset + limit)], f"{request}: {page}"
    before = offset // asked * asked if offset % asked else offset - asked
    assert ("prev" in links, "first" in links) == (offset > 0, before > 0), f"{request}: {page}"
    if "prev" in links:
        assert links["prev"].get("offset", ["0"]) == [str(before)], f"{request}: {page}"


def check_pages(data, request):
    """Numbers and links of a page agree with each other and with the request."""
    for key, page in pages_of(data):
        assert list(page) == PAGE_KEYS, f"section 11: {list(page)}"
        total, limit, offset = page["total"], page["limit"], page["offset"]
        query = urllib.parse.parse_qs(request.query)
        asked = int(query.get("limit", ["25"])[0])
        if key == "comments" and (limit != asked or offset % asked):
            check_short_page(page, request, asked)
            continue
        assert limit == asked, request
        assert offset == int(query.get("offset", ["0"])[0]), request
        assert page["maxOffset"] == max_offset(total, limit), f"{request}: {page}"
        assert page["totalPages"] == -(-total // limit), f"{request}: {page}"
        assert page["page"] == offset // limit + 1, f"{request}: {page}"
        assert len(page["items"]) == max(0, min(limit, total - offset)), \
            f"{request}: {len(page['items'])} things on a page of {limit} at {offset} of {total}"
        wanted = page_links(request.path, request.query, total, limit, offset, encoded=True)
        if page["links"] != wanted:
            wanted = page_links(request.path, request.query, total, limit, offset, encoded=False)
        assert page["links"] == wanted, f"{request}:\n{page['links']}\nis not\n{wanted}"
        assert [list(link) for link in page["links"]] == [["rel", "href", "title"]] * len(wanted)
        below = ROLE.fullmatch(request.path)
        wanted = f"{below[1]}/{key}" if below else PAGE_TYPES.get(key, request.path)
        if key == "attributes":
            wanted = re.sub(r"/[0-9]+/", "/0/", request.path)
        if request.path == "/api/v1/trending":
            wanted = "items"
        assert page["type"] == wanted, f"{request}: {page['type']}"


# What holds for everything that has flags or times


def check_flags(data):
    """visible is "neither deleted nor moderated"; times have the form of section 9."""
    if isinstance(data, list):
        for value in data:
            check_flags(value)
    elif isinstance(data, dict):
        flags = data.get("flags")
        if isinstance(flags, dict) and "visible" in flags and "deleted" in flags:
            hidden = flags["deleted"] or flags["moderated"]
            assert flags["visible"] is (not hidden), f"section 10: {flags}"
        for key in ("created", "edited", "lastActive"):
            if isinstance(data.get(key), str):
                assert TIME.fullmatch(data[key]), f"section 9: {key} is {data[key]}"
        for value in data.values():
            check_flags(value)
