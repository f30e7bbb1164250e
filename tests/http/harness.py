"""What the HTTP tests stand on.

SharedServer is the PostgreSQL of the whole run, Cluster one that a test has to itself, Daemon a running
microcosmd, Client sends requests and has every reply checked, Site and Person make what a test needs. Nothing here knows how the daemon
works inside: makers go through HTTP and the command line, and through SQL only for what has no
route yet (bans, clocks turned back).
"""

import atexit
import contextlib
import datetime
import glob
import hashlib
import http.client
import itertools
import json
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

import psycopg2

import contract
import s3

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MICROCOSMD = os.environ.get("MICROCOSMD") or os.path.join(REPO, "build/microcosmd/microcosmd")
DUMP_TYPES = os.environ.get("MICROCOSM_DUMP_TYPES") or os.path.join(REPO, "build/tests/dump_types")
WRAPPER = os.environ.get("MICROCOSMD_WRAPPER", "").split()
EXTRA_ARGUMENTS = os.environ.get("MICROCOSMD_ARGS", "").split()

# The same tests hold without a cache, and with two daemons that answer in turn.
HAS_CACHE = os.environ.get("MICROCOSM_TEST_CACHE", "on") != "off"
DAEMONS = int(os.environ.get("MICROCOSM_TEST_DAEMONS", "1"))
STORE = os.environ.get("MICROCOSM_TEST_STORE", "disk")  # or stub or s3rver: files are in S3 (s3.py)
if not HAS_CACHE:
    EXTRA_ARGUMENTS += ["--cache-size", "0"]

# What hasn't happened after so many seconds never will. No test passes or fails by how fast it is below that.
DEADLINE = 2400 if WRAPPER else 120

# Jobs of daemons: a test that comes upon the minute of one would fail by that. test_commands.py holds it to be all.
JOBS = ("collect-files", "daily-digests", "event-reminders", "event-times", "old-updates", "platform-figures", "recount-people",
        "site-stats", "trim-feed", "trim-mails", "trim-sign-ins", "weekly-digests")
NO_JOBS = "; ".join(f"{job}: off" for job in JOBS)

BASE_DOMAIN = "localhost"
ROOT_HOST = BASE_DOMAIN

SANITIZER_REPORTS = re.compile(
    r"ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:"
    r"|ERROR SUMMARY: [1-9]|Segmentation fault")


def wait_until(condition, what="the condition", pause=0.01):
    """Call condition until it returns something true, and return that."""
    deadline = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {DEADLINE} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


class TooSlow(AssertionError):
    """A limit of time that the test has set has ended what it isn't meant to end."""


@contextlib.contextmanager
def in_time():
    """Whatever fails inside is taken for too slow."""
    try:
        yield
    except (AssertionError, OSError, http.client.HTTPException) as error:
        raise TooSlow("what isn't slow was ended") from error


def patiently(work, *limits):
    """Run work(limit), and again with the next, longer limit if the first was too short for a busy machine."""
    for limit in limits[:-1]:
        with contextlib.suppress(TooSlow):
            return work(limit)
    return work(limits[-1])


def when(text):
    """The instant of a time in JSON."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00") if "." in text else text.replace("Z",
                                                                                                        ".0+00:00"))


# PostgreSQL


MEMORY_FOLDER = "/dev/shm"
ROOM_NEEDED = 1 << 30  # for a server with some databases; tests/support/scratch.c asks for as much


def new_folder(prefix):
    """Make a folder: in memory, where a PostgreSQL needs a third of the time, or in /tmp if memory won't do."""
    try:
        space = os.statvfs(MEMORY_FOLDER)
        fits = space.f_bavail * space.f_frsize >= ROOM_NEEDED and not space.f_flag & os.ST_NOEXEC
    except OSError:
        fits = False
    return tempfile.mkdtemp(prefix=prefix, dir=MEMORY_FOLDER if fits and os.access(MEMORY_FOLDER, os.W_OK) else "/tmp")


def server_program(name):
    """Path of one of PostgreSQL's server programs, which are not in PATH on Debian."""
    found = shutil.which(name)
    if found:
        return found
    found = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    if not found:
        raise RuntimeError(f"{name} of PostgreSQL is not installed")
    return max(found, key=lambda path: int(re.search(r"postgresql/(\d+)", path).group(1)))


