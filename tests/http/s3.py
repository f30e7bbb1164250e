"""Two servers that speak S3, for tests of files.

Stub recomputes the signature of each request, and of each address, from what it was sent, and refuses those that
are wrong. It fails in the ways that its test asks for. Real is s3rver, an independent implementation, fetched with npm
into MICROCOSM_TEST_NPM; it takes any signature.
"""

import calendar
import collections
import contextlib
import fcntl
import hashlib
import hmac
import http.server
import os
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading
import time
import urllib.parse
import xml.sax.saxutils

BUCKET = "rope-bucket"
S3RVER = "s3rver@3.7.1"
STEP = 256 << 10  # what the store passes on at a time
PART = 8 << 20  # bytes of a part of a large upload


def quote(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-._~")


def element(name, text):
    return f"<{name}>{xml.sax.saxutils.escape(str(text))}</{name}>"


class Refused(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self):
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def handle_all(self):
        stub = self.server
        split = urllib.parse.urlsplit(self.path)
        self.query = urllib.parse.parse_qsl(split.query, keep_blank_values=True)
        self.params = dict(self.query)
        self.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            stub.check_host(self.headers["Host"])
            stub.check_signature(self, split.path)
            self.key = stub.key_of(self.headers["Host"], urllib.parse.unquote(split.path))
            fault = stub.next_fault(self.command, self.key, self.params)
            if fault and getattr(self, "fault_" + fault[0])(*fault[1:]):
                return
            self.fault = fault
            getattr(self, "do_" + self.command.lower())()
        except Refused as refused:
            self.refuse(refused.status, refused.code)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_all

    # What tests ask for. True: it has been answered.

    def fault_status(self, status, code="InternalError"):
        self.refuse(status, code)
        return True

    def fault_silent(self):
        self.server.ends.wait(60)
        self.close_connection = True
        return True

    def fault_drop(self):
        """The request is carried out, and the answer lost."""
        self.wfile = open(os.devnull, "wb")
        self.fault = None
        getattr(self, "do_" + self.command.lower())()
        self.close_connection = True
        return True

    def fault_cut(self, after=None):
        return False

    def fault_damage(self):
        return False

    def fault_spoil(self):
        """Other bytes are stored than were sent."""
        self.sent = b"x" + self.sent[1:]
        return False

    def fault_inside(self):
        """200, and an error in the body."""
        self.answer(200, b"<Error><Code>InternalError</Code></Error>")
        return True

    def refuse(self, status, code):
        self.server.note(f"{status} {code}")
        self.answer(status, f"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        fault = getattr(self, "fault", None)
        if fault and fault[0] == "cut":
            body = body[:fault[1] if len(fault) > 1 else len(body) // 2]
            self.close_connection = True
        if fault and fault[0] == "damage":
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.wfile.write(body)

    # S3

    def found(self):
        content = self.server.objects.get(self.key)
        if content is None:
            raise Refused(404, "NoSuchKey")
        return content

    def do_head(self):
        self.answer(200, self.found())

    def do_get(self):
        if "uploads" in self.params:
            self.list_uploads()
            return
        content = self.found()
        override = {name.removeprefix("response-").replace("-", "_"): value for name, value in self.params.items()
                    if name.startswith("response-")}
        given = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not given:
            self.answer(200, content, ETag=f'"{hashlib.md5(content).hexdigest()}"', **override)
            return
        first, last = int(given[1]), min(int(given[2] or len(content)), len(content) - 1)
        if first >= len(content):
            raise Refused(416, "InvalidRange")
        self.answer(206, content[first:last + 1], Content_Range=f"bytes {first}-{last}/{len(content)}", **override)

    def do_put(self):
        tag = f'"{hashlib.md5(self.sent).hexdigest()}"'
        if "uploadId" in self.params:
            upload = self.server.uploads.get(self.params["uploadId"])
            if not upload or upload["key"] != self.key:
                raise Refused(404, "NoSuchUpload")
            upload["parts"][int(self.params["partNumber"])] = self.sent
        else:
            self.server.objects[self.key] = self.sent
        self.answer(200, ETag=tag)

    def do_post(self):
        if "uploads" in self.params:
            number = self.server.begin_upload(self.key)
            self.answer(200, f"<InitiateMultipartUploadResult>{element('UploadId', number)}</InitiateMultipartUploadResult>".encode())
            return
        upload = self.server.uploads.get(self.params["uploadId"])
        if not upload:
            raise Refused(404, "NoSuchUpload")
        listed = re.findall(r"<Part><PartNumber>(\d+)</PartNumber><ETag>(?:&quot;|&#34;|\")?([0-9a-f]{32})(?:&quot;|&#34;|\")?</ETag></Part>",
                            self.sent.decode())
        parts = upload["parts"]
        if [(int(number), tag) for number, tag in listed] != [(number, hashlib.md5(parts[number]).hexdigest()) for number in sorted(parts)]:
            raise Refused(400, "InvalidPart")
        if any(len(parts[number]) < 5 << 20 for number in sorted(parts)[:-1]):
            raise Refused(400, "EntityTooSmall")
        self.server.objects[self.key] = b"".join(parts[number] for number in sorted(parts))
        del self.server.uploads[self.params["uploadId"]]
        self.answer(200, b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")

    def do_delete(self):
        if "uploadId" in self.params:
            if not self.server.uploads.pop(self.params["uploadId"], None):
                raise Refused(404, "NoSuchUpload")
        else:
            self.server.objects.pop(self.key, None)
        self.answer(204)

    def list_uploads(self):
        stub = self.server
        entries = [f"<Upload>{element('Key', upload['key'])}{element('UploadId', number)}{element('Initiated', upload['begun'])}</Upload>"
                   for number, upload in stub.uploads.items() if upload["key"].startswith(self.params["prefix"])]
        self.answer(200, f"<ListMultipartUploadsResult>{''.join(entries)}</ListMultipartUploadsResult>".encode())

    def log_message(self, *arguments):
        pass


class Stub(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    ACCESS, SECRET, REGION = "AKIA0ROPE0STUB", "a/secret+with=signs", "eu-rope-1"

    def __init__(self, path_style=True):
        self.objects, self.uploads, self.faults, self.noted = {}, {}, [], []
        self.path_style = path_style
        self.lock, self.ends, self.connections, self.numbers = threading.Lock(), threading.Event(), 0, 0
        self.asked = collections.Counter()
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}" if path_style else f"http://localhost:{self.port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def settings(self, prefix):
        return ["--files", f"s3://{BUCKET}/{prefix}", "--s3-endpoint", self.endpoint, "--s3-region", self.REGION,
                "--s3-access-key", self.ACCESS, "--s3-secret-key", self.SECRET,
                "--s3-path-style", "yes" if self.path_style else "no"]

    def handle_error(self, request, client_address):
        pass  # clients that hang up

    def close(self):
        self.ends.set()
        self.shutdown()
        self.server_close()

    def note(self, what):
        with self.lock:
            self.noted.append(what)

    def begin_upload(self, key, begun=None):
        with self.lock:
            self.numbers += 1
            number = f"upload/{self.numbers}+="
        begun = begun or time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        self.uploads[number] = {"key": key, "parts": {}, "begun": begun}
        return number

    # Faults

    def fail(self, method, *fault, times=1, part=None):
        """Let the next requests of a method fail. part: only those of that part of an upload, or of its end."""
        self.faults += [(method, part, fault)] * times

    def next_fault(self, method, key, params):
        with self.lock:
            self.asked[method] += 1
            for entry in self.faults:
                if entry[0] == method and entry[1] in (None, params.get("partNumber", "end" if "uploadId" in params else "begin")):
                    self.faults.remove(entry)
                    return entry[2]
        return None

    # Who asks

    def check_host(self, host):
        expected = f"127.0.0.1:{self.port}" if self.path_style else f"{BUCKET}.localhost:{self.port}"
        if host not in (expected,):
            raise Refused(400, "InvalidHost")

    def key_of(self, host, path):
        if not self.path_style:
            return path[1:]
        bucket, _, key = path[1:].partition("/")
        if bucket != BUCKET:
            raise Refused(404, "NoSuchBucket")
        return key

    def signature(self, method, path, query, headers, names, payload, stamp):
        pairs = sorted((quote(name), quote(value)) for name, value in query)
        request = "\n".join([method, path, "&".join("=".join(pair) for pair in pairs),
                             *(f"{name}:{' '.join(headers[name].split())}" for name in names), "", ";".join(names), payload])
        scope = f"{stamp[:8]}/{self.REGION}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = ("AWS4" + self.SECRET).encode()
        for word in scope.split("/"):
            key = hmac.digest(key, word.encode(), "sha256")
        return f"{self.ACCESS}/{scope}", hmac.new(key, text.encode(), "sha256").hexdigest()

    def check_signature(self, request, path):
        """By header or in the address; path as it was sent, but encoded our way."""
        canonical = quote(urllib.parse.unquote(path), "/")
        if canonical != path:
            raise Refused(400, "InvalidURI")
        if "X-Amz-Signature" in request.params:
            self.check_address(request, canonical)
            return
        found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=(\S+?),\s*SignedHeaders=(\S+?),\s*Signature=([0-9a-f]{64})",
                             request.headers.get("Authorization", ""))
        if not found:
            raise Refused(403, "AccessDenied")
        credential, names, given = found.groups()
        names = names.split(";")
        stamp, payload = request.headers["x-amz-date"], request.headers["x-amz-content-sha256"]
        amazon = {name.lower() for name in request.headers if name.lower().startswith("x-amz-")}
        if names != sorted(names) or not {"host", *amazon} <= set(names):
            raise Refused(403, "AccessDenied")
        self.check_time(stamp, 900)
        expected = self.signature(request.command, canonical, request.query, request.headers, names, payload, stamp)
        if expected != (credential, given):
            raise Refused(403, "SignatureDoesNotMatch")
        if payload != hashlib.sha256(request.sent).hexdigest():
            raise Refused(400, "XAmzContentSHA256Mismatch")

    def check_address(self, request, canonical):
        params = request.params
        query = [pair for pair in request.query if pair[0] != "X-Amz-Signature"]
        names = params["X-Amz-SignedHeaders"].split(";")
        self.check_time(params["X-Amz-Date"], int(params["X-Amz-Expires"]))
        expected = self.signature(request.command, canonical, query, request.headers, names, "UNSIGNED-PAYLOAD", params["X-Amz-Date"])
        if expected != (params["X-Amz-Credential"], params["X-Amz-Signature"]):
            raise Refused(403, "SignatureDoesNotMatch")

    @staticmethod
    def check_time(stamp, seconds):
        age = time.time() - calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
        if not -900 < age < seconds:
            raise Refused(403, "RequestTimeTooSkewed")


def npm_package(package):
    """Folder of a package of npm and all that it needs; fetched once for all tests."""
    folder = os.environ.get("MICROCOSM_TEST_NPM") or os.path.join(tempfile.gettempdir(), f"microcosm-npm-{os.getuid()}")
    name, _, version = package.rpartition("@")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{name}.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = os.path.join(folder, f"{name}-{version}")
        if not os.path.exists(whole):
            parts = f"{whole}.{os.getpid()}"
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix", parts, package], check=True)
            os.rename(parts, whole)
    return os.path.join(whole, "node_modules", name)


class Real:
    """s3rver, with its objects in a folder of its own."""

    ACCESS = SECRET = "S3RVER"
    SCRIPT = """
        const [folder, directory, bucket] = process.argv.slice(1);
        const S3rver = require(folder);
        const server = new S3rver({port: 0, address: "127.0.0.1", silent: true, directory, configureBuckets: [{name: bucket}]});
        server.run((error, address) => { if (error) throw error; console.log(address.port); });
        process.stdin.resume().on("end", () => process.exit());
    """

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mcs3rver.")
        self.process = subprocess.Popen(["node", "-e", self.SCRIPT, npm_package(S3RVER), self.folder, BUCKET],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            raise AssertionError("s3rver did not start")
        self.endpoint = f"http://127.0.0.1:{port}"

    def settings(self, prefix):
        return ["--files", f"s3://{BUCKET}/{prefix}", "--s3-endpoint", self.endpoint, "--s3-access-key", self.ACCESS,
                "--s3-secret-key", self.SECRET]

    def close(self):
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
