"""Measures microcosmd, each figure against something measured back to back with it; prints one table.

Called by scripts/bench. docs/benchmarks.md says what each row means. Ends with an error if anything goes wrong
on the way (a reply that is not 2xx or 3xx, a failed transaction), never because something is slow.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import load
import statements
from service import SCALES, Nginx, Postgres, Server

HERE = os.path.dirname(os.path.abspath(__file__))

# As load.sql makes them.
SITE_ID = 2
HOST = "bench0.localhost"
MEMBERS = "1-64"
A_MEMBER = "bench-7"
PAGE = "/api/v1/conversations/1"
LISTING = "/api/v1/microcosms/2"

CONNECTIONS = 8     # of wrk, where it reads
WRITERS = 8
READING_CONNECTIONS = 2 * os.cpu_count()  # of the daemon's, by its default; and so many pgbench has
MIXED_CLIENTS = 64


class Bench:
    """What the rows need: the data, the programs, how long and how often."""

    def __init__(self, options, postgres):
        self.options = options
        self.postgres = postgres
        self.seconds = options.seconds
        self.repeats = options.repeats
        self.scale = SCALES[options.scale]
        self.large = self.scale["conversations"] // 5  # conversations of the large site
        self.thread = self.scale["conversations"]      # the long one
        self.folder = tempfile.mkdtemp(prefix="microcosm-bench.")
        self.mixed_resident = None
        self.mixed_rate = None
        listed = subprocess.run([options.microcosmd, "help"], capture_output=True, text=True, check=True).stdout
        self.has_cache = "cache-size" in listed

    def close(self):
        shutil.rmtree(self.folder)

    def daemon(self, *arguments, cache=True):
        off = ["--cache-size", "0"] if self.has_cache and not cache else []
        return Server(self.options.microcosmd, self.postgres.conninfo(), *off, *arguments)

    def constant(self):
        return Server(self.options.constant, self.postgres.conninfo())

    def file(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in lines)
        return path

    def pairs(self, measured, against):
        """Both, one after the other, again and again; the first of each only warms up."""
        measured(), against()
        return [(measured(), against()) for _ in range(self.repeats)]


def row(unit, pairs, higher_is_better=True, expected=None):
    """A row of the table from pairs of measured and compared."""
    ratios = [a / b for a, b in pairs]
    return {"unit": unit, "measured": [a for a, _ in pairs], "against": [b for _, b in pairs],
            "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
            "expected": expected, "higher_is_better": higher_is_better}


# Pages from memory against constant bytes

def total_bytes(reply):
    if not reply.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"bench: not a page: {reply[:200]!r}")
    return len(reply)


def constant_path(constant, size):
    """A path whose reply has as many bytes, headers included."""
    body = size
    for _ in range(3):  # the length of Content-Length counts too
        body += size - total_bytes(constant.raw(f"/constant/{body}"))
    return f"/constant/{body}"


def against_constant(bench, path, token, expected):
    with bench.daemon() as daemon, bench.constant() as constant:
        size = total_bytes(daemon.raw(path, HOST, token))
        paths = bench.file("page", [path])
        same_size = bench.file("constant", [constant_path(constant, size)])
        members = {"members": MEMBERS, "share": 100} if token else {}
        pairs = bench.pairs(
            lambda: load.wrk(daemon, "/", CONNECTIONS, bench.seconds, host=HOST, paths=paths, **members),
            lambda: load.wrk(constant, "/", CONNECTIONS, bench.seconds, host=HOST, paths=same_size, **members))
    page, plain = ([result["processor_us"] for result in results] for results in zip(*pairs))
    return {**row("req/s", [(a["rate"], b["rate"]) for a, b in pairs], expected=expected), "reply_bytes": size,
            "processor_us": page, "processor_us_against": plain,
            "note": f"{size:,} bytes; processor time of the daemon {statistics.median(page):.1f} / "
                    f"{statistics.median(plain):.1f} us a request"}


def guest_page(bench):
    return against_constant(bench, PAGE, None, ">= 0.8")


def member_page(bench):
    return against_constant(bench, PAGE, A_MEMBER, ">= 0.5")


def guest_listing(bench):
    return against_constant(bench, LISTING, None, ">= 0.8")


def member_listing(bench):
    return against_constant(bench, LISTING, A_MEMBER, ">= 0.5")


# Pages from the database against its own statements

def check_rows(bench, text, variables, item, least):
    """The script must get its rows: without the site, row-level security shows none, and that is quick."""
    statements_only = "\n".join(line for line in text.splitlines() if not line.startswith("\\"))
    statements_only = re.sub(r"(?<!:):([a-z]\w*)", r":'\1'", statements_only)  # psql puts texts in, pgbench values
    settings = [f"-v{name}={value}" for name, value in {**variables, "item": item}.items()]
    found = subprocess.run(["psql", "-XAtq", *settings], input=statements_only, capture_output=True, text=True, check=True,
                           env=bench.postgres.environment(microcosm__site_id=SITE_ID)).stdout
    if found.count("\n") < least:
        raise SystemExit(f"bench: the statements of a page give no page:\n{text}\n{found}")


def cold_page(bench):
    items = (1, bench.large)
    paths = bench.file("pages", (f"/api/v1/conversations/{n}" for n in range(items[0], items[1] + 1)))
    with bench.daemon(cache=False) as daemon:
        def ask(item):
            return lambda: total_bytes(daemon.raw(f"/api/v1/conversations/{item}", HOST))

        ask(1)()
        with statements.Recorder(bench.postgres) as recorder:
            one, two = recorder.pair(ask(11), ask(13))
        text, variables = statements.to_script(one, two, 11, 13, items)
        check_rows(bench, text, variables, 11, 26)
        script = bench.file("page.sql", text.splitlines())
        pairs = bench.pairs(
            lambda: load.wrk(daemon, "/", CONNECTIONS, bench.seconds, host=HOST, paths=paths)["rate"],
            lambda: load.pgbench(bench.postgres, script, READING_CONNECTIONS, bench.seconds, variables,
                                 **statements.SESSION, microcosm__site_id=SITE_ID))
    return {**row("req/s", pairs, expected=">= 0.9"),
            "note": f"{len(one)} statements in {len(statements.trips(one))} trips"}


# Writes

MARKDOWN = ("I had the same trouble last spring, and it took me **three weekends** to find out what it was. There is a "
            "[drawing](https://plans.example.org/frames/17) that shows how the two halves meet.\n\nSaturday suits me, "
            "I can bring two more if somebody has room in the car. The trick is to cut it at an angle, then it holds "
            "without any glue. Number 123456-7-1234.")
HTML = ("<p>I had the same trouble last spring, and it took me <strong>three weekends</strong> to find out what it was. "
        "There is a <a href=\"https://plans.example.org/frames/17\" rel=\"nofollow noopener\" target=\"_blank\">drawing</a> that shows how the two "
        "halves meet.</p>\n\n<p>Saturday suits me, I can bring two more if somebody has room in the car. The trick is to "
        "cut it at an angle, then it holds without any glue. Number 123456-7-1234.</p>\n")


def rows_written(bench, write, count):
    """Rows inserted and updated by one of count writes, by table. Following happens only at the first comment on
    a conversation, and members' activity and read marks are noted once for many: these are left out."""
    def counters():
        time.sleep(0.5)  # servers tell theirs when they end
        return {name: (ins, upd) for name, ins, upd in bench.postgres.rows(
            "SELECT relname, n_tup_ins, n_tup_upd FROM pg_stat_user_tables"
            " WHERE schemaname = 'microcosm' AND relname NOT IN ('watchers', 'read_marks')")}

    before = counters()
    write()
    after = counters()
    found = {name: tuple(round((now - then) / count) for now, then in zip(figures, before.get(name, (0, 0))))
             for name, figures in after.items()}
    return {name: each for name, each in sorted(found.items()) if any(each)}