def children_of(pid):
    """Processes whose parent is pid."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="latin-1") as stat:
                text = stat.read()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        if int(fields[1]) == pid:
            found.append(int(path.split("/")[2]))
    return found


def is_running(pid):
    """Whether a process exists and is not a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill_hard(postmaster):
    """End a postmaster and all of its children at once, as a power cut would."""
    pids = [postmaster] + children_of(postmaster)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return pids


class Server:
    """Databases on a PostgreSQL.

    The role that owns them is an ordinary one: row-level security does not hold superusers back.
    """

    ROLE = "microcosm"

    def __init__(self):
        self.numbers = itertools.count(1)
        self.copies = []

    def conninfo(self, database, role=None):
        """Connection string of a database, by default as the role that owns it."""
        raise NotImplementedError

    def as_superuser(self, statement):
        connection = psycopg2.connect(self.conninfo("postgres", "postgres"))
        connection.autocommit = True
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()

    def migrated_template(self):
        """Name of a database with the current schema, to copy from."""
        raise NotImplementedError

    def copy(self, template):
        """Copy a database; return the connection string of the copy."""
        # Several processes may be making databases on one server. Copying files is the faster way.
        name = f"copy{os.getpid()}_{next(self.numbers)}"
        self.as_superuser(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {self.ROLE} STRATEGY file_copy")
        self.copies.append(name)
        return self.conninfo(name)

    def end_connections(self, conninfo):
        """Cut all connections to a database; the server itself goes on."""
        name = re.findall(r"dbname=(\S+)", conninfo)[-1]
        self.as_superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          f" WHERE datname = '{name}' AND pid <> pg_backend_pid()")


class SharedServer(Server):
    """The PostgreSQL that with_postgres has started for the run. Other tests use it at the same time."""

    def __init__(self):
        super().__init__()
        if "MICROCOSM_TEST_DATABASE" not in os.environ:
            raise RuntimeError("MICROCOSM_TEST_DATABASE is not set: start the tests with tests/http/run")
        self.server = os.environ["MICROCOSM_TEST_DATABASE"]

    def conninfo(self, database, role=None):
        return f"{self.server} dbname={database} user={role or self.ROLE}"  # the last word counts

    def migrated_template(self):
        return "microcosm"

    def close(self):
        """Drop all copies."""
        while self.copies:
            self.as_superuser(f"DROP DATABASE {self.copies.pop()} WITH (FORCE)")


