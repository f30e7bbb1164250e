"""Files in S3 that fails: docs/http/files.md, with the stub of s3.py behind the daemon. That all else of files is the same
there, test_files.py and test_attachments.py show, with MICROCOSM_TEST_STORE."""

import contextlib
import hashlib
import http.client
import os
import random
import socket
import subprocess
import time
import urllib.request

import pytest

import harness
import s3
from test_commands import CLEAN
from test_files import PATH, fetch, part, put, sha1, upload
from test_files_kill import Uploads

BIG = 20 << 20  # three parts
KILLED = int(os.environ.get("MICROCOSM_TEST_KILLED", "60"))  # uploads that kills break off; at night 200
PREFIX = "a/prefix of_ours".replace(" ", "_")


@pytest.fixture(scope="module")
def running():
    with contextlib.closing(s3.Stub()) as stub:
        yield stub


@pytest.fixture
def stub(running):
    """Nothing is wrong with it yet."""
    running.faults.clear()
    running.noted.clear()
    running.asked.clear()
    running.uploads.clear()
    yield running
    running.faults.clear()


@contextlib.contextmanager
def serving(database, stub, *arguments):
    """A daemon whose files are in the stub."""
    daemon = harness.Daemon(database)
    daemon.where = ["--database", database, *stub.settings(PREFIX), "--s3-spool", daemon.files]
    daemon.arguments += arguments
    try:
        yield daemon.start()
    finally:
        daemon.close()


@pytest.fixture(scope="module")
def daemon(database, running):
    with serving(database, running, "--log-level", "debug", "--log-requests", "yes") as daemon:
        yield daemon


@pytest.fixture
def author(site):
    return site.newcomer()


def key_of(content):
    name = hashlib.sha256(content).hexdigest()
    return f"{PREFIX}/{name[:2]}/{name}"


def spooled(daemon):
    return [name for _, _, names in os.walk(daemon.files) for name in names]


def is_stored(site, content):
    return site.sql("SELECT is_stored FROM microcosm.files WHERE sha1 = %s", sha1(content))


class TestStore:
    def test_has_the_bytes_and_nothing_else(self, daemon, stub, author):
        content = os.urandom(70000)
        put(author, content)
        assert stub.objects[key_of(content)] == content and stub.noted == []
        assert stub.asked == {"PUT": 1} and spooled(daemon) == []
        assert fetch(author, sha1(content)).body == content
        assert stub.asked == {"PUT": 1, "GET": 1}

    def test_gets_large_files_in_parts(self, daemon, stub, author):
        content = os.urandom(BIG)
        put(author, content)
        assert stub.objects[key_of(content)] == content and stub.uploads == {}
        assert stub.asked == {"POST": 2, "PUT": 3} and spooled(daemon) == []
        assert fetch(author, sha1(content)).body == content
        assert fetch(author, sha1(content), expect=206, headers=[("Range", "bytes=9000000-9000009")]).body == content[9000000:9000010]
        assert stub.noted == []

    def test_takes_the_bucket_from_the_name_of_the_host(self, database):
        with contextlib.closing(s3.Stub(path_style=False)) as other, serving(database, other) as daemon, \
                contextlib.closing(harness.Site(daemon)) as site:
            content = os.urandom(1000)
            put(site.owner, content)
            assert other.objects == {key_of(content): content}
            assert fetch(site.owner, sha1(content)).body == content

    def test_keeps_connections(self, stub, author):
        before = stub.connections
        for _ in range(10):
            put(author, os.urandom(100))
        assert stub.connections - before <= 2


FAULTS = {
    "PUT": [("status", 500), ("status", 503, "SlowDown"), ("status", 429), ("status", 400, "RequestTimeout"), ("status", 400, "BadDigest"),
            ("drop",), ("spoil",)],
    "GET": [("status", 500), ("status", 503, "SlowDown"), ("status", 502), ("drop",), ("cut",), ("cut", 0), ("damage",)],
}