def check_same_rows(bench, script, variables):
    """The script must go on writing what the daemon writes, or the row would compare two different things."""
    count = 40
    body = '{"itemType":"conversation","itemId":%d,"markdown":"Checking what is written, %d."}'

    def by_daemon():
        with bench.daemon() as daemon:
            for n in range(count):
                reply = daemon.raw("/api/v1/comments", HOST, A_MEMBER, "POST", body % (n + 2, time.time_ns()))
                if not reply.startswith(b"HTTP/1.1 302"):
                    raise SystemExit(f"bench: not posted: {reply[:300]!r}")

    def by_script():
        load.pgbench(bench.postgres, script, 1, None, variables, transactions=count, **statements.SESSION,
                     microcosm__site_id=SITE_ID)

    ours, theirs = rows_written(bench, by_daemon, count), rows_written(bench, by_script, count)
    if ours != theirs:
        raise SystemExit("bench: tests/bench/post.sql doesn't write the rows (inserted, updated) that the daemon does:"
                         f"\n  post.sql    {theirs}\n  microcosmd  {ours}")


def post(bench):
    script = os.path.join(HERE, "post.sql")
    variables = {"site": SITE_ID, "first_item": 2, "last_item": bench.large, "markdown": MARKDOWN, "html": HTML}
    items = bench.file("items", (str(n) for n in range(2, bench.large + 1)))
    check_same_rows(bench, script, variables)
    with bench.daemon() as daemon:
        pairs = bench.pairs(
            lambda: load.wrk(daemon, "/", WRITERS, bench.seconds, host=HOST, members=MEMBERS, writes=100,
                             items=items)["rate"],
            lambda: load.pgbench(bench.postgres, script, WRITERS, bench.seconds, variables, **statements.SESSION,
                                 microcosm__site_id=SITE_ID))
    return row("req/s", pairs, expected=">= 0.6")


