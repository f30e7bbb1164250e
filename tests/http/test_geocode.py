"""Places: docs/http/geocode.md, with a service of the test's own behind the daemon."""

import contextlib
import http.server
import itertools
import json
import socketserver
import threading
import urllib.parse

import pytest

import harness

PLACE = b'{"place_id":240, "lat":"51.50","lon":"-0.10","boundingbox":["1","2","3","4"],"display_name":"L\\u00f6wen <b>&</b>"}'


class Service(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Answers as its test says, and notes what it was asked."""

    daemon_threads = True

    def __init__(self):
        self.asked, self.status, self.body, self.headers = [], 200, b"[" + PLACE + b"]", ()
        self.hold = threading.Event()
        self.hold.set()
        self.inside = self.most_inside = 0
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/search"

    def close(self):
        self.hold.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        service = self.server
        with service.lock:
            service.asked.append(self.path)
            service.agent = self.headers["User-Agent"]
            service.inside += 1
            service.most_inside = max(service.most_inside, service.inside)
        service.hold.wait(60)
        with service.lock:
            service.inside -= 1
        with contextlib.suppress(OSError):
            self.send_response(service.status)
            for name, value in service.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(service.body)))
            self.end_headers()
            self.wfile.write(service.body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def running():
    with contextlib.closing(Service()) as service:
        yield service


@pytest.fixture
def service(running):
    running.asked, running.status, running.body, running.headers = [], 200, b"[" + PLACE + b"]", ()
    running.most_inside = 0
    yield running
    running.hold.set()


@pytest.fixture(scope="module")
def members(database, running):
    """A site whose daemon asks the service."""
    with contextlib.closing(harness.Daemon(database, arguments=["--geocoder", running.url])) as daemon:
        daemon.start()
        with contextlib.closing(harness.Site(daemon)) as site:
            yield site


def place(numbers=itertools.count()):
    """A place that nobody has asked for, so that no cache has it."""
    return f"Place {next(numbers)}"


def look(client, query, expect=200):
    return client.get("/api/v1/geocode?q=" + urllib.parse.quote(query), expect=expect)


def error_of(reply):
    body = json.loads(reply.body)
    assert set(body) == {"error"} and len(body["error"]) == 1
    assert reply.header("Content-Type") == "application/json"
    return body["error"][0]


def test_the_first_match_is_passed_on(members, service):
    service.body = b" [ " + PLACE + b" , {}] "
    reply = look(members.owner, "London & Köln?#")

    assert reply.body == PLACE and reply.header("Content-Type") == "application/json"
    assert reply.header("Access-Control-Allow-Origin") == "*" and reply.header("Cache-Control") == "no-cache, max-age=0"
    asked, = service.asked
    assert urllib.parse.urlsplit(asked).path == "/search"
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(asked).query) == {
        "q": ["London & Köln?#"], "format": ["json"], "limit": ["1"]}
    assert service.agent.startswith("microcosm/")


def test_what_was_found_is_kept(members, service):
    """As soon as the daemon trusts its cache."""
    def is_kept():
        before = len(service.asked)
        assert look(members.owner, "London").body == PLACE
        return len(service.asked) == before

    harness.wait_until(is_kept, "an answer from the cache")
    before = len(service.asked)
    look(members.newcomer(), "London")
    assert len(service.asked) == before
    look(members.owner, "london")
    assert len(service.asked) == before + 1
    service.status = 500
    look(members.owner, "London")
    look(members.owner, "Paris", expect=503)


def test_nothing_was_found(members, service):
    service.body = b"[]"

    assert look(members.owner, place()).body == b"{}"


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"[1]", b'["x"]', b"[[]]", b"[nul]", b"<html>", b'[{"a":NaN}]', b'[{"a":"\xff"}]',
                                  PLACE, b"[" * 40 + b"]" * 40, b'[{"a":"' + b"x" * 300_000 + b'"}]'],
                         ids=lambda body: repr(body[:12]))
def test_answers_that_are_none(members, service, body):
    service.body = body

    assert "array" in error_of(look(members.owner, place(), expect=503)) or len(body) > 262_144


@pytest.mark.parametrize("status", [204, 301, 302, 403, 404, 429, 500])
def test_statuses_that_are_none(members, service, status):
    service.status, service.headers = status, [("Location", "/elsewhere")]

    assert str(status) in error_of(look(members.owner, place(), expect=503))
    assert len(service.asked) == 1, "redirects are not followed"


def test_a_service_that_is_silent(members, service):
    service.hold.clear()

    assert "5000 ms" in error_of(look(members.owner, place(), expect=503))


def test_a_service_that_is_away(database):
    with contextlib.closing(harness.Daemon(database, arguments=["--geocoder", "http://127.0.0.1:1/"])) as daemon:
        daemon.start()
        with contextlib.closing(harness.Site(daemon)) as site:
            assert "geocoder" in error_of(look(site.owner, "London", expect=503))


def test_two_at_a_time_and_one_of_each(members, service):
    people, names = [members.newcomer() for _ in range(6)], [place() for _ in range(3)]
    service.hold.clear()
    threads = [threading.Thread(target=look, args=(person, names[i % 3], {200, 503})) for i, person in enumerate(people)]
    for thread in threads:
        thread.start()
    harness.wait_until(lambda: service.inside == 2, "two requests")
    service.hold.set()
    for thread in threads:
        thread.join()

    assert service.most_inside == 2


def test_who_may(members, service):
    for path in ("/api/v1/geocode", "/api/v1/geocode?q=", "/api/v1/geocode?q=%20"):
        for client in (members.guest, members.owner):
            error_of(client.get(path, expect=400))
    error_of(look(members.guest, place(), expect=403))
    error_of(look(members.owner, "x" * 501, expect=400))
    look(members.owner, "ü" * 500)
    assert len(service.asked) == 1


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_takes_get_only(members, method):
    members.owner.request(method, "/api/v1/geocode?q=London", expect=501)


def test_without_a_service(database):
    with contextlib.closing(harness.Daemon(database)) as daemon:
        daemon.start()
        with contextlib.closing(harness.Site(daemon)) as site:
            assert "operator" in error_of(look(site.owner, "London", expect=501))


@pytest.mark.parametrize("url", ["localhost", "ftp://a.example/", "file:///etc/passwd", "http://", "http:///x", "http://a b/", "https://a#b"])
def test_addresses_that_are_none(database, url):
    with pytest.raises(AssertionError, match="ended with 2:(.|\n)*geocoder must be"):
        harness.run_microcosmd("serve", "--database", database, "--listen", "127.0.0.1:0", "--geocoder", url)