class TestFaults:
    @pytest.mark.parametrize("size, fault", [*((1000, fault) for fault in FAULTS["PUT"]), (BIG, ("status", 500)), (BIG, ("drop",)),
                                             (BIG, ("spoil",))])
    def test_of_an_upload_that_passes(self, daemon, stub, author, fault, size):
        content = os.urandom(size)
        stub.fail("PUT", *fault, part="2" if size == BIG else None)
        put(author, content)
        assert stub.objects[key_of(content)] == content
        assert stub.faults == [] and stub.uploads == {} and spooled(daemon) == []
        assert fetch(author, sha1(content)).body == content

    @pytest.mark.parametrize("size, fault", [*((1000, fault) for fault in FAULTS["PUT"]), (BIG, ("status", 503, "SlowDown"))])
    def test_of_an_upload_that_stays(self, daemon, stub, site, author, fault, size):
        content = os.urandom(size)
        stub.fail("PUT", *fault, times=9, part="2" if size == BIG else None)
        reply = upload(author, part(content), expect=503)
        assert reply.header("Retry-After") and "S3" in reply.data["errorDetail"]
        assert 1 <= len(stub.faults) < 8, "it was tried some times, and not for ever"
        assert stub.uploads == {} and spooled(daemon) == []
        assert is_stored(site, content) in ([], [(False,)])
        fetch(author, sha1(content), expect=404)
        stub.faults.clear()
        put(author, content)
        assert fetch(author, sha1(content)).body == content

    @pytest.mark.parametrize("fault", [("status", 500), ("inside",), ("drop",)])
    def test_of_the_end_of_an_upload_in_parts(self, daemon, stub, author, fault):
        content = os.urandom(BIG)
        stub.fail("POST", "status", 503, part="begin")
        stub.fail("POST", *fault, part="end")
        put(author, content)
        assert stub.objects[key_of(content)] == content and stub.uploads == {} and stub.faults == []

    @pytest.mark.parametrize("fault", FAULTS["GET"])
    @pytest.mark.parametrize("size", [1000, 200000])
    def test_of_a_read_that_pass(self, stub, author, fault, size):
        content = os.urandom(size)
        put(author, content)
        stub.fail("GET", *fault)
        assert fetch(author, sha1(content)).body == content
        assert stub.faults == []

    @pytest.mark.parametrize("fault", [("status", 500), ("drop",), ("cut",)])
    def test_of_a_large_read_that_pass(self, stub, author, fault):
        content = os.urandom(3000000)
        put(author, content)
        stub.fail("GET", *fault, times=2)
        assert fetch(author, sha1(content)).body == content
        assert stub.faults == []

    @pytest.mark.parametrize("fault", [fault for fault in FAULTS["GET"] if fault != ("cut",)])  # each try brings half of the rest
    def test_of_a_read_that_stay(self, stub, author, fault):
        content = os.urandom(1000)
        put(author, content)
        stub.fail("GET", *fault, times=12)
        reply = fetch(author, sha1(content), expect=503)
        assert "S3" in reply.data["errorDetail"] and 1 <= len(stub.faults) < 11

    def test_of_a_large_read_that_stay(self, stub, author):
        """As long as nothing has been sent there is a status; then the connection is cut before the last piece."""
        content = os.urandom(3000000)
        put(author, content)
        stub.fail("GET", "status", 500, times=12)
        fetch(author, sha1(content), expect=503)
        stub.faults.clear()
        stub.fail("GET", "damage")
        with pytest.raises(http.client.IncompleteRead) as cut:
            fetch(author, sha1(content))
        assert content.startswith(cut.value.partial) and len(cut.value.partial) < len(content) - 1000
        assert fetch(author, sha1(content)).body == content

    @pytest.mark.parametrize("status, code", [(403, "AccessDenied"), (403, "SignatureDoesNotMatch"), (404, "NoSuchBucket"), (400, "InvalidRequest"),
                                              (301, "PermanentRedirect")])
    def test_that_no_repetition_mends(self, stub, author, status, code):
        stub.fail("PUT", "status", status, code)
        reply = upload(author, part(os.urandom(100)), expect=503)
        assert code in reply.data["errorDetail"] or code == "NoSuchBucket" and "bucket" in reply.data["errorDetail"]
        assert stub.asked["PUT"] == 1

    def test_of_bytes_that_are_gone(self, stub, author):
        content, large = os.urandom(1000), os.urandom(100000)
        for each in (content, large):
            put(author, each)
            del stub.objects[key_of(each)]
        fetch(author, sha1(content), expect=404)
        fetch(author, sha1(large), expect=503)
        put(author, content)
        assert fetch(author, sha1(content)).body == content, "stored again by the next upload"

    def test_of_an_s3_that_is_silent(self, database, site, stub):
        with serving(database, stub, "--s3-timeout", "3") as daemon:
            client = harness.Client(daemon, site.host, token=site.newcomer().token)
            content = os.urandom(1000)
            stub.fail("PUT", "silent")
            put(client, content)
            assert stub.objects[key_of(content)] == content and stub.faults == []

    def test_of_an_s3_that_is_away(self, database, site):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            away = s3.Stub()
            away.close()
            away.endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            with serving(database, away) as daemon:
                client = harness.Client(daemon, site.host, token=site.newcomer().token)
                upload(client, part(b"rope"), expect=503)
                client.get("/api/v1/site", expect=200)
                assert spooled(daemon) == []


