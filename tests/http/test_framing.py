"""Malformed requests, each with its one right answer, alone and behind nginx; and starting with too little.

Behind nginx the same bytes must never become two requests, nor a success: nginx refuses them, or makes a
well-formed request of them first.
"""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess

import pytest

import harness

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
HOST = b"Host: HOST\r\n"
GET = b"GET /api/v1/version HTTP/1.1\r\n"
POST = b"POST /api/v1/comments HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
SECOND = b"GET /api/v1/whoami HTTP/1.1\r\n" + HOST + b"\r\n"


def line(text, version=b" HTTP/1.1"):
    return text + version + b"\r\n" + HOST + b"\r\n"


def header(text):
    return GET + HOST + text + b"\r\n\r\n"


def host(value):
    return GET + b"Host:" + value + b"\r\n\r\n"


def length(value):
    return POST + b"Content-Length:" + value + b"\r\n\r\n{}"


def coding(value):
    return POST + b"Transfer-Encoding:" + value + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


def chunks(text):
    return CHUNKED + text


# What is refused: the bytes and the status.
MALFORMED = [
    # ends of lines
    *[(text, 400) for text in (
        b"GET /api/v1/version HTTP/1.1\n" + HOST + b"\r\n", GET + b"Host: HOST\n\r\n", GET + HOST + b"\n",
        GET + HOST + b"X: y\n\n\r" + SECOND, GET + b"Host: HOST\n\n" + SECOND, GET + HOST + b"X: y\r\r\n\r\n",
        GET + HOST + b"X: y\rZ: z\r\n\r\n", GET + HOST + b"\r\r\n", GET + HOST + b"\rX", b"\n" + GET + HOST + b"\r\n",
        b"\r\n\r\n" + GET + HOST + b"\r\n", b"\rGET /", GET[:-2] + b"\r\r\n" + HOST + b"\r\n",
        GET + HOST + b"X: y\n z\r\n\r\n", GET + HOST + b"X: y\nTransfer-Encoding: chunked\r\n\r\n",
    )],
    # control characters
    *[(header(b"X: a" + bytes([byte]) + b"b"), 400) for byte in (0, 1, 7, 8, 11, 12, 27, 31, 127)],
    *[(header(b"X" + bytes([byte]) + b"Y: z"), 400) for byte in (0, 9, 11, 127, 0xe9)],
    (line(b"GET /api/v1/version\x00"), 400), (line(b"GET /api/v1/\x0bversion"), 400), (b"\x16\x03\x01\x02\x00\x01", 400),
    # request lines
    *[(line(text), 400) for text in (
        b"GET", b"GET ", b"GET  /api/v1/version", b"GET /api/v1/version ", b" GET /api/v1/version",
        b"GET\t/api/v1/version", b"GET /api/v1/version x", b"G(T /api/v1/version", b"GET: /api/v1/version",
        b"/api/v1/version", b"GET api/v1/version", b"GET *", b"GET ?x", b"GET /api/v1/version#x", b"GET /\xc3\xa9",
        b"GET /api/v1/%", b"GET /api/v1/%zz", b"GET /api/v1/%00", b"GET http:/api/v1/version",
        b"GET http://other.localhost/api/v1/version", b"GET http:///api/v1/version", b"GET ftp://HOST/api/v1/version",
        b"GET http://a@HOST/api/v1/version", b"GET http://HOST:x/api/v1/version", b"CONNECT HOST:80",
    )],
    *[(line(b"GET /api/v1/version", version), 400) for version in (
        b"", b" ", b" HTTP", b" HTTP/1", b" HTTP/1.", b" HTTP/1.10", b" HTTP/11", b" HTTP/1,1", b" http/1.1",
        b" HTTPS/1.1", b" HTTP/1.1 ", b" HTTP/1.1x", b" HTTP/x.1", b" HTTP/+1.1", b" XTTP/1.1")],
    *[(line(b"GET /api/v1/version", version), 505) for version in (
        b" HTTP/0.9", b" HTTP/1.2", b" HTTP/1.9", b" HTTP/2.0", b" HTTP/3.0")],
    # headers
    *[(header(text), 400) for text in (
        b"X", b": x", b":", b"X : y", b"X\t: y", b" X: y", b"\tX: y", b"X: y\r\n z", b"X: y\r\n\tz", b"X: y\r\n ",
        b"X Y: z", b"X(: y", b"X/Y: z", b"X[]: y", b"X@: y", b"X,Y: z", b'"X": y', b"{X}: y", b"=: =", b"Host : HOST",
        b"Content-Length : 5", b"Transfer-Encoding : chunked")],
    (GET + b"X: y\r\n Host: HOST\r\n\r\n", 400), (GET + b" " + HOST + b"\r\n", 400),
    (header(b"\r\n".join(b"X-%d: y" % number for number in range(64))), 431),
    (header(b"X: " + b"y" * 17000), 431), (line(b"GET /" + b"x" * 17000), 414),
    # Host
    *[(host(value), 400) for value in (
        b"", b" ", b" :", b" :80", b" :abc", b" a:b", b" a:80@b", b" a@HOST", b" HOST:65536", b" HOST:-1", b" HOST:+1",
        b" HOST:80:80", b" HOST:0x50", b" HOST x", b" HOST,HOST", b" HOST/x", b" HOST?x", b" HOST#x", b" HOST\\x",
        b" HOST;x", b" %61", b" <HOST>", b' "HOST"', b" [::1", b" ::1", b" [::1]x", b" http://HOST", b" h\xc3\xb6st")],
    (GET + b"\r\n", 400), (GET + HOST + HOST + b"\r\n", 400), (GET + HOST + b"host: other\r\n\r\n", 400),
    # lengths and codings
    *[(length(value), 400) for value in (
        b"", b" ", b" 2x", b" -2", b" +2", b" 0x2", b" 2.0", b" 2e0", b" 2,2", b" 2 2", b" 2;2", b" \xd9\xa2", b' "2"',
        b" 2\r\nContent-Length: 2", b" 2\r\ncontent-length: 3", b" 2\r\nTransfer-Encoding: chunked")],
    (length(b" 99999999999999999999"), 413), (length(b" 9223372036854775807"), 413),
    *[(coding(value), 400) for value in (
        b"", b" gzip", b" identity", b" xchunked", b" chunked, gzip", b" gzip, chunked", b" chunked, chunked",
        b" chunked;x=y", b' "chunked"', b" chunked\r\nTransfer-Encoding: chunked",
        b" chunked\r\nTransfer-Encoding: identity", b" chunked\r\nContent-Length: 12", b" \x0bchunked")],
    (coding(b" chunked").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    # chunks
    *[(chunks(text), 400) for text in (
        b"2\r5\r\n{}\r\n0\r\n\r\n", b"2\n{}\n0\n\n", b"2\r\n{}\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n", b"2\r\n{}  \r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n", b"+2\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b" 2\r\n{}\r\n0\r\n\r\n",
        b"2 \r\n{}\r\n0\r\n\r\n", b"2;x\r\n{}\r\n0\r\n\r\n", b"2;x=y\r\n{}\r\n0\r\n\r\n", b"2;\n{}\r\n0\r\n\r\n",
        b"g\r\n{}\r\n0\r\n\r\n", b"\r\n{}\r\n0\r\n\r\n", b"2\x00\r\n{}\r\n0\r\n\r\n", b"7fffffffffffffff\r\n{}\r\n0\r\n\r\n",
        b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n", b"10000000000000002\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\nX: y\r\n\r\n",
        b"2\r\n{}\r\n0;x\r\n\r\n", b"2\r\n{}\r\n0\r\n\rx", b"2\r\n{}\r\n0\r\n\n")],
]

FINE = [
    GET + HOST + b"\r\n", b"\r\n" + GET + HOST + b"\r\n", GET + b"hOST:HOST\r\n\r\n", GET + b"Host: \t HOST \t\r\n\r\n",
    GET + b"Host: HOST:8080\r\n\r\n", GET + b"Host: HOST:\r\n\r\n", line(b"GET http://HOST/api/v1/version"),
    GET.replace(b"GET /", b"GET http://HOST/") + b"Host: HOST:8080\r\n\r\n", line(b"GET /api/v1/version", b" HTTP/1.0"),
    header(b"X:"), header(b"X: \xe9"), header(b"!#$%&'*+-.^_`|~9: x"), header(b"Content-Length: 0"),
    line(b"GET /api/v1/%76ersion"),
]


def statuses(content):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", content)]


def talk(port, site, text, ends=True):
    """All that is answered until the server closes. If the client ends, nginx drops what it asked for."""
    with socket.create_connection(("127.0.0.1", port), timeout=harness.DEADLINE) as connection:
        connection.sendall(text.replace(b"HOST", site.host.encode()))
        if ends:
            connection.shutdown(socket.SHUT_WR)
        content = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65536):
                content += part
    return content


