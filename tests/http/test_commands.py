"""The command line: what an operator types, and is told."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

import harness


CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("MICROCOSM")}


def run(*arguments, env=None, **options):
    """A command to its end, whatever that is: status, standard output, standard error."""
    done = subprocess.run([harness.MICROCOSMD, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=harness.DEADLINE, env={**CLEAN, **(env or {})}, **options)
    assert not harness.SANITIZER_REPORTS.search(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder():
    """A folder of the test's own, which must not exist yet."""
    parent = harness.new_folder("mccommand.")
    os.chmod(parent, 0o755)
    yield os.path.join(parent, "data")
    shutil.rmtree(parent)


def servers_in(folder):
    """PostgreSQL processes on the files below a folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/cwd").startswith(folder + "/"):
                found.append(int(pid))
    return found


def closed_port():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return nobody.getsockname()[1]


# Stopping

@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize("moment", ["making a PostgreSQL database", "starting PostgreSQL"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_start_leaves_no_postgresql(folder, command, moment, number):
    process = subprocess.Popen([harness.MICROCOSMD, *command.split(), "--data", folder,
                                *(["--listen", "127.0.0.1:0"] if command == "serve" else [])],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN)
    seen = ""
    while moment not in seen:
        line = process.stderr.readline()
        assert line, f"it ended before: {seen}"
        seen += line
    process.send_signal(number)
    _, rest = process.communicate(timeout=harness.DEADLINE)

    assert process.returncode in ((0,) if command == "serve" else (0, 1)), seen + rest
    assert "ERROR" not in rest
    assert servers_in(folder) == []


def test_a_signal_during_check_leaves_no_postgresql(folder):
    assert run("migrate", "--data", folder)[0] == 0
    process = subprocess.Popen([harness.MICROCOSMD, "check", "--data", folder], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN)
    assert "starting PostgreSQL" in process.stderr.readline()
    process.terminate()
    process.communicate(timeout=harness.DEADLINE)
    assert servers_in(folder) == []


# Checking

def test_check_makes_nothing(folder, cluster):
    status, _, told = run("check", "--data", folder)
    assert status == 1 and "there is no database in" in told and folder in told, told
    assert not os.path.exists(folder)

    empty = cluster.copy("template0")
    status, _, told = run("check", "--database", empty)
    assert status == 1 and "schema" in told, told
    assert run("check", "--database", empty)[0] == 1, "it has made the schema"
    assert run("migrate", "--database", empty)[0] == 0
    assert run("check", "--database", empty)[:2] == (0, "ok\n")


@pytest.mark.parametrize("command", ["check", "serve"])
@pytest.mark.parametrize("files, what, why", [
    ("file", "written", "Not a directory"), ("file/below", "written", "Not a directory"), ("nowhere", "written", "No such file"),
    ("/proc/microcosm/files", "made", "No such file")])
def test_a_folder_of_files_that_cannot_be_used(tmp_path, database, command, files, what, why):
    """A regular file, one below it, a link to nothing, where nobody can make anything: refused before anything is uploaded."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone" / "away")
    files = os.path.join(tmp_path, files)
    listen = ["--listen", "127.0.0.1:0"] if command == "serve" else []

    status, said, told = run(command, "--database", database, "--files", files, *listen)
    assert status == 1 and said == ""
    assert f"the folder {files} for uploaded files cannot be {what}: {why}" in told and "listening" not in told, told


def test_check_of_a_folder_of_files_leaves_nothing(tmp_path, database):
    for files in (tmp_path, tmp_path / "not" / "yet"):
        assert run("check", "--database", database, "--files", str(files))[:2] == (0, "ok\n")
        assert list(tmp_path.iterdir()) == []


# Help

