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


def run(*arguments, env=None, **options):
    """A command to its end, whatever that is: status, standard output, standard error."""
    done = subprocess.run([harness.MICROCOSMD, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=harness.DEADLINE, env={**os.environ, **(env or {})}, **options)
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
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
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
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
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


# Reasons

@pytest.mark.parametrize("command", [["check"], ["migrate"]])
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