def test_there_are_enough_of_them():
    assert len(MALFORMED) >= 130 and len({text for text, _ in MALFORMED}) == len(MALFORMED)


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_refused_alone(site, daemon, number):
    text, status = MALFORMED[number]
    if text.startswith(CHUNKED):  # bodies are read for those who may write
        text = text.replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer " + site.owner.token.encode() + b"\r\n\r\n", 1)

    content = talk(daemon.port, site, text)

    assert statuses(content) == [status], content
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in content and b"\r\nConnection: close\r\n" in content
    assert b'"errorDetail":"' in content, "it says why"


@pytest.mark.parametrize("number", range(len(FINE)))
def test_taken_alone(site, daemon, number):
    assert statuses(talk(daemon.port, site, FINE[number])) == [200]


def test_the_refusal_of_a_long_head_is_not_lost(site, daemon):
    """The client goes on sending; a connection that is closed at once is reset, and the reply lost."""
    for _ in range(10):
        content = talk(daemon.port, site, header(b"X: " + b"y" * 2_000_000))
        assert statuses(content) == [431]


def test_the_log_has_no_bytes_of_clients(site, daemon):
    for text in (b"\x1b[31mred", b"\xff\xfe", b"caf\xc3\xa9"):
        talk(daemon.port, site, header(b"X: " + text))
        site.guest.get("/api/v1/site", headers=[("Authorization", "Bearer " + text.decode("latin-1"))], check=False)
    assert all(character.isprintable() and character.isascii() for character in daemon.log().replace("\n", ""))