COMMANDS = ["serve", "migrate", "check", "jobs", "job run", "queue", "queue retry", "site create", "site list", "token create", "token list", "token revoke",
            "provider set", "provider list", "provider remove", "client create", "client list", "client delete", "user factor-remove", "user list", "user password", "version"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_defaults(command):
    shown = set()
    for words in ([*command.split(), "--help"], [*command.split(), "-h"], ["help", *command.split()],
                  [*command.split(), "--data", "/nowhere", "-h"]):
        status, said, told = run(*words)
        assert (status, told) == (0, ""), words
        shown.add(said)
    assert len(shown) == 1
    [text] = shown
    assert text.startswith(f"Usage: microcosmd {command}")
    assert "--data DIR" in text and "default ~/.local/share/microcosm" in text
    assert ("127.0.0.1:8080" in text) == (command == "serve")
    if command == "token create":
        assert "--expires DAYS" in text and "(365)" in text
        assert all(f"--{name} " in text for name in ("scope", "name", "microcosm", "network")) and "(everywhere)" in text


def test_help_of_all_and_of_some():
    for words in (["--help"], ["-h"], ["help"]):
        status, said, told = run(*words)
        assert (status, told) == (0, "")
        assert all(f"microcosmd {command}" in said for command in COMMANDS)
    for words in (["site", "--help"], ["site", "-h"], ["help", "site"]):
        status, said, told = run(*words)
        assert (status, told) == (0, "") and "site create" in said and "site list" in said and "token" not in said


# Mistakes

@pytest.mark.parametrize("words, told", [
    (["sreve"], 'there is no command "sreve"'), (["site"], '"site" needs another word'),
    (["site", "creat"], '"site" needs another word'), (["help", "nothing"], 'there is no command "nothing"'),
    (["check", "--lisstn", "x"], "unknown flag --lisstn"), (["check", "word"], 'unexpected argument "word"'),
    (["site", "create", "--title", "T", "--owner", "a@example.org"], "KEY is missing"),
    (["site", "create", "key", "--title", "T"], "--owner is missing"), (["token", "create"], "--site is missing"),
    (["token", "revoke"], "TOKEN is missing"), (["client", "create"], "NAME is missing"), (["provider", "set", "x"], "--site is missing"),
    (["client", "delete", "web"], "ID must be a number"),
    (["site", "create", "key", "--title", "T", "--title", "U", "--owner", "a@example.org"], "title is given twice"),
    (["check", "--data", "/a", "--data", "/b"], "data is given twice"),
    (["token", "create", "--site", "a", "--email", "b@example.org", "--expires", "0"],
     "--expires must be a number of days from 1 to 3650"),
    (["token", "create", "--site", "a", "--email", "b@example.org", "--expires", "99999999999999999999"],
     "--expires must be a number of days from 1 to 3650"),
    (["check", "--connections", "99999999999"], "connections must be a number from 0 to 1000"),
    (["site", "set", "key"], "there is nothing to set"),
    (["site", "set", "key", "--https", "maybe"], '--https must be yes or no, not "maybe"'),
    (["site", "set", "key", "--deleted", ""], '--deleted must be yes or no, not ""'),
    (["check", "--s3-redirect", "5"], "s3-redirect is for files in S3"),
    (["check", "--files", "s3://rope-bucket"], "files in S3 need s3-access-key and s3-secret-key"),
    (["check", "--config", "/dev/null"], "/dev/null: it is no regular file"),
    (["check", "--config", "/"], "/: it is no regular file"),
    (["check", "--listen", "8080"], "listen must be an IPv4 address and a port"),
    (["check", "--base-domain", "a b"], "base-domain must be a host name"),
    (["check", "--base-domain", "localhost:8080"], "base-domain must be a host name"),
    (["check", "--base-domain", "http://example.org"], "base-domain must be a host name"),
    (["check", "--base-domain", "example..org"], "base-domain must be a host name"),
    (["check", "--base-domain", ".example.org"], "base-domain must be a host name"),
    (["check", "--base-domain", "-a.example.org"], "base-domain must be a host name"),
    (["check", "--base-domain", ""], "base-domain must be a host name"),
    (["check", "--database", "nonsense"], "the connection string is not valid")])
def test_a_mistake_is_told_once(words, told):
    status, said, error = run(*words)
    assert (status, said) == (2, "")
    assert error.startswith("microcosmd: ") and error.count("\n") == 1 and told in error, error


@pytest.mark.parametrize("words, told", [
    (["site", "create", "No Key", "--title", "T", "--owner", "a@example.org"], "microcosmd: KEY must be 1 to 50"),
    (["site", "create", "key", "--title", "t" * 51, "--owner", "a@example.org"], "microcosmd: --title "),
    (["site", "create", "key", "--title", "T", "--owner", "nobody"], "microcosmd: --owner "),
    (["token", "create", "--site", "{site}", "--email", "nobody"], "microcosmd: --email "),
    (["site", "create", "k" * 51, "--title", "T", "--owner", "a@example.org"], "microcosmd: KEY must have at most 50"),
    (["token", "list", "--email", "nobody"], "microcosmd: --email ")])
def test_the_librarys_faults_in_the_operators_words(daemon, words, told):
    site = harness.Site(daemon)
    status, said, error = run(*(word.format(site=site.key) for word in words), "--database", daemon.conninfo)
    assert (status, said) == (2, "")
    assert error.startswith(told) and error.count("\n") == 1, error


@pytest.mark.parametrize("words, what, others", [
    (["site", "set", "nosuch", "--https", "yes"], "site", "site list"), (["export", "{folder}", "--site", "nosuch"], "site", "site list"),
    (["token", "create", "--site", "nosuch", "--email", "a@example.org"], "site", "site list"),
    (["provider", "list", "--site", "nosuch"], "site", "site list"), (["job", "run", "nosuch"], "job", "jobs"),
    (["queue", "retry", "nosuch"], "kind of work", "queue"), (["user", "factor-remove", "nosuch@example.org"], "user", "user list"),
    (["user", "password", "nosuch@example.org"], "user", "user list")])
def test_what_there_is_not_leads_to_what_there_is(daemon, tmp_path, words, what, others):
    done = subprocess.run([harness.MICROCOSMD, *(word.format(folder=tmp_path / "x") for word in words), "--database", daemon.conninfo],
                          input="a long password\n", capture_output=True, text=True, timeout=harness.DEADLINE, env=CLEAN)
    name = next(word for word in words if "nosuch" in word)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f'microcosmd: there is no {what} "{name}"; "microcosmd {others}" prints those that there are\n'


def test_a_key_of_a_site_is_used_once(daemon):
    site = harness.Site(daemon)
    status, _, error = run("site", "create", site.key, "--title", "T", "--owner", "a@example.org", "--database", daemon.conninfo)
    assert status == 1 and error == f'microcosmd: there is a site "{site.key}" already\n'


def test_a_file_with_a_key_twice(tmp_path):
    path = tmp_path / "settings"
    path.write_text("threads = 4\nlisten = 127.0.0.1:1\nthreads = 4\n")
    status, _, error = run("check", "--config", str(path))
    assert status == 2 and error == f"microcosmd: {path}:3: threads is given twice\n"


def test_a_pipe_is_no_file_of_settings(tmp_path):
    """Nobody writes to it: opening it would wait."""
    path = tmp_path / "settings"
    os.mkfifo(path)
    status, _, error = run("check", "--config", str(path))
    assert status == 2 and error == f"microcosmd: {path}: it is no regular file\n"


def test_a_file_of_settings_is_no_heap_of_data(tmp_path):
    path = tmp_path / "settings"
    path.write_text("#" * 100 + "\n" * (1 << 20))
    status, _, error = run("check", "--config", str(path))
    assert status == 2 and "more than 1 MiB" in error, error


@pytest.mark.parametrize("line", ['data = "/srv/forum"', "base-domain='example.org'"])
def test_a_file_with_quotes(tmp_path, line):
    path = tmp_path / "settings"
    path.write_text(line + "\n")
    status, _, error = run("check", "--config", str(path))
    assert status == 2 and error == f"microcosmd: {path}:1: {line.split('=')[0].strip()} is written without quotes\n"


@pytest.mark.parametrize("words", [["version"], ["--help"], ["site", "create", "--help"]])
def test_what_cannot_be_printed_is_a_failure(words):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([harness.MICROCOSMD, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "cannot write the output: No space left on device" in done.stderr, done


def test_a_variable_that_is_no_setting(daemon):
    status, said, error = run("check", "--database", daemon.conninfo,
                              env={"MICROCOSM_LISTNE": "x", "MICROCOSM_PG_BIN": "/usr/bin", "MICROCOSM_LOG_LEVEL": "info"})
    assert (status, said) == (0, "ok\n")
    assert "MICROCOSM_LISTNE is no setting" in error and error.count("\n") == 1, error


def test_a_port_that_is_taken_names_the_way_out(daemon):
    status, _, error = run("serve", "--database", daemon.conninfo, "--listen", f"127.0.0.1:{daemon.port}")
    assert status == 1 and "Address already in use" in error and "--listen" in error, error


# Lists

def test_sites_users_and_tokens_are_listed_and_tokens_end(daemon):
    site = harness.Site(daemon, title="Ropes & knots")
    where = ["--database", daemon.conninfo]

    lines = [line.split("\t") for line in run("site", "list", *where)[1].splitlines()]
    assert [str(site.id), site.key, f"{site.key}.localhost"] == [line for line in lines if line[1] == site.key][0][:3]
    assert [line for line in lines if line[1] == site.key][0][4:] == ["shown", "Ropes & knots"]
    gone = harness.Site(daemon)
    assert run("site", "set", gone.key, "--deleted", "yes", *where) == (0, "", "")
    lines = [line.split("\t") for line in run("site", "list", *where)[1].splitlines()]
    assert [line[4] for line in lines if line[1] in (site.key, gone.key)] == ["shown", "deleted"]
    assert "1" not in [line[0] for line in lines], "the root site is none"

    token = run("token", "create", "--site", site.key, "--email", "lister@example.org", "--expires", "2", *where)[1].strip()
    other = run("token", "create", "--site", site.key, "--email", "lister@example.org", *where)[1].strip()
    users = [line.split("\t")[1] for line in run("user", "list", *where)[1].splitlines()]
    assert users.count("lister@example.org") == 1
    tokens = [line.split("\t") for line in run("token", "list", "--email", "LISTER@example.org", *where)[1].splitlines()]
    assert len(tokens) == 2 and all(line[1] == "lister@example.org" and line[4:] == ["-", "full", "-", "-", ""] for line in tokens)
    assert token not in str(tokens)

    you = harness.Client(daemon, site.host, token, "lister")
    you.get("/api/v1/whoami", expect=200)
    assert run("token", "revoke", tokens[0][0], *where) == (0, "", "")
    harness.wait_until(lambda: you.get("/api/v1/whoami").status == 401, "the token to end")
    assert run("token", "revoke", other, *where)[0] == 0
    assert run("token", "list", "--email", "lister@example.org", *where) == (0, "", "")
    for gone in (tokens[0][0], other, "nonsense", "0"):
        assert run("token", "revoke", gone, *where) == (1, "", 'microcosmd: there is no such token; "microcosmd token list" prints the ids of those that there are\n')


def test_a_token_with_limits(daemon):
    """As people make them for programs: docs/http/tokens.md."""
    site = harness.Site(daemon)
    where = ["--database", daemon.conninfo]
    create = ["token", "create", "--site", site.key, "--email", "bot@example.org"]
    microcosm = site.microcosm()

    token = run(*create, "--scope", "write", "--name", "A <bot>", "--microcosm", str(microcosm), "--network", "127.0.0.1,2001:db8::/32",
                "--expires", "3", *where)[1].strip()
    plain = run(*create, "--scope", "read", *where)[1].strip()
    bot = harness.Client(daemon, site.host, token, "bot")
    assert bot.get(f"/api/v1/auth/{token}", expect=200).data["scope"] == "write"
    bot.get(f"/api/v1/microcosms/{microcosm}", expect=200)
    bot.get(f"/api/v1/microcosms/{site.microcosm()}", expect=403)
    harness.Client(daemon, site.host, plain, "reader").post("/api/v1/conversations", {"microcosmId": microcosm, "title": "No"}, expect=403)
    site.sql("UPDATE microcosm.access_tokens SET last_used = '2026-11-30 10:00+00' WHERE scope = 1")
    listed = [line.split("\t")[4:] for line in run("token", "list", "--email", "bot@example.org", *where)[1].splitlines()]
    assert [line[1:] for line in listed] == [["write", str(microcosm), "127.0.0.1/32,2001:db8::/32", "A <bot>"],
                                             ["read", "-", "-", "microcosmd token create"]]
    assert listed[1][0] == "2026-11-30"
    for more, told in ((["--scope", "x"], "--scope must be read, write, moderate or admin"),
                       (["--name", "x"], "--name, --microcosm and --network are for tokens with a --scope"),
                       (["--scope", "read", "--microcosm", "999999999"], "--microcosm must be microcosms of this site"),
                       (["--scope", "read", "--microcosm", "x"], '--microcosm must be ids with commas between them, such as 7,12, not "x"'),
                       (["--scope", "read", "--network", "x"], "--network must be networks such as 192.0.2.0/24 or 2001:db8::/32")):
        assert run(*create, *more, *where) == (2, "", f"microcosmd: {told}\n")


def test_jobs_are_listed_and_run(daemon):
    where = ["--database", daemon.conninfo]

    def job(*settings):
        found = [line.split("\t") for line in run("jobs", *where, *settings)[1].splitlines()]
        assert [line[0] for line in found] == sorted(harness.JOBS)
        return next(line for line in found if line[0] == "site-stats")

    assert job()[1] == "30 * * * *" and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:30:00", job()[2]), job()
    assert run("job", "run", "site-stats", *where) == (0, "", "")
    assert job()[5] == "ok" and float(job()[4]) < 60 and job()[3] < job()[2], job()
    assert run("job", "run", "nonsense", *where) == (1, "", 'microcosmd: there is no job "nonsense"; "microcosmd jobs" prints those that there are\n')
    harness.wait_until(lambda: 'microcosm_job_failed{job="site-stats"} 0' in daemon.metrics(), "the daemon to notice")
    for setting, told in {"nonsense: 0 1 * * *": 'there is no job "nonsense"', "site-stats: * * * *": "site-stats: a schedule has five",
                          "site-stats": "must be NAME: SCHEDULE",
                          "site-stats: CRON_TZ=Mars/Base 0 0 * * *": 'there is no time zone "Mars/Base"',
                          "site-stats: 0 0 30 2 *": "is never due", "trim-feed: off; trim-feed: off": "two schedules"}.items():
        status, _, said = run("check", "--jobs", setting, *where)
        assert status == 2 and told in said, said


def test_the_queue_is_shown_and_tried_again(daemon):
    where = ["--database", daemon.conninfo]
    assert run("queue", "retry", "nonsense", *where) == (1, "", 'microcosmd: there is no kind of work "nonsense"; "microcosmd queue" prints those that there are\n')
    assert run("queue", *where)[0] == 0


@pytest.mark.parametrize("networks", ["localhost", "10.0.0.0/33", "10.0.0.1;10.0.0.2"])
def test_networks_that_are_none(database, networks):
    status, _, error = run("serve", "--database", database, "--listen", "127.0.0.1:0", "--outgoing-allow", networks)
    assert status == 2 and "outgoing_allow must be a list" in error, error


def test_lists_make_nothing(folder):
    for command in (["site", "list"], ["jobs"], ["job", "run", "site-stats"], ["queue"], ["user", "list"], ["token", "list"], ["token", "revoke", "1"]):
        status, _, told = run(*command, "--data", folder)
        assert status == 1 and "there is no database in" in told
    assert not os.path.exists(folder)


# Reasons

@pytest.mark.parametrize("command", [["check"], ["migrate"], ["site", "list"], ["token", "create", "--site", "a", "--email", "a@example.org"]])
def test_why_the_database_cannot_be_reached(command):
    port = closed_port()
    status, _, told = run(*command, "--database", f"host=127.0.0.1 port={port} dbname=forum")
    assert status == 1
    assert told.count("\n") == 1, told
    assert "the database cannot be reached: " in told and "Connection refused" in told and str(port) in told, told


def test_why_the_database_is_none_of_ours(cluster):
    nobody = re.sub(r"user=\S+", "user=nosuchrole", cluster.copy("template0"))
    assert "nosuchrole" in nobody
    status, _, told = run("check", "--database", nobody)
    assert status == 1 and "nosuchrole" in told and "does not exist" in told, told


def test_the_log_of_serve_says_why():
    port = closed_port()
    daemon = harness.Daemon(f"host=127.0.0.1 port={port} dbname=forum")
    with contextlib.closing(daemon):
        daemon.start(ready=False)
        assert "Connection refused" in daemon.log()
        assert daemon.log().count("Connection refused") == 1, "said once"