def post_one_item(bench):
    """Writers who all comment on one conversation, one after another: more of them must not write fewer. The processor time
    of a comment says whether the cores are busy, or the writers wait for the disk."""
    items = bench.file("item", ["2"])
    found = {}

    def write(daemon, clients):
        before = bench.postgres.processor_seconds()
        result = load.wrk(daemon, "/", clients, bench.seconds, host=HOST, members=MEMBERS, writes=100, items=items)
        database_us = (bench.postgres.processor_seconds() - before) * 1e6 / result["requests"]
        cores = (result["processor_us"] + result["client_us"] + database_us) * result["rate"] / 1e6
        return result | {"database_us": database_us, "cores": cores}

    with bench.daemon() as daemon:
        for clients in (1, 4, 16):
            each = [write(daemon, clients) for _ in range(bench.repeats)]
            found |= figures(each, (f"{clients} req/s", "rate", 1), (f"{clients} p99 ms", "p99_us", 1000),
                             (f"{clients} PostgreSQL us", "database_us", 1), (f"{clients} daemon us", "processor_us", 1),
                             (f"{clients} wrk us", "client_us", 1), (f"{clients} cores busy", "cores", 1))
    return {"figures": found, "expected": "more with more clients"}


# A conversation with many followers

FOLLOWERS = 10_000
FOLLOWED = 3    # conversations of the large site
UNFOLLOWED = 4


def add_followers(bench):
    bench.postgres.rows(f"""
        WITH new AS (
            INSERT INTO microcosm.users (email, canonical_email)
            SELECT mail, mail FROM generate_series(1, {FOLLOWERS}) n, concat('follower', n, '@example.org') mail
             WHERE NOT EXISTS (SELECT FROM microcosm.users WHERE canonical_email = 'follower1@example.org')
            RETURNING user_id
        ), person AS (
            INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order, avatar)
            SELECT {SITE_ID}, user_id, 'follower' || user_id, 'fo11ovver' || user_id, 'follower' || user_id, '/api/v1/files/a' FROM new
            RETURNING profile_id
        )
        INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id)
        SELECT {SITE_ID}, profile_id, 6, {FOLLOWED} FROM person RETURNING profile_id""")
    bench.postgres.settle()


def seconds_until_told(bench):
    """Until each who follows it is told of the newest comment on it; its author isn't. Looks for both as wholes: what is
    looked up for each of them is planned by statistics of before, and takes longer than what is measured."""
    began = time.monotonic()
    while bench.postgres.rows(f"""
            WITH newest AS MATERIALIZED (
                SELECT last_comment_by AS profile_id, last_comment_created AS created
                  FROM microcosm.items WHERE site_id = {SITE_ID} AND item_id = {FOLLOWED}
            )
            (SELECT profile_id FROM microcosm.watchers WHERE site_id = {SITE_ID} AND item_type = 6 AND item_id = {FOLLOWED}
             EXCEPT SELECT profile_id FROM newest)
            EXCEPT
            SELECT profile_id FROM microcosm.updates
             WHERE site_id = {SITE_ID} AND update_type_id = 1 AND about_type = 6 AND about_id = {FOLLOWED}
               AND created >= (SELECT created FROM newest)
             LIMIT 1"""):
        if time.monotonic() - began > 60:
            raise SystemExit("bench: not all who follow a conversation are told")
        time.sleep(0.05)
    return time.monotonic() - began


