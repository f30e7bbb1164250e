#!/usr/bin/env python3
"""The library's HTTP client against real servers.

    check_fetch.py FETCH_LINES    the program built from fetch_lines.c
"""

import collections
import http.server
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAM = sys.argv.pop(1)
REMOTE, BUSY, STATE = -29, -22, -25
PRIVATE = "127.0.0.0/8, ::1"

Reply = collections.namedtuple("Reply", "code status type kept sunk reason body")


class Handler(http.server.BaseHTTPRequestHandler):
    """What is answered is in the path."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections.append(self.client_address)

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        _, what, *rest = self.path.split("/", 2)
        getattr(self, "answer_" + what)(*rest)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

    def send(self, status, body, *headers):
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_text(self, status="200"):
        self.send(int(status), b"a rope", ("Content-Type", "text/rope"), ("Content-type", "second"))

    def answer_bytes(self, count):
        self.send(200, b"x" * int(count))

    def answer_chunks(self, count):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(int(count)):
            self.wfile.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def answer_to(self, where):
        self.send(302, b"elsewhere", ("Location", where.replace("|", "/")))

    def answer_round(self):
        self.send(302, b"", ("Location", "/round"))

    def answer_headers(self, count):
        self.send(200, b"", *[(f"X-{number}", "x" * 1000) for number in range(int(count))])

    def answer_informs(self, count):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * int(count))
        self.answer_text()

    def answer_slow(self):
        """A byte now and then, which no limit of idle time sees."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.server.ends.wait(0.2):
            self.wfile.write(b"x")

    def answer_silent(self):
        self.server.ends.wait(60)
        self.close_connection = True

    def answer_cut(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 500)
        self.close_connection = True

    def answer_nothing(self):
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, host, family=socket.AF_INET, port=0):
        self.address_family = family
        self.asked, self.connections, self.ends = [], [], threading.Event()
        super().__init__((host, port), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # clients that hang up are what is tested

    def close(self):
        self.ends.set()
        self.shutdown()
        self.server_close()


class Client:
    """The program: one request a line."""

    def __init__(self, **environment):
        self.process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
                                        env={**os.environ, **environment})

    def ask(self, url, *headers, **words):
        given = [("url", url), *(("header", header) for header in headers), *words.items()]
        self.process.stdin.write("\t".join(f"{key}={value}" for key, value in given) + "\n")
        self.process.stdin.flush()
        fields = self.process.stdout.readline().rstrip("\n").split("\t")
        code, status, kind, kept, sunk, reason, body = fields
        return Reply(int(code), int(status), kind, int(kept), int(sunk), reason, body)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0
        self.process.stdout.close()


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.client = Server("127.0.0.1"), Client()
        cls.url = f"http://127.0.0.1:{cls.server.port}"
        cls.addClassCleanup(cls.server.close)
        cls.addClassCleanup(cls.client.close)

    def setUp(self):
        self.server.asked.clear()
        self.server.connections.clear()

    def ask(self, path, *headers, **words):
        return self.client.ask(self.url + path, *headers, trusted=1, **words)

    def fails(self, reply, *texts):
        self.assertEqual(reply.code, REMOTE, reply)
        for text in texts:
            self.assertIn(text, reply.reason)
        self.assertNotIn("127.0.0.1", reply.reason)


class Requests(Base):
    def test_get(self):
        self.assertEqual(self.ask("/text/200", "X-Rope: long", "Accept: text/rope"), Reply(0, 200, "text/rope", 6, 0, "", "a rope"))
        method, path, headers, _ = self.server.asked[-1]
        self.assertEqual((method, path, headers["X-Rope"], headers["Accept"]), ("GET", "/text/200", "long", "text/rope"))

    def test_head(self):
        self.assertEqual(self.ask("/text", method="HEAD")[:4], (0, 200, "text/rope", 0))

    def test_bodies(self):
        for words, method, body in (({"body": "a=b"}, "POST", b"a=b"), ({"body": "{}", "method": "PUT"}, "PUT", b"{}"),
                                    ({"source": 300000, "method": "PUT"}, "PUT", b"x" * 300000), ({"body": ""}, "POST", b""),
                                    ({"source": 5, "method": "POST"}, "POST", b"xxxxx"), ({"method": "DELETE"}, "DELETE", b"")):
            self.assertEqual(self.ask("/text", "Content-Type: text/x", **words).status, 200)
            asked = self.server.asked[-1]
            self.assertEqual((asked[0], asked[3]), (method, body))
            self.assertEqual(asked[2]["Content-Type"], "text/x")
            self.assertNotIn("Expect", asked[2])
            self.assertTrue(asked[2]["User-Agent"].startswith("microcosm/"))

    def test_any_status_is_a_reply(self):
        for status in (200, 201, 400, 404, 500, 503):
            reply = self.ask(f"/text/{status}", sink=0)
            self.assertEqual((reply.code, reply.status), (0, status))
            self.assertEqual((reply.kept, reply.sunk), (0, 6) if status < 300 else (6, 0))

    def test_the_environment_is_no_proxy(self):
        proxy = f"http://127.0.0.1:{self.server.port}/nothing"
        client = Client(http_proxy=proxy, HTTP_PROXY=proxy, ALL_PROXY=proxy)
        self.assertEqual(client.ask(self.url + "/text", trusted=1).status, 200)
        self.assertEqual([path for _, path, _, _ in self.server.asked], ["/text"])
        client.close()

    def test_a_source_or_sink_that_fails(self):
        self.assertEqual(self.ask("/text", source=17, method="PUT").code, STATE)
        self.assertEqual(self.ask("/bytes/100000", sink=1000).code, BUSY)

    def test_connections_are_kept_if_asked_for(self):
        for words, expected in (({}, 5), ({"kept": 1}, 1)):
            self.server.connections.clear()
            for _ in range(5):
                self.assertEqual(self.ask("/text", **words).status, 200)
            self.assertEqual(len(self.server.connections), expected)
        self.server.connections.clear()
        self.ask("/nothing", kept=1)
        self.assertEqual(self.ask("/text", source=10, method="PUT", kept=1).status, 200)


