"""What a browser makes of hostile files: no script of theirs runs, opened by themselves or as parts of a page.

The same files from a server that believes their names do run, so the test would hear those of the daemon.
"""

import http.server
import shutil
import subprocess
import threading
import time
import urllib.parse

import pytest

import harness
from test_files import PICTURES, part, upload
from test_pictures import gif

pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium (scripts/install-deps night)")


def running(report):
    """A script that says where it runs."""
    return f"new Image().src='{report}?'+encodeURIComponent(location.href);"


def files(report):
    """Hostile files by the names that they are uploaded with."""
    script = running(report)
    page = f"<!DOCTYPE html><html><body><script>{script}</script></body></html>".encode()
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>{script}</script></svg>'.encode()
    return {
        "page.html": page,
        "picture.png": page,
        "drawing.svg": drawing,
        "old.svg": b'<?xml version="1.0"?>' + drawing,
        "event.svg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="{script}"></svg>'.encode(),
        "page.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>' + script.encode() + b"</script></html>",
        "style.xml": b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">' + script.encode() + b"</x:script>",
        "script.js": script.encode() + b"\n",
        "plain.txt": b"plain text at first\n" + page,
        "behind.gif": PICTURES["gif"] + page,
        "comment.gif": gif(5, 3, 1, b"\x21\xfe" + bytes([len(page[:200])]) + page[:200] + b"\0"),
        "script.gif": b"GIF89a/*" + gif(12079, 3)[8:] + b"*/=1;" + script.encode(),
        "behind.png": PICTURES["png"] + page,
        "behind.webp": PICTURES["webp"] + page,
        "program.pdf": b"%PDF-1.4\n" + page,
    }


TYPES = {"html": "text/html", "svg": "image/svg+xml", "xhtml": "application/xhtml+xml", "xml": "text/xml", "js": "text/javascript"}


class Careless(http.server.BaseHTTPRequestHandler):
    """Serves files by what their names say, pages, and hears which scripts run."""

    def do_GET(self):  # pylint: disable=invalid-name
        split = urllib.parse.urlsplit(self.path)
        if split.path == "/ran":
            self.server.heard.add(urllib.parse.unquote(split.query))
        content = self.server.pages.get(split.path, b"")
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(split.path.rpartition(".")[2], "text/html"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def careless():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    server.origin = f"http://127.0.0.1:{server.server_port}"
    server.pages, server.heard = {}, set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def daemon(database):
    daemon = harness.Daemon(database, arguments=["--log-requests", "yes"])
    try:
        yield daemon.start()
    finally:
        daemon.close()


@pytest.fixture(scope="module")
def hashes(site, careless):
    """Of the files that the daemon has taken, as avatars, which everybody may read."""
    found = {}
    for name, content in files(f"{careless.origin}/ran").items():
        careless.pages[f"/{name}"] = content
        person = site.newcomer()
        reply = upload(person, part(content, name=name, kind="text/html"), expect={200, 400})
        if reply.status == 200:
            found[name] = reply.data[0]["fileHash"]
            person.post(f"/api/v1/profiles/{person.profile_id}/attachments", {"fileHash": found[name]}, expect=302)
    return found


WAYS = ("f", "o", "e", "i", "s", "c", "html")


def shown(address):
    """A file in all ways that a page has; the address has room for an extension, so that none comes from a cache."""
    return (f'<iframe src="{address}.f"></iframe><object data="{address}.o"></object><embed src="{address}.e">'
            f'<img src="{address}.i"><script src="{address}.s"></script><link rel="stylesheet" href="{address}.c">')


def test_hostile_files_run_nothing(daemon, site, careless, hashes, tmp_path):
    assert len(hashes) >= 10
    paths = [f"/api/v1/files/{file_hash}" for file_hash in hashes.values()]
    ours = [f"http://{site.host}:{daemon.port}{path}" for path in paths]
    told = [f"{careless.origin}/{name}" for name in ("page.html", "drawing.svg", "page.xhtml", "event.svg")]
    careless.pages["/"] = (
        f'<!DOCTYPE html><html><body>{"".join(map(shown, ours))}<iframe src="{told[0]}?framed"></iframe><script>'
        f'for (const url of {[f"{address}.html" for address in ours] + told}) window.open(url);</script></body></html>').encode()
    with subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-popup-blocking",
             f"--user-data-dir={tmp_path}", "--host-resolver-rules=MAP * 127.0.0.1", "--remote-debugging-port=0",
             f"{careless.origin}/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            harness.wait_until(lambda: {*told, f"{told[0]}?framed"} <= careless.heard, "the scripts that may run")
            harness.wait_until(lambda: all(f"{path}.{way} " in daemon.log() for path in paths for way in WAYS),
                               "the browser to fetch all files")
            time.sleep(2)  # what would run does so soon after
        finally:
            browser.terminate()
    assert careless.heard == {*told, f"{told[0]}?framed"}