def post_followed(bench):
    add_followers(bench)
    items = {item: bench.file(f"item{item}", [str(item)]) for item in (FOLLOWED, UNFOLLOWED)}
    told = []
    with bench.daemon() as daemon:
        def milliseconds(item):
            found = load.wrk(daemon, "/", 1, bench.seconds, host=HOST, members=MEMBERS, writes=100, items=items[item])
            if item == FOLLOWED:
                told.append(seconds_until_told(bench))
            return found["p50_us"] / 1000

        pairs = bench.pairs(lambda: milliseconds(FOLLOWED), lambda: milliseconds(UNFOLLOWED))
    return {**row("ms", pairs, higher_is_better=False, expected="<= 1.2"), "told_s": told,
            "note": f"{FOLLOWERS:,} followers are told {statistics.median(told):.1f} s after the last (at most {max(told):.1f}; <= 10)"}


# A long thread

def last_page(bench, cache):
    (shown,), = bench.postgres.rows(
        f"SELECT comment_count FROM microcosm.items WHERE site_id = {SITE_ID} AND item_id = {bench.thread}")
    first = f"/api/v1/conversations/{bench.thread}"
    last = f"{first}?offset={(shown - 1) // 25 * 25}"
    with bench.daemon(cache=cache) as daemon:
        total_bytes(daemon.raw(last, HOST))
        paths = {path: bench.file(f"thread{n}", [path]) for n, path in enumerate((first, last))}

        def milliseconds(path):
            return 1000 / load.wrk(daemon, "/", 1, bench.seconds, host=HOST, paths=paths[path])["rate"]

        pairs = bench.pairs(lambda: milliseconds(last), lambda: milliseconds(first))
    return row("ms", pairs, higher_is_better=False, expected="<= 1.5")


# A file from the disk against nginx

FILE_SIZE = 1 << 20