class Limits(Base):
    def test_of_bytes(self):
        for path in ("/bytes/10000", "/chunks/10"):
            self.assertEqual(self.ask(path, most=10000)[:4], (0, 200, "-", 10000))
            self.fails(self.ask(path, most=9999), "9999 bytes")
            reply = self.ask(path, most=9999, sink=0)
            self.fails(reply, "9999 bytes")
            self.assertLessEqual(reply.sunk, 9999)

    def test_of_headers(self):
        self.assertEqual(self.ask("/headers/20").status, 200)
        self.fails(self.ask("/headers/90"), "headers")
        self.assertEqual(self.ask("/informs/20").status, 200)
        self.fails(self.ask("/informs/5000"), "headers")

    def test_of_time(self):
        for path in ("/slow", "/silent"):
            self.fails(self.ask(path, wait=700), "700 ms")
        self.fails(self.ask("/silent", wait=0, idle=1000), "Timeout")

    def test_replies_that_are_none(self):
        self.fails(self.ask("/cut"))
        self.fails(self.ask("/nothing"))
        self.fails(self.client.ask("http://127.0.0.1:1/", trusted=1), "connect")


class Redirects(Base):
    def test_are_not_followed_unless_asked(self):
        reply = self.ask("/to/|text")
        self.assertEqual((reply.status, reply.body), (302, "elsewhere"))
        self.assertEqual(len(self.server.asked), 1)

    def test_are_followed_up_to_a_number(self):
        self.assertEqual(self.ask("/to/|text", redirects=1)[:4], (0, 200, "text/rope", 6))
        self.fails(self.ask("/round", redirects=3), "redirects")
        self.assertEqual(len(self.server.asked), 2 + 4)

    def test_each_is_guarded(self):
        other = Server("127.0.0.2")
        self.addCleanup(other.close)
        for allowed, expected in (("127.0.0.1", REMOTE), ("127.0.0.1, 127.0.0.2", 0)):
            other.connections.clear()
            reply = self.client.ask(f"{self.url}/to/http:||127.0.0.2:{other.port}|text", redirects=3, allow=allowed)
            self.assertEqual(reply.code, expected, reply)
            self.assertEqual(len(other.connections), expected == 0)

    def test_other_schemes_are_none(self):
        for where in ("file:|||etc|passwd", "ftp:||127.0.0.1|x", "gopher:||127.0.0.1:1|x", "dict:||127.0.0.1:1|x"):
            self.fails(self.ask("/to/" + where, redirects=3))

    def test_names_and_passwords_are_refused(self):
        self.fails(self.client.ask(f"{self.url}/to/http:||user:word@127.0.0.1:{self.server.port}|text", redirects=3, allow=PRIVATE))
        self.fails(self.client.ask(f"http://user:word@127.0.0.1:{self.server.port}/text", allow=PRIVATE))