@pytest.fixture(scope="module")
def nginx(daemon, tmp_path_factory):
    """A port at which nginx stands before the daemon."""
    if not os.access(NGINX, os.X_OK):
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
        daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
        events {{ worker_connections 64; }}
        http {{ access_log off; keepalive_timeout 0; {temporary}
            upstream microcosmd {{ server 127.0.0.1:{daemon.port}; keepalive 4; }}
            server {{ listen 127.0.0.1:{port}; location / {{
                proxy_pass http://microcosmd; proxy_http_version 1.1;
                proxy_set_header Host $http_host; proxy_set_header Connection "";
            }} }} }}""")
    process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listens():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True

    try:
        harness.wait_until(listens, "nginx to listen")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_refused_behind_nginx(site, nginx, number):
    """nginx mends some forms (bare line feeds, chunk extensions, odd hosts); then what is left must be one request."""
    text, _ = MALFORMED[number]

    got = statuses(talk(nginx, site, text))

    # nginx takes bare line feeds, and then these are two requests for both of them
    assert len(got) <= (2 if text.endswith(SECOND) else 1), got
    assert not {500, 502, 504} & set(got), got
    # and nothing of it is left on the connection that nginx keeps to the daemon
    after = talk(nginx, site, FINE[0], ends=False)
    assert statuses(after) == [200] and b'"version":' in after


def test_taken_behind_nginx(site, nginx):
    for text in FINE[:3] + FINE[4:]:  # it refuses a tab in a host
        assert statuses(talk(nginx, site, text, ends=False)) == [200], text


# Starting with too little


def start_with(database, limit, amount, *arguments):
    """Start a daemon whose resource is limited; its exit status and log, once it has ended."""
    daemon = harness.Daemon(database)

    def reduce():
        resource.setrlimit(limit, (amount, amount))

    try:
        done = subprocess.run([harness.MICROCOSMD, "serve", *daemon.where, "--listen", "127.0.0.1:0", *arguments],
                              preexec_fn=reduce, capture_output=True, text=True, timeout=harness.DEADLINE, check=False)
    finally:
        shutil.rmtree(daemon.folder, ignore_errors=True)
    return done.returncode, done.stderr


@pytest.mark.skipif(bool(harness.WRAPPER), reason="a wrapper needs more than the daemon")
def test_too_few_descriptors_are_refused(database):
    status, log = start_with(database, resource.RLIMIT_NOFILE, 100)

    assert status == 1 and "open files are needed, but the system allows 100" in log, log
    assert "listening" not in log


def has_sanitizer():
    with open(harness.MICROCOSMD, "rb") as program:
        text = program.read()
    return b"__asan_init" in text or b"__tsan_init" in text


@pytest.mark.skipif(bool(harness.WRAPPER), reason="a wrapper needs more than the daemon")
def test_too_few_threads_are_refused(database):
    """No memory for stacks: the limit on processes doesn't bind root."""
    if has_sanitizer():
        pytest.skip("a sanitizer needs more memory than there is for the daemon")
    status, log = start_with(database, resource.RLIMIT_AS, 600 << 20, "--threads", "200")

    assert status == 1 and "threads are needed, but only" in log, log
    assert "listening" not in log


def test_soft_limits_are_raised(database):
    daemon = harness.serve(database)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, hard), hard))
    try:
        daemon.start()
        with open(f"/proc/{daemon.process.pid}/limits", encoding="ascii") as limits:
            found = re.search(r"Max open files +(\d+) +(\d+)", limits.read())
        assert found.group(1) == found.group(2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        daemon.close()