class TestRedirect:
    @pytest.fixture(scope="class")
    def sending(self, database, running):
        with serving(database, running, "--s3-redirect", "60") as daemon:
            yield daemon

    def test_leads_to_the_bytes(self, sending, site, stub):
        client = harness.Client(sending, site.host, token=site.newcomer().token)
        for content, kind, disposition in ((b"plain text\n", "text/plain; charset=utf-8", "inline"),
                                           (b"<!DOCTYPE html><html>x</html>", "text/html", "attachment")):
            data = put(client, content + os.urandom(4).hex().encode())
            reply = client.get(f"{PATH}/{data['fileHash']}.png", expect=307)
            address = reply.header("Location")
            assert reply.header("Cache-Control") == "no-cache, max-age=0"
            with urllib.request.urlopen(address) as got:
                assert sha1(got.read()) == data["fileHash"] and got.headers["Content-Type"].startswith(kind)
                assert got.headers["Content-Disposition"] == disposition
            for wrong in (address.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"), address.replace(disposition, "other"), address[:-1] + "x"):
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(wrong)
                assert refused.value.code == 403

    def test_is_for_those_who_may_read(self, sending, site, stub):
        client = harness.Client(sending, site.host, token=site.newcomer().token)
        data = put(client, os.urandom(100))
        stub.asked.clear()
        harness.Client(sending, site.host).get(f"{PATH}/{data['fileHash']}", expect=404)
        client.get(f"{PATH}/{data['fileHash']}", expect=304, headers=[("If-None-Match", f'"{data["fileHash"]}"')], check=False)
        assert not stub.asked


class TestSecrets:
    def test_are_neither_logged_nor_shown(self, daemon, stub, author):
        put(author, os.urandom(1000))
        stub.fail("PUT", "status", 403, "InvalidAccessKeyId")
        reply = upload(author, part(os.urandom(1000)), expect=503)
        shown = [daemon.log(), reply.body.decode(), daemon.metrics()]
        for command in (["check"], ["jobs"], ["job", "run", "collect-files"], ["serve", "--help"]):
            done = subprocess.run([harness.MICROCOSMD, *command, *daemon.where, "--log-level", "debug"], capture_output=True, text=True,
                                  timeout=harness.DEADLINE, stdin=subprocess.DEVNULL)
            assert done.returncode == 0, done.stderr
            shown += [done.stdout, done.stderr]
        for text in shown:
            assert stub.SECRET not in text and stub.ACCESS not in text and "Signature=" not in text

    @pytest.mark.parametrize("changed", [
        {"--s3-secret-key": ""}, {"--s3-access-key": ""}, {"--s3-access-key": "a b"}, {"--s3-endpoint": "ftp://x"}, {"--s3-endpoint": "http://u:p@h"},
        {"--s3-endpoint": "http://h/path"}, {"--s3-endpoint": "localhost:9000"}, {"--s3-region": "x/y"}, {"--files": "s3://"},
        {"--files": "s3://ab"}, {"--files": "s3://Rope"}, {"--files": "s3://rope/../x"}, {"--files": "s3://rope//x"}, {"--files": "s3://rope/a b"}])
    def test_settings_that_are_none(self, database, stub, changed):
        settings = stub.settings(PREFIX)
        for name, value in changed.items():
            settings[settings.index(name) + 1] = value
        done = subprocess.run([harness.MICROCOSMD, "serve", "--database", database, "--listen", "127.0.0.1:0", *settings], capture_output=True,
                              text=True, timeout=harness.DEADLINE, stdin=subprocess.DEVNULL)
        assert done.returncode == 2 and ("s3" in done.stderr or "files" in done.stderr), done.stderr
        assert stub.SECRET not in done.stderr


class TestStart:
    """What S3 itself refuses somebody must put right: the start is refused. What isn't there now may be there again."""

    @staticmethod
    def check(database, settings, *arguments):
        return subprocess.run([harness.MICROCOSMD, "check", "--database", database, *settings, "--s3-timeout", "1", *arguments],
                              capture_output=True, text=True, timeout=harness.DEADLINE, env=CLEAN)

    @staticmethod
    def settings(stub, tmp_path, **changed):
        given = stub.settings(PREFIX) + ["--s3-spool", str(tmp_path)]
        for name, value in changed.items():
            given[given.index("--" + name.replace("_", "-")) + 1] = value
        return given

    def test_is_told_by_check(self, database, stub, tmp_path):
        before = set(stub.objects)

        done = self.check(database, self.settings(stub, tmp_path))
        assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")
        assert set(stub.objects) == before and list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("changed, why", [
        ({"files": "s3://other-bucket/x"}, "there is no such bucket"), ({"s3_secret_key": "another"}, "403 SignatureDoesNotMatch"),
        ({"s3_access_key": "ANOTHER"}, "403 SignatureDoesNotMatch"), ({"s3_region": "us-east-1"}, "403 SignatureDoesNotMatch")])
    def test_is_refused(self, database, stub, tmp_path, changed, why):
        settings = self.settings(stub, tmp_path, **changed)

        done = self.check(database, settings)
        assert done.returncode == 2 and done.stdout == ""
        for told in ("s3://", stub.endpoint, why, "keys"):
            assert told in done.stderr, done.stderr
        assert stub.SECRET not in done.stderr and stub.ACCESS not in done.stderr
        served = subprocess.run([harness.MICROCOSMD, "serve", "--database", database, *settings, "--listen", "127.0.0.1:0"],
                                capture_output=True, text=True, timeout=harness.DEADLINE)
        assert served.returncode == 2 and why in served.stderr and "listening" not in served.stderr

    def test_is_refused_without_a_list_of_uploads(self, database, stub, tmp_path):
        """Which some that speak S3 don't have: then a file is asked for."""
        for code, why in (("NoSuchKey", None), ("NoSuchBucket", "there is no such bucket")):
            stub.fail("GET", "status", 501, "NotImplemented")
            stub.fail("GET", "status", 404, code)
            done = self.check(database, self.settings(stub, tmp_path))
            assert done.returncode == (2 if why else 0) and (why or "") in done.stderr, done.stderr

    @pytest.mark.parametrize("fault", [("status", 503, "SlowDown"), ("silent",)])
    def test_goes_on_without_s3(self, database, stub, tmp_path, site, fault):
        stub.fail("GET", *fault)
        done = self.check(database, self.settings(stub, tmp_path))
        assert done.returncode == 1 and "the files in S3 can't be reached" in done.stderr
        stub.fail("GET", *fault)
        with serving(database, stub, "--s3-timeout", "1") as daemon:
            assert "the files in S3 can't be reached" in daemon.log()
            author = harness.Client(daemon, site.host, token=site.newcomer().token)
            assert put(author, os.urandom(100))["fileSize"] == 100


class TestCollector:
    def test_deletes_what_nothing_refers_to(self, daemon, site, stub, author):
        content = os.urandom(1000)
        put(author, content)
        site.sql("UPDATE microcosm.files SET unused_since = now() - interval '3 days'"
                 " WHERE sha1 = %s RETURNING 1", sha1(content))
        stub.fail("DELETE", "status", 500)
        daemon.command("job", "run", "collect-files")
        assert key_of(content) not in stub.objects
        fetch(author, sha1(content), expect=404)

    def test_ends_uploads_that_were_left(self, daemon, stub):
        old = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 25 * 3600))
        left = [stub.begin_upload(f"{PREFIX}/ab/<&>{number}", begun=old) for number in range(3)]
        kept = stub.begin_upload(f"{PREFIX}/ab/new"), stub.begin_upload("others/ab", begun=old)
        daemon.command("job", "run", "collect-files")
        assert set(stub.uploads) == set(kept) and left
        stub.uploads.clear()

    @pytest.mark.parametrize("status, code", [(501, "NotImplemented"), (405, "MethodNotAllowed")])
    def test_works_where_uploads_cannot_be_listed(self, daemon, stub, status, code):
        stub.fail("GET", "status", status, code)
        daemon.command("job", "run", "collect-files")
        assert stub.faults == []


def test_a_kill_loses_nothing(cluster, template, stub):
    stub.objects.clear()
    with serving(cluster.copy(template), stub) as daemon, contextlib.closing(harness.Site(daemon)) as site:
        uploads, chance = Uploads(site.newcomer()), random.Random(9)
        while uploads.begun < KILLED:
            uploads.until_killed(daemon, chance.randint(5, 40), uploads.begun)
        uploads.check(daemon, {key.rpartition("/")[2]: content for key, content in list(stub.objects.items())})