# Each names a place that isn't on the public internet, in one of the spellings that some program reads.
SPECIAL = """
127.0.0.1 127.0.0.2 127.255.255.254 127.1 127.0.1 0177.0.0.1 0x7f.0.0.1 0x7f.1 0x7f000001 2130706433 017700000001
00000177.0.0.01 0x7F.0X0.0.0x1 127.0x1 0 0.0.0.0 0.0.0.1 00 0x0 localhost LOCALHOST localhost. 127.0.0.1.
10.0.0.1 10.255.255.255 012.0.0.1 0xa.1 167772161 172.16.0.1 172.31.255.255 2886729729 192.168.0.1 0300.0250.0.1
3232235521 100.64.0.1 100.127.255.255 169.254.169.254 0xa9fea9fe 2852039166 169.254.0.1 192.0.0.1 192.0.0.170 192.0.2.1
192.31.196.1 192.52.193.1 192.88.99.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255 4294967295
[::] [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::127.0.0.1] [::7f00:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
[0:0:0:0:0:ffff:10.0.0.1] [::ffff:8.8.8.8] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a00:1] [64:ff9b:1::1]
[100::1] [2001::1] [2001:0:7f00:1::1] [2001:2::1] [2001:10::1] [2001:20::1] [2001:db8::1] [2002:7f00:1::] [2002:a00:1::1]
[2620:4f:8000::1] [3fff::1] [4000::1] [5f00::1] [fc00::1] [fd00:ec2::254] [fdff::1] [fe80::1] [fe80::1%25lo] [febf::1]
[fec0::1] [ff02::1] [ff0e::1]
""".split()


class Guard(Base):
    def test_special_addresses_are_refused(self):
        self.assertGreater(len(SPECIAL), 60)
        six = Server("::1", socket.AF_INET6, self.server.port)
        self.addCleanup(six.close)
        for host in SPECIAL:
            with self.subTest(host):
                reply = self.client.ask(f"http://{host}:{self.server.port}/text")
                self.fails(reply)
                self.assertIn(reply.reason, ("its address is not on the public internet", "URL using bad/illegal format or missing URL",
                                             "Couldn't resolve host name", "Couldn't connect to server"))
        self.assertEqual(self.server.connections + six.connections, [])

    def test_what_libcurl_reaches_is_refused_by_the_guard(self):
        """Rather than because nobody is there."""
        for host in ("127.0.0.1", "0177.1", "0x7f.1", "2130706433", "localhost", "0"):
            url = f"http://{host}:{self.server.port}/text"
            self.assertEqual(self.client.ask(url, trusted=1).status, 200, host)
            self.assertIn("public", self.client.ask(url).reason)
            self.assertEqual(self.client.ask(url, allow=PRIVATE + " 0.0.0.0").status, 200, host)
        self.assertEqual(len(self.server.connections), 12)

    def test_the_address_that_is_connected_to_counts(self):
        """A name that leads elsewhere the second time."""
        allowed = Server("127.0.0.2", port=self.server.port)
        self.addCleanup(allowed.close)
        client = Client()
        url = f"http://rebinding.test:{self.server.port}/text"
        self.assertEqual(client.ask(url, allow="127.0.0.2").status, 200)
        self.assertIn("public", client.ask(url, allow="127.0.0.2").reason)
        self.assertEqual((len(allowed.connections), self.server.connections), (1, []))
        client.close()

    def test_connections_of_the_trusted_are_not_used(self):
        self.assertEqual(self.ask("/text", kept=1).status, 200)
        self.fails(self.client.ask(self.url + "/text", kept=1), "public")

    def test_allowed_networks(self):
        for allowed, status in (("127.0.0.1", 200), ("127.0.0.0/8", 200), ("::1,127.0.0.1", 200), (" , 127.0.0.1/32 , ", 200),
                                ("0.0.0.0/0", 200), ("127.0.0.0/31", 200), ("127.0.0.2/31", 0), ("126.0.0.0/8", 0),
                                ("::/0", 0), ("127.0.0.1/0", 200), ("", 0)):
            self.assertEqual(self.client.ask(self.url + "/text", allow=allowed).status, status, allowed)

    def test_networks_that_are_none(self):
        for wrong in ("localhost", "127.0.0", "127.0.0.1/33", "127.0.0.1/", "127.0.0.1/-1", "127.0.0.1/1.5", "::1/129", "::1/x", "[::1]",
                      "127.0.0.1/08x", "1" * 100, "127.0.0.1;::1", "127.0.0.1/8/8", "300.0.0.1"):
            self.assertEqual(self.client.ask(self.url + "/text", allow=wrong).code, -1, wrong)

    def test_addresses_that_are_none(self):
        for wrong in ("", "file:///etc/passwd", "ftp://127.0.0.1/", "//127.0.0.1/", "http:/127.0.0.1/", "http://", "http:///x", "http://a b/",
                      "gopher://127.0.0.1/", "unix:/tmp/x", "http://?x", "javascript:1", "http://a\x7fb/"):
            self.fails(self.client.ask(wrong, trusted=1), "http or https")


class Tls(Base):
    """A certificate that nobody has signed is refused."""

    def test_certificates_are_verified(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key", "-out", f"{folder}/certificate"],
                           check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{folder}/certificate", f"{folder}/key")
        server = Server("127.0.0.1")
        self.addCleanup(server.close)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.fails(self.client.ask(f"https://127.0.0.1:{server.port}/text", trusted=1), "certificate")
        self.assertEqual(server.asked, [])


if __name__ == "__main__":
    unittest.main()
