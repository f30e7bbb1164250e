"""What is measured, started and stopped: a PostgreSQL, microcosmd and its constant double."""

import contextlib
import glob
import os
import pwd
import re
import signal
import socket
import subprocess
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "127.0.0.1"

# For load.sql, which says what they mean.
SCALES = {
    "small": {"sites": 20, "conversations": 1000, "comments": 20000, "thread": 2000},
    "full": {"sites": 1000, "conversations": 50000, "comments": 1000000, "thread": 100000},
}


def server_program(name):
    """Path of one of PostgreSQL's programs, the newest there is."""
    found = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    if not found:
        raise SystemExit(f"bench: {name} of PostgreSQL is not installed")
    return max(found, key=lambda path: int(re.search(r"postgresql/(\d+)", path).group(1)))


class Postgres:
    """The private PostgreSQL that `microcosmd --data` makes, with the settings it has there.

    It is started from here, so that it stays while daemons come and go.
    """

    def __init__(self, microcosmd, folder):
        self.microcosmd = microcosmd
        self.folder = folder
        self.home = os.path.join(folder, "postgresql")
        self.log_path = os.path.join(folder, "bench-postgres.log")
        self.process = None

    def make(self):
        """Make the database, or bring it up to date."""
        subprocess.run([self.microcosmd, "migrate", "--data", self.folder, "--log-level", "error"], check=True)
        if not os.path.isdir(self.home):
            raise SystemExit(f"bench: PostgreSQL cannot live in {self.folder}; give another folder with --data")

    def start(self, **settings):
        owner = pwd.getpwuid(os.stat(self.home).st_uid)
        command = [server_program("postgres"), "-D", os.path.join(self.home, "data"),
                   *(f"--{name}={value}" for name, value in settings.items())]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--init-groups", *command]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.connect("postgres", "postgres").close()
                return
            except psycopg2.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"bench: PostgreSQL did not start, see {self.log_path}") from None
                time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=120)
            self.process = None

    def processor_seconds(self):
        """Spent so far by the processes that it has now."""
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True).stdout
        return sum(map(ticks, children.split())) / os.sysconf("SC_CLK_TCK")

    def socket_folder(self):
        return os.path.realpath(os.path.join(self.home, "run"))

    def conninfo(self, database="microcosm", role="microcosm"):
        return f"host={self.socket_folder()} dbname={database} user={role}"

    def environment(self, **settings):
        """For psql and pgbench, as the role that owns the forum."""
        options = " ".join(f"-c {name.replace('__', '.')}={value}" for name, value in settings.items())
        return {**os.environ, "PGHOST": self.socket_folder(), "PGDATABASE": "microcosm", "PGUSER": "microcosm",
                "PGOPTIONS": options}

    def connect(self, database="microcosm", role="microcosm"):
        """A connection that sees all sites and commits each statement."""
        connection = psycopg2.connect(self.conninfo(database, role), options="-c microcosm.site_id=0")
        connection.autocommit = True
        return connection

    def as_superuser(self, *statements):
        connection = self.connect("microcosm", "postgres")
        with contextlib.closing(connection), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, statement):
        connection = self.connect()
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def load(self, **scale):
        """Fill the empty database with one of SCALES."""
        subprocess.run(["psql", "-Xq", *(f"-v{name}={value}" for name, value in scale.items()),
                        "-f", os.path.join(HERE, "load.sql")],
                       check=True, env=self.environment(microcosm__site_id=0))

    def settle(self):
        """What would otherwise happen by itself in the middle of a measurement."""
        self.as_superuser("VACUUM ANALYZE", "CHECKPOINT")


def ticks(pid):
    """Processor time of a process, in the unit of the kernel."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


class Server:
    """A running microcosmd, or bench_constant, which takes the same arguments."""

    def __init__(self, program, conninfo, *arguments, **environment):
        self.environment = {**os.environ, **environment}
        self.command = [program, "serve", "--database", conninfo, "--log-level", "warning", *arguments]
        self.process = None
        self.port = None
        self.seconds_to_ready = None

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        began = time.perf_counter()
        self.process = subprocess.Popen([*self.command, "--listen", f"{HOST}:{self.port}"], env=self.environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            while not self._is_ready():
                if self.process.poll() is not None or time.perf_counter() - began > 60:
                    raise SystemExit(f"bench: {self.command[0]} did not become ready")
                time.sleep(0.0005)
        except BaseException:
            self.process.kill()
            raise
        self.seconds_to_ready = time.perf_counter() - began
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        if status != 0:
            raise SystemExit(f"bench: {self.command[0]} ended with {status}")

    def _is_ready(self):
        try:
            return self.raw("/readyz").startswith(b"HTTP/1.1 200")
        except ConnectionError:
            return False

    def url(self, path="/"):
        return f"http://{HOST}:{self.port}{path}"

    def raw(self, path, host="localhost", token=None, method="GET", body=None, content_type="application/json"):
        """One request on a connection of its own; all bytes of the reply."""
        body = body.encode() if isinstance(body, str) else body
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if body is not None:
            lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        with socket.create_connection((HOST, self.port), timeout=30) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def processor_seconds(self):
        """Spent so far, in the program and in the kernel for it."""
        return ticks(self.process.pid) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024


class Nginx(Server):
    """A running nginx that serves the files of a folder."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "nginx.conf")
        self.folder = folder
        super().__init__("/usr/sbin/nginx", "")

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        with open(self.path, "w", encoding="ascii") as settings:
            settings.write(f"""
                daemon off; user root; worker_processes auto; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx.log;
                events {{ worker_connections 256; }}
                http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {self.folder}/b;
                    proxy_temp_path {self.folder}/p; fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u;
                    scgi_temp_path {self.folder}/s;
                    server {{ listen {HOST}:{self.port}; root {self.folder}; location /readyz {{ return 200; }} }} }}""")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", self.path], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.perf_counter() + 60
        while not self._is_ready():
            if self.process.poll() is not None or time.perf_counter() > deadline:
                raise SystemExit("bench: nginx did not start")
            time.sleep(0.01)
        return self

    def processor_seconds(self):
        workers = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True).stdout
        return sum(map(ticks, workers.split())) / os.sysconf("SC_CLK_TCK")