class Cluster(Server):
    """A PostgreSQL of its own in a temporary folder, which can be stopped, killed and set up differently.

    PostgreSQL refuses to run as root, so root runs it under the account postgres.
    """

    def __init__(self, durable=False, **settings):
        super().__init__()
        self.settings = settings
        self.folder = new_folder("mcpg.")
        self.data = os.path.join(self.folder, "data")
        self.log_path = os.path.join(self.folder, "log")
        self.durable = durable
        self.process = None
        self.as_account = []
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.as_account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        try:
            self._run([server_program("initdb"), "-D", self.data, "-U", "postgres", "-A", "trust",
                       "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
            self.start()
            self.as_superuser(f"CREATE ROLE {self.ROLE} LOGIN")
        except BaseException:
            self.close()
            raise

    def _run(self, command):
        subprocess.run(self.as_account + command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def start(self):
        """Start it and wait until it takes connections."""
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder,
                    "max_connections": "100", "jit": "off", "shared_buffers": "64MB", "autovacuum": "off"}
        if not self.durable:
            settings.update(fsync="off", full_page_writes="off", synchronous_commit="off")
        settings.update(self.settings)
        command = self.as_account + [server_program("postgres"), "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        wait_until(self._answers, "PostgreSQL to start, see " + self.log_path)

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended with {self.process.returncode}, see {self.log_path}")
        try:
            psycopg2.connect(self.conninfo("postgres", "postgres")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def stop(self, how=signal.SIGINT):
        """Stop it: SIGINT ends all connections first, SIGQUIT leaves recovery to the next start."""
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(timeout=DEADLINE)
        self.process = None

    def kill(self):
        """Kill all of its processes without a warning."""
        pids = kill_hard(self.process.pid)
        self.process.wait(timeout=DEADLINE)
        self.process = None
        wait_until(lambda: not any(is_running(pid) for pid in pids), "PostgreSQL's processes to die")

    def close(self):
        """Stop it and remove its folder."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def conninfo(self, database, role=None):
        return f"host={self.folder} dbname={database} user={role or self.ROLE}"

    def migrated_template(self):
        self.as_superuser(f"CREATE DATABASE template_microcosm OWNER {self.ROLE}")
        run_microcosmd("migrate", "--database", self.conninfo("template_microcosm"))
        return "template_microcosm"


# microcosmd


def run_microcosmd(*arguments):
    """Run one of microcosmd's commands to its end; return its standard output."""
    done = subprocess.run([MICROCOSMD, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=DEADLINE)
    if done.returncode != 0 or SANITIZER_REPORTS.search(done.stderr):
        raise AssertionError(f"microcosmd {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


_store = None  # the S3 of the run


def where_files(folder):
    """Settings for files in a folder; or in S3, where only those on their way in are in it."""
    global _store
    if STORE == "disk":
        return ["--files", folder]
    if _store is None:
        _store = {"stub": s3.Stub, "s3rver": s3.Real}[STORE]()
        atexit.register(_store.close)
    return [*_store.settings(os.path.basename(os.path.dirname(folder))), "--s3-spool", folder]


class Daemon:
    """microcosmd serve, on a database or on a data folder."""

    def __init__(self, conninfo=None, data=None, arguments=(), files=None):
        self.conninfo = conninfo
        self.folder = tempfile.mkdtemp(prefix="mcd.", dir="/tmp")
        self.files = files or os.path.join(data or self.folder, "files")
        self.where = ["--database", conninfo, *where_files(self.files)] if conninfo else ["--data", data]
        self.arguments = [*([] if "--jobs" in arguments else ["--jobs", NO_JOBS]), *arguments]
        self.log_path = os.path.join(self.folder, "stderr")
        self.log_start = 0
        self.process = None
        self.port = None
        self.wires = threading.local()
        self.forgetting = threading.Lock()

    def start(self, ready=True):
        """Start it; return once it listens and, unless told otherwise, says that it is ready."""
        self.log_start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        command = [*WRAPPER, MICROCOSMD, "serve", *self.where, "--listen", "127.0.0.1:0",
                   "--base-domain", BASE_DOMAIN, *EXTRA_ARGUMENTS, *self.arguments]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=log)
        self.port = wait_until(self._port, "the daemon to listen")
        if ready:
            wait_until(self.is_ready, "the daemon to be ready")
        return self

    def _port(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log()[-4000:]}")
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", self.log()[self.log_start:])
        return found and int(found.group(1))

    def log(self):
        """What it wrote to its standard error so far, over all of its starts."""
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def probe(self, path):
        """Status of a path that needs no site, or None if there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            reply = connection.getresponse()
            reply.read()
            return reply.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def is_ready(self):
        return self.probe("/readyz") == 200

    def is_alive(self):
        return self.process.poll() is None and self.probe("/healthz") == 200

    def stop(self):
        """Ask it to stop; it has to end cleanly and with nothing to report."""
        if self.process is None:
            return
        process, self.process = self.process, None
        self.forget_connection()
        died = process.poll()
        if died is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"the daemon did not stop on SIGTERM:\n{self.log()[-4000:]}") from None
        self.assert_no_reports()
        if died is not None:
            raise AssertionError(f"the daemon had ended with {died} by itself:\n{self.log()[-4000:]}")
        if process.returncode != 0:
            raise AssertionError(f"the daemon ended with {process.returncode} on SIGTERM:\n{self.log()[-4000:]}")

    def kill(self):
        """End it at once."""
        process, self.process = self.process, None
        process.kill()
        process.wait()
        self.assert_no_reports()

    def close(self):
        """Stop it and remove what it left."""
        try:
            self.stop()
        except BaseException:
            print(f"the daemon's log stays in {self.log_path}")
            raise
        shutil.rmtree(self.folder, ignore_errors=True)

    def assert_no_reports(self):
        """Fail if a sanitizer or valgrind had something to say."""
        found = SANITIZER_REPORTS.search(self.log())
        if found:
            start = max(0, found.start() - 500)
            raise AssertionError(f"report in the daemon's log:\n{self.log()[start:start + 6000]}")

    def command(self, *arguments):
        """Run a command of microcosmd on the same database."""
        return run_microcosmd(*arguments, *self.where)

    # One connection for each thread, kept alive.

    def forget_connection(self):
        wire = getattr(self.wires, "wire", None)
        if wire is not None:
            wire.close()
        self.wires.wire = None

    def exchange(self, method, target, headers, body):
        """Send a request over this thread's connection; return status, headers and body."""
        for attempt in (1, 2):
            wire = getattr(self.wires, "wire", None)
            reused = wire is not None and getattr(self.wires, "port", None) == self.port
            if not reused:
                self.forget_connection()
                wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
                self.wires.wire, self.wires.port = wire, self.port
            try:
                wire.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in headers:
                    wire.putheader(name, value)
                wire.endheaders(body)
                reply = wire.getresponse()
                content = reply.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # The server may close an idle connection at any time: then, and only then, again.
                self.forget_connection()
                if not reused or attempt == 2:
                    raise
                continue
            except BaseException:
                self.forget_connection()
                raise
            if reply.will_close:
                self.forget_connection()
            return reply.status, reply.getheaders(), content
        raise AssertionError("not reached")

    # What the daemon remembers, and hears of others.

    def processor_seconds(self):
        """Processor time that it has used since it started: busy neighbours don't count."""
        with open(f"/proc/{self.process.pid}/stat", encoding="latin-1") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def metrics(self):
        """All of its figures, as text."""
        _, _, text = self.exchange("GET", "/metrics", [("Host", BASE_DOMAIN)], None)
        return text.decode()

    def figure(self, name):
        """One of its figures."""
        return int(re.search(rf"^{name} (\d+)$", self.metrics(), re.MULTILINE).group(1))

    def forget_everything(self, connection):
        """Let it forget what it has read, as after a change by hand that nobody else can know of."""
        if self.process is None or not HAS_CACHE:
            return
        with self.forgetting:
            before = self.figure("microcosm_cache_clears_total")
            connection.cursor().execute("NOTIFY microcosm, 'all'")
            wait_until(lambda: self.figure("microcosm_cache_clears_total") > before, "the daemon to hear of it",
                       pause=0.001)


WAKEUPS = "microcosm_feed_wakeups_total"


class Pair:
    """Two daemons on one database that take turns: what one has answered, the other must know.

    Stands where one Daemon would. Between processes a change takes a moment to arrive, usually some
    milliseconds; so after each write the next request waits until the other daemon has heard.
    """

    def __init__(self, conninfo):
        self.conninfo = conninfo
        first = Daemon(conninfo)
        self.daemons = [first, Daemon(conninfo, files=first.files)]
        self.turns = itertools.count()
        self.connections = threading.local()
        self.seen = set()
        self.woken = {}   # daemon -> how often it had been woken at the start
        self.waits = {}   # daemon -> how often it had to hear of a write by the other

    def start(self):
        for daemon in self.daemons:
            daemon.start()
            self.woken[daemon] = daemon.figure(WAKEUPS)
            self.waits[daemon] = 0
        return self

    def close(self):
        """Stop both, whatever the first has to say; what one wrote has to have come to the other by a wake-up."""
        with contextlib.ExitStack() as stack:
            for daemon in self.daemons:
                stack.callback(daemon.close)
            for daemon in self.daemons:
                if HAS_CACHE and daemon.process and daemon.process.poll() is None:
                    self.assert_was_woken(daemon)

    def assert_was_woken(self, daemon):
        """Wake-ups have brought it what the other has written: it would also come to that by itself, each second."""
        woken, waits = daemon.figure(WAKEUPS) - self.woken[daemon], self.waits[daemon]
        assert waits < 20 or woken > waits / 10, f"{waits} waits for the other's writes, {woken} wake-ups"

    def __getattr__(self, name):
        """All else (port, where, command(), probe()) is the first one's."""
        return getattr(self.daemons[0], name)

    def is_alive(self):
        return all(daemon.is_alive() for daemon in self.daemons)

    def processor_seconds(self):
        return sum(daemon.processor_seconds() for daemon in self.daemons)

    def exchange(self, method, target, headers, body):
        turn = next(self.turns) % 2
        answer = self.daemons[turn].exchange(method, target, headers, body)
        if answer[0] < 400 and self.may_write(method, headers):
            self.wait_for(self.daemons[1 - turn])
        return answer

    def may_write(self, method, headers):
        """Whether a request may change something that others see: also the first visit of a member."""
        token = dict(headers).get("Authorization")
        is_first = token is not None and (token, dict(headers).get("Host")) not in self.seen
        if is_first:
            self.seen.add((token, dict(headers).get("Host")))
        return is_first or method not in ("GET", "HEAD", "OPTIONS")

    def wait_for(self, daemon):
        """Until a daemon knows of all changes that are committed now."""
        if not HAS_CACHE:
            return
        cursor = self.connection().cursor()
        cursor.execute("SELECT max(transaction::text::bigint) FROM (SELECT transaction FROM microcosm.changes"
                       " ORDER BY transaction DESC, change_id DESC LIMIT 1) newest")
        newest = cursor.fetchone()[0]
        if newest is None:
            return
        self.waits[daemon] += 1
        wait_until(lambda: daemon.figure("microcosm_feed_position") > newest, "the other daemon to hear of it",
                   pause=0.001)

    def connection(self):
        """This thread's own, with access to all sites."""
        made = getattr(self.connections, "made", None)
        if made is None:
            made = self.connections.made = psycopg2.connect(self.conninfo)
            made.autocommit = True
            made.cursor().execute("SET microcosm.site_id = '0'")
        return made

    def forget_everything(self, connection):
        for daemon in self.daemons:
            daemon.forget_everything(connection)


def serve(conninfo):
    """Whatever serves a database in this run; to be started and closed."""
    return Pair(conninfo) if DAEMONS == 2 else Daemon(conninfo)


# HTTP


class Reply:
    """An answer: status, headers, raw body, and the envelope taken apart."""

    def __init__(self, request, status, headers, body):
        self.request = request
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name):
        """Value of a header, or None; a header that comes twice is a fault."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} is there {len(values)} times"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def data(self):
        return self.json["data"]

    @property
    def error(self):
        return self.json["error"]

    @property
    def location(self):
        return self.header("Location")

    @property
    def id(self):
        """Number at the end of Location."""
        return int(re.search(r"/(\d+)$", self.location).group(1))

    def __repr__(self):
        return f"{self.request} -> {self.status} {self.location or ''} {self.body[:800]!r}"


class Request:
    """What was sent, as far as checks of the reply depend on it."""

    def __init__(self, method, target, headers, is_guest):
        self.method = method
        self.target = target
        self.headers = headers
        self.is_guest = is_guest
        self.path, _, self.query = target.partition("?")

    def __repr__(self):
        return f"{self.method} {self.target}"


class Client:
    """Sends requests to one host with one token. Every reply is checked against docs/http."""

    def __init__(self, daemon, host, token=None, name="guest"):
        self.daemon = daemon
        self.host = host
        self.token = token
        self.name = name

    def __repr__(self):
        return self.name

    def request(self, method, target, body=None, *, json_body=None, form=None, headers=(),
                content_type=None, host=None, token=None, expect=None, check=True):
        """Send a request. `expect` is the status, or a set of them, that it has to have."""
        token = self.token if token is None else token
        sent = [("Host", self.host if host is None else host)]
        given = {name.lower() for name, _ in headers}
        if token and "authorization" not in given:
            sent.append(("Authorization", f"Bearer {token}"))
        if json_body is not None:
            body = json.dumps(json_body).encode()
            content_type = content_type or "application/json"
        elif form is not None:
            body = urllib.parse.urlencode(form).encode()
            content_type = content_type or "application/x-www-form-urlencoded"
        if isinstance(body, str):
            body = body.encode()
        if content_type:
            sent.append(("Content-Type", content_type))
        sent.extend(headers)
        if body is not None or method in ("POST", "PUT", "PATCH"):
            body = body or b""
            sent.append(("Content-Length", str(len(body))))
        is_guest = not token and "authorization" not in given and "access_token=" not in urllib.parse.unquote(target)
        status, received, content = self.daemon.exchange(method, target, sent, body)
        reply = Reply(Request(method, target, sent, is_guest), status, received, content)
        if check:
            contract.check_reply(reply)
        if expect is not None:
            wanted = expect if isinstance(expect, (set, frozenset, tuple)) else {expect}
            assert status in wanted, f"expected {sorted(wanted)} for {self.name}: {reply}"
        return reply

    def get(self, target, **options):
        return self.request("GET", target, **options)

    def head(self, target, **options):
        return self.request("HEAD", target, **options)

    def options(self, target, **options):
        return self.request("OPTIONS", target, **options)

    def post(self, target, json_body=None, **options):
        return self.request("POST", target, json_body=json_body, **options)

    def put(self, target, json_body=None, **options):
        return self.request("PUT", target, json_body=json_body, **options)

    def patch(self, target, json_body=None, **options):
        return self.request("PATCH", target, json_body=json_body, **options)

    def delete(self, target, **options):
        return self.request("DELETE", target, **options)

    def set_flag(self, target, flag, value, **options):
        """PATCH one flag of a thing."""
        return self.patch(target, [{"op": "replace", "path": f"/meta/flags/{flag}", "value": value}], **options)


class RawReply:
    """What came back over a raw socket; nothing in it has been judged."""

    def __init__(self, content, closed, sent):
        self.content = content
        self.closed = closed
        self.sent = sent  # how many pieces, until the other side answered or closed
        first = re.match(rb"HTTP/1\.[01] (\d{3})", content)
        self.status = int(first.group(1)) if first else None

    def __repr__(self):
        return f"status {self.status}, closed {self.closed}, {self.sent} sent, {self.content[:600]!r}"


def raw(port, *pieces, pause=0.0, until_answered=False):
    """Send bytes as they are over a connection of their own; read until it closes or there is a whole reply."""
    content = b""
    closed = False
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        connection.settimeout(DEADLINE)
        try:
            for piece in pieces:
                connection.sendall(piece)
                sent += 1
                if until_answered and select.select([connection], [], [], pause)[0]:
                    break
                if not until_answered:
                    time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            closed = True
        with contextlib.suppress(ConnectionResetError, socket.timeout):
            while True:
                part = connection.recv(65536)
                if not part:
                    closed = True
                    break
                content += part
                # One whole reply is enough; a server may well keep the connection open.
                head, separator, rest = content.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                if separator and length and len(rest) >= int(length.group(1)):
                    break
    return RawReply(content, closed, sent)


# makers


class Person(Client):
    """A member of a site: a client with a token, a profile and a name."""

    def __init__(self, site, email, token, name):
        super().__init__(site.daemon, site.host, token, name)
        self.site = site
        self.email = email
        self.profile_id = None
        self.user_id = None

    def arrive(self):
        """Come to the site for the first time and take a name."""
        me = self.get("/api/v1/whoami", expect=200).data
        self.profile_id, self.user_id = me["id"], me["userId"]
        self.put(f"/api/v1/profiles/{self.profile_id}", {"profileName": self.name}, expect=302)
        return self


class Site:
    """A site of its own, with its owner; makes members and content."""

    keys = itertools.count(1)

    def __init__(self, daemon, key=None, title="Harbour", owner="skipper"):
        self.daemon = daemon
        self.key = key or f"site{next(self.keys)}"
        self.host = f"{self.key}.{BASE_DOMAIN}"
        self.numbers = itertools.count(1)
        self.connection = None
        self.has_dump = False  # the connection has prepared the statement of dump()
        email = f"{owner}@{self.key}.example"
        daemon.command("site", "create", self.key, "--title", title, "--owner", email)
        self.guest = Client(daemon, self.host)
        self.owner = Person(self, email, self.token(email), owner).arrive()
        self.id = self.guest.get("/api/v1/site", expect=200).data["siteId"]
        self.root = self.guest.get("/api/v1/microcosms/tree", expect=200).data[0]["id"]

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection, self.has_dump = None, False

    def token(self, email):
        """A new access token for an e-mail address."""
        return self.daemon.command("token", "create", "--site", self.key, "--email", email).strip()

    def person(self, name):
        """A new member of that name."""
        email = f"{name.lower()}@{self.key}.example"
        return Person(self, email, self.token(email), name).arrive()

    def newcomer(self):
        """A new member of no name in particular."""
        return self.person(f"newcomer{next(self.numbers)}")

    def unique(self, what):
        """A text that no other thing of this site has."""
        return f"{what} {next(self.numbers)}"

    def microcosm(self, title=None, by=None, parent=None, **fields):
        """Make a microcosm; return its id."""
        body = {"title": title or self.unique("Mooring"), "description": "A place to talk", **fields}
        if parent is not None:
            body["parentId"] = parent
        return (by or self.owner).post("/api/v1/microcosms", body, expect=302).id

    def conversation(self, microcosm, title=None, by=None):
        """Make a conversation; return its id."""
        body = {"microcosmId": microcosm, "title": title or self.unique("Which knot is number")}
        return (by or self.owner).post("/api/v1/conversations", body, expect=302).id

    def comment(self, conversation, markdown=None, by=None, reply_to=None, item_type="conversation"):
        """Make a comment; return its id."""
        body = {"itemType": item_type, "itemId": conversation,
                "markdown": markdown or self.unique("Try a bowline, or number")}
        if reply_to is not None:
            body["inReplyTo"] = reply_to
        return (by or self.owner).post("/api/v1/comments", body, expect=302).id

    # What has no route yet.

    def searchable(self):
        """Wait until all that was written can be found by a search."""
        newest = self.sql("SELECT coalesce(max(change_id), 0) FROM microcosm.changes")[0][0]
        wait_until(lambda: self.sql("""
            SELECT NOT EXISTS (SELECT FROM microcosm.search_pending)
               AND NOT EXISTS (SELECT FROM microcosm.search_progress p
                                WHERE p.snapshot IS NULL
                                   OR EXISTS (SELECT FROM microcosm.changes c
                                               WHERE c.change_id <= %s
                                                 AND NOT pg_visible_in_snapshot(c.transaction, p.snapshot)))""",
                                    newest)[0][0], "search documents")

    def connect(self):
        """A connection of the role that owns the database, to this site."""
        if self.connection is None:
            self.connection = psycopg2.connect(self.daemon.conninfo)
            self.connection.autocommit = True
            self.connection.cursor().execute(f"SET microcosm.site_id = '{int(self.id)}'")
        return self.connection

    def sql(self, statement, *values):
        """Run a statement as the role that owns the database, on this site; return its rows."""
        cursor = self.connect().cursor()
        cursor.execute(statement, values)
        rows = cursor.fetchall() if cursor.description else []
        if not statement.lstrip().upper().startswith("SELECT"):
            self.daemon.forget_everything(self.connection)
        return rows

    RIGHTS = ("create", "read", "update", "delete", "close_own", "open_own", "read_others")

    def role(self, microcosm, rights=(), *, moderator=False, banned=False, guests=False,
             users=False, people=(), criteria=()):
        """Make a role on a microcosm; return its id.

        rights are names of RIGHTS, or "all". A criterion is a tuple (or_group, profile_column,
        attr_key, predicate, value).
        """
        if rights == "all":
            rights = self.RIGHTS
        flags = {f"can_{right}": right in rights for right in self.RIGHTS}
        flags.update(is_moderator=moderator, is_banned=banned, include_guests=guests, include_users=users)
        columns = ", ".join(flags)
        marks = ", ".join(["%s"] * len(flags))
        (role_id,), = self.sql(
            f"INSERT INTO microcosm.roles (site_id, microcosm_id, title, created_by, {columns})"
            f" VALUES (%s, %s, %s, %s, {marks}) RETURNING role_id",
            self.id, microcosm, self.unique("Role"), self.owner.profile_id, *flags.values())
        for person in people:
            self.sql("INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id) VALUES (%s, %s, %s)",
                     self.id, role_id, person.profile_id)
        for or_group, column, key, predicate, value in criteria:
            kinds = {bool: "value_boolean", int: "value_number", float: "value_number", str: "value_text"}
            self.sql("INSERT INTO microcosm.role_criteria"
                     f" (site_id, role_id, or_group, profile_column, attr_key, predicate, {kinds[type(value)]})"
                     " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                     self.id, role_id, or_group, column, key, predicate, value)
        return role_id

    def drop_role(self, role_id):
        """Take a role away again."""
        for table in ("role_criteria", "role_profiles", "roles"):
            self.sql(f"DELETE FROM microcosm.{table} WHERE site_id = %s AND role_id = %s", self.id, role_id)

    def closed_microcosm(self, insiders=(), by=None, parent=None, title=None):
        """Make a microcosm that only some people may read."""
        microcosm = self.microcosm(title, by=by, parent=parent)
        self.role(microcosm, ("create", "read"), people=insiders)
        return microcosm

    def ban(self, person, expires=None):
        """Put a person on the site's ban list; expires is an SQL interval from now."""
        self.sql("INSERT INTO microcosm.site_bans (site_id, user_id, expires, display_reason, admin_reason)"
                 " VALUES (%s, %s, now() + %s::interval, 'rude', 'rude again')",
                 self.id, person.user_id, expires)

    ITEM_TYPES = {"site": 1, "microcosm": 2, "profile": 3, "comment": 4, "huddle": 5, "conversation": 6,
                  "poll": 7, "event": 9}

    def ignore(self, person, item_type, item_id):
        """Let a person ignore a thing."""
        person.put("/api/v1/ignored", {"itemType": item_type, "itemId": item_id}, expect=200)

    def stop_ignoring(self, person):
        """Let a person ignore nothing."""
        self.sql("DELETE FROM microcosm.ignores WHERE site_id = %s AND profile_id = %s", self.id, person.profile_id)

    def age(self, table, key, value, interval):
        """Make a row older than it is."""
        self.sql(f"UPDATE microcosm.{table} SET created = created - %s::interval"
                 f" WHERE site_id = %s AND {key} = %s", interval, self.id, value)


# What mere reading, counting, background work and the passing of time change.
UNSTEADY_TABLES = re.compile(r"search_\w+|changes_trimmed|mail_codes|mails|queue|read_marks|updates|unsettled_.*|.*_(counters|deltas|stats)")
UNSTEADY_COLUMNS = {"all_read_at", "comment_count", "huddles_read_at", "item_count", "last_active", "view_count"}


_dump_statement = None


def dump_statement(site):
    """The statement of dump(): one digest for each table that has rows of sites. Written once; $1 is the site."""
    global _dump_statement
    if _dump_statement is None:
        columns = {}
        for table, column in site.sql(
                "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t"
                " USING (table_schema, table_name) WHERE table_schema = 'microcosm' AND table_type = 'BASE TABLE'"
                " ORDER BY 1, c.ordinal_position"):
            columns.setdefault(table, []).append(column)
        parts = []
        for table, names in columns.items():
            if "site_id" in names and not UNSTEADY_TABLES.fullmatch(table):
                kept = ", ".join(name for name in names if name not in UNSTEADY_COLUMNS)
                parts.append(f"SELECT '{table}', count(*) || ' ' || coalesce(sum(hash_record_extended(r, 0)), 0)"
                             f" FROM (SELECT {kept} FROM microcosm.{table} WHERE site_id = $1) r")
        _dump_statement = " UNION ALL ".join(parts)
    return _dump_statement


def dump(site):
    """A digest of all rows of a site, by table, with what writes put there and nothing else."""
    cursor = site.connect().cursor()
    if not site.has_dump:  # planning it takes longer than running it, so that is done once
        cursor.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE dump (int) AS {dump_statement(site)}")
        site.has_dump = True
    cursor.execute("EXECUTE dump (%s)", (site.id,))
    return dict(cursor.fetchall())


def changed(before, after):
    """Tables that differ between two dumps."""
    return {table for table in before.keys() | after.keys() if before.get(table) != after.get(table)}


def expire_token(site, token):
    """Let a token's time run out."""
    site.sql("UPDATE microcosm.access_tokens SET expires = now() - interval '1 minute' WHERE token_hash = %s",
             psycopg2.Binary(hashlib.sha256(token.encode()).digest()))


def parallel(work, inputs):
    """Run work(input) in a thread for each input; return the results, or raise the first failure."""
    inputs = list(inputs)
    results = [None] * len(inputs)
    failures = []

    def run(index):
        try:
            results[index] = work(inputs[index])
        except BaseException as failure:  # handed to the caller below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def race(site, lock, work, count=2, meanwhile=None):
    """Run work(number) in so many threads. All have come to where they wait for what the statement locks before any of them goes
    on: so what each has read before is the same. Then meanwhile() is done."""
    holder, replies = psycopg2.connect(site.daemon.conninfo), []
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    try:
        holder.cursor().execute(lock)
        runner = threading.Thread(target=lambda: replies.extend(parallel(work, range(count))), daemon=True)
        runner.start()
        wait_until(lambda: site.sql(waiting)[0][0] >= count, "all of them to wait")
        if meanwhile:
            meanwhile()
        holder.rollback()
        runner.join(DEADLINE)
    finally:
        holder.close()
    assert len(replies) == count
    return replies