def uploaded(daemon, content):
    """Its path, once everybody may read it."""
    body = (b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--edge--\r\n")
    reply = daemon.raw("/api/v1/files", HOST, A_MEMBER, "POST", body, "multipart/form-data; boundary=edge")
    file_hash = hashlib.sha1(content).hexdigest()
    profile = re.search(rb'"id":(\d+)', daemon.raw("/api/v1/whoami", HOST, A_MEMBER))[1].decode()
    attached = daemon.raw(f"/api/v1/profiles/{profile}/attachments", HOST, A_MEMBER, "POST", f'{{"fileHash":"{file_hash}"}}')
    if file_hash.encode() not in reply or not attached.startswith(b"HTTP/1.1 302"):
        raise SystemExit(f"bench: not uploaded: {reply[:300]!r} {attached[:300]!r}")
    return f"/api/v1/files/{file_hash}"


def file(bench):
    content = os.urandom(FILE_SIZE)
    with open(os.path.join(bench.folder, "file.bin"), "wb") as plain:
        plain.write(content)
    with bench.daemon("--files", os.path.join(bench.folder, "files")) as daemon, Nginx(bench.folder) as nginx:
        path = uploaded(daemon, content)
        if content not in daemon.raw(path, HOST) or content not in nginx.raw("/file.bin"):
            raise SystemExit("bench: the file isn't served")
        ours, theirs = bench.file("path", [path]), bench.file("plain", ["/file.bin"])
        pairs = bench.pairs(lambda: load.wrk(daemon, "/", CONNECTIONS, bench.seconds, host=HOST, paths=ours)["rate"],
                            lambda: load.wrk(nginx, "/", CONNECTIONS, bench.seconds, host=HOST, paths=theirs)["rate"])
    return row("req/s", pairs, expected=">= 0.6")


# Everything at once

def by_popularity(count):
    """Conversations of the large site, each as often as it is asked for: the n-th 1/n as often as the first."""
    return [n for n in range(1, count + 1) for _ in range(max(1, round(count / n)))]


@contextlib.contextmanager
def mixed_daemon(bench):
    """A daemon that has had some of the mixed load, and what gives it more."""
    popular = by_popularity(bench.large)
    read = [f"/api/v1/conversations/{n}" for n in popular]
    read += [f"/api/v1/microcosms/{2 + n % 8}" for n in range(len(read) // 9)]  # one read in ten
    paths = bench.file("mixed", read)
    items = bench.file("items", map(str, popular))
    with bench.daemon("--threads", str(MIXED_CLIENTS + 16)) as daemon:
        def run(seconds, rate=None):
            return load.wrk(daemon, "/", MIXED_CLIENTS, seconds, rate, host=HOST, paths=paths, members=MEMBERS, share=50,
                            writes=10, items=items)

        run(bench.seconds)
        yield daemon, run


def figures(found, *wanted):
    """Of each of wrk's findings those wanted, which are lists of title, name and unit."""
    return {title: [each[name] / unit for each in found] for title, name, unit in wanted}


PERCENTILES = (("p50 ms", "p50_us", 1000), ("p99 ms", "p99_us", 1000), ("p99.9 ms", "p999_us", 1000))


def mixed(bench):
    with mixed_daemon(bench) as (daemon, run):
        found = [run(bench.seconds * 2) for _ in range(bench.repeats)]
        bench.mixed_resident = daemon.resident_bytes()
    bench.mixed_rate = statistics.median(each["rate"] for each in found)
    return {"figures": figures(found, ("req/s", "rate", 1), *PERCENTILES), "expected": "p99 < 10 ms"}


def mixed_paced(bench):
    """The same clients with pauses, at half of the rate that they had without."""
    if bench.mixed_rate is None:
        mixed(bench)
    with mixed_daemon(bench) as (_, run):
        found = [run(bench.seconds * 2, bench.mixed_rate / 2) for _ in range(bench.repeats)]
    return {"figures": figures(found, ("req/s", "rate", 1), *PERCENTILES, ("late p99 ms", "late_p99_ms", 1)),
            "expected": "p99 < 10 ms"}


# Memory and start

def memory(bench):
    if bench.mixed_resident is None:
        mixed(bench)
    idle, touched = [], []
    for _ in range(3):
        with bench.daemon() as daemon:
            time.sleep(1)
            idle.append(daemon.resident_bytes() / 2**20)
            for k in range(bench.scale["sites"]):
                total_bytes(daemon.raw("/api/v1/microcosms", f"bench{k}.localhost"))
                total_bytes(daemon.raw("/api/v1/conversations", f"bench{k}.localhost"))
            touched.append(daemon.resident_bytes() / 2**20)
    return {"figures": {"idle MiB": idle, f"{bench.scale['sites']} sites MiB": touched,
                        "after mixed MiB": [bench.mixed_resident / 2**20]}, "expected": "idle < 20 MB"}


def start(bench):
    times = []
    for _ in range(bench.repeats * 2):
        with bench.daemon() as daemon:
            times.append(daemon.seconds_to_ready * 1000)
    return {"figures": {"ms": times}, "expected": "< 100 ms"}


# The bindings

def bindings(bench):
    """What a call of a warm page costs more from Python and Ruby than from C; each has a benchmark of its own."""
    done = subprocess.run(["meson", "test", "-C", bench.options.build, "--benchmark", "-v", "python-calls", "ruby-calls"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    figures, language = {}, None
    for line in done.stdout.splitlines():
        if header := re.search(r"\bC +(Python|Ruby) +overhead\b", line):
            language = header.group(1)
        elif row := re.match(r"(conversation_\w+), warm page +([\d.]+) +([\d.]+) +([\d.]+)", line):
            figures[f"{language} {row.group(1).removeprefix('conversation_')} us"] = [float(row.group(4))]
    if done.returncode or len(figures) != 4:
        raise SystemExit(f"bench: the bindings' benchmarks failed\n{done.stdout}")
    return {"figures": figures, "expected": "< 20 us"}


ROWS = {
    "guest-page": ("guest, warm conversation page", guest_page),
    "member-page": ("member, warm conversation page", member_page),
    "guest-listing": ("microcosm listing, guest", guest_listing),
    "member-listing": ("microcosm listing, member", member_listing),
    "cold-page": ("cold conversation page / pgbench", cold_page),
    "post": ("post a comment, 8 writers / pgbench", post),
    "post-one-item": ("comments on one item, 1 / 4 / 16 clients", post_one_item),
    "post-followed": ("post, 10,000 followers / none", post_followed),
    "last-page-cold": ("last / first page of long thread, cold", lambda bench: last_page(bench, False)),
    "last-page-warm": ("last / first page of long thread, warm", lambda bench: last_page(bench, True)),
    "file": ("a file of 1 MiB from disk / nginx", file),
    "mixed": ("90 reads : 10 writes, 64 clients", mixed),
    "mixed-paced": ("the same with pauses, at half that rate", mixed_paced),
    "memory": ("memory", memory),
    "start": ("start, existing database", start),
    "bindings": ("a call's overhead against C", bindings),
}


# The run

def figure(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spread(values):
    return f"{figure(statistics.median(values))} ({figure(min(values))} to {figure(max(values))})"


def machine(postgres):
    """One line on what this was measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as cpus:
        model = next((line.split(":")[1].strip() for line in cpus if line.startswith("model name")), "unknown processor")
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    (version,), = postgres.rows("SELECT split_part(version(), ' ', 2)")
    return (f"{os.cpu_count()} cores of {model}, {memory_bytes / 2**30:.0f} GiB, Linux {os.uname().release}, "
            f"PostgreSQL {version}; load generators on the same cores")


HEADER = f"{'':40} {'measured / against':>20}  {'median ratio (least to most)':36} expected"


def lines_of(title, found):
    expected = found["expected"]
    if "figures" in found:
        return [f"{title if n == 0 else '':40} {name:>20}  {spread(values):36} {expected if n == 0 else ''}"
                for n, (name, values) in enumerate(found["figures"].items())]
    measured, against = (figure(statistics.median(found[key])) for key in ("measured", "against"))
    ratio = f"{found['ratio']:.2f} ({found['least']:.2f} to {found['most']:.2f})"
    notes = [f"    {found['note']}"] if "note" in found else []
    return [f"{title:40} {measured + ' / ' + against:>20}  {ratio + ' of ' + found['unit']:36} {expected}", *notes]


def fill(options, postgres):
    """Load the sites, unless the folder has them from an earlier run."""
    marker = os.path.join(options.data, "bench-scale")
    if os.path.exists(marker):
        with open(marker, encoding="utf-8") as scale:
            if scale.read() == options.scale:
                return
        raise SystemExit(f"bench: {options.data} holds another scale; remove it, or give another folder")
    print(f"loading {options.scale}: {SCALES[options.scale]}", file=sys.stderr)
    began = time.monotonic()
    postgres.load(**SCALES[options.scale])
    with open(marker, "w", encoding="utf-8") as scale:
        scale.write(options.scale)
    print(f"loaded in {time.monotonic() - began:.0f} s", file=sys.stderr)


def run(options):
    found = {}
    postgres = Postgres(options.microcosmd, options.data)
    postgres.make()
    postgres.start()
    with contextlib.ExitStack() as stack:
        stack.callback(postgres.stop)
        bench = Bench(options, postgres)
        stack.callback(bench.close)
        fill(options, postgres)
        postgres.settle()
        if not bench.has_cache:
            print("this microcosmd has no --cache-size: its cold pages are as its warm ones", file=sys.stderr)
        print(f"{machine(postgres)}\n{options.scale} scale, {bench.repeats} pairs of {bench.seconds} s\n{HEADER}", flush=True)
        for name in options.rows:
            title, measure = ROWS[name]
            found[name] = {"title": title, **measure(bench)}
            print("\n".join(lines_of(title, found[name])), flush=True)
    return found


def read_options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", choices=SCALES, default="small")
    parser.add_argument("--rows", help=f"some of {','.join(ROWS)}")
    parser.add_argument("--seconds", type=int, help="of each measurement (small: 2, full: 5)")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of each row")
    parser.add_argument("--json", metavar="FILE", help="write all single results there")
    parser.add_argument("--data", metavar="DIR", help="keep the database there, and use it again if it is there")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rows = options.rows.split(",") if options.rows else list(ROWS)
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    options.seconds = options.seconds or {"small": 2, "full": 5}[options.scale]
    options.build = os.path.abspath(options.build)
    options.microcosmd = os.path.join(options.build, "microcosmd/microcosmd")
    options.constant = os.path.join(options.build, "tests/bench/bench_constant")
    return options


def main():
    options = read_options()
    with contextlib.ExitStack() as stack:
        if not options.data:
            options.data = stack.enter_context(tempfile.TemporaryDirectory(prefix="microcosm-bench.", dir="/var/tmp"))
        os.makedirs(options.data, exist_ok=True)
        os.chmod(options.data, 0o711)  # PostgreSQL may run as another account, and must get there
        found = run(options)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"scale": options.scale, "seconds": options.seconds, "repeats": options.repeats, "rows": found},
                      out, indent=1)


if __name__ == "__main__":
    main()
