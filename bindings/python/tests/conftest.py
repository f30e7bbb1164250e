"""Fixtures: a database of its own for each module, an app on it, a site with people."""

import itertools
import os
import re
import subprocess
import sys
import time

import psycopg2
import pytest

import microcosm

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

SERVER = os.environ.get("MICROCOSM_TEST_DATABASE")
_numbers = itertools.count(1)


def pytest_configure(config):
    if not SERVER:
        pytest.exit("run with a PostgreSQL: build/tests/with_postgres /usr/bin/python3 -m pytest …", 2)


def as_owner(name):
    """Connection string for the ordinary role that owns a database: superusers pass by row-level security."""
    return re.sub(r"\b(dbname|user)=\S+", "", SERVER).strip() + f" dbname={name} user=microcosm"


def as_superuser(statement):
    """Run a statement that can't be in a transaction."""
    connection = psycopg2.connect(SERVER)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()


@pytest.fixture(scope="module")
def database():
    """Connection string of an empty forum's database."""
    name = f"python_{os.getpid()}_{next(_numbers)}"
    as_superuser(f"CREATE DATABASE {name} TEMPLATE microcosm OWNER microcosm")
    yield as_owner(name)
    as_superuser(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def app(database, tmp_path_factory):
    with microcosm.open(database=database, files=str(tmp_path_factory.mktemp("files"))) as app:
        with app.session() as session:
            session.site_create("skipper@example.org", title="Harbour", subdomain_key="harbour")
        yield app


@pytest.fixture
def skipper(app):
    """A session of the site's owner."""
    with app.session("harbour", act_as="skipper@example.org") as session:
        yield session


@pytest.fixture
def knots(skipper):
    """A fresh microcosm."""
    return skipper.microcosm_create(title=f"Knots {next(_numbers)}", description="Bends and hitches")


# These enter after the microcosm was made: the first call of a session knows what entering has read.

@pytest.fixture
def mira(app, knots):
    """A session of a member."""
    with app.session("harbour", act_as="mira@example.org") as session:
        yield session


@pytest.fixture
def guest(app, knots):
    with app.session("harbour") as session:
        yield session


@pytest.fixture
def rope(mira, knots):
    """A fresh conversation of mira's."""
    return mira.conversation_create(microcosm_id=knots, title=f"Rope {next(_numbers)}")


@pytest.fixture
def plain(database):
    """A connection of psycopg2 to the same database, outside of any transaction."""
    connection = psycopg2.connect(database)
    connection.autocommit = True
    connection.cursor().execute("SET microcosm.site_id = '0'")
    yield connection
    connection.close()


def until(condition, seconds=120):
    """Wait for what has to become true; how long that takes says nothing, but it doesn't take so long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it doesn't happen"
        time.sleep(0.005)


# How calls of a test's app are known from those of background work, which may want the table too.
READER = "application_name=reader"


class LockedTable:
    """A table that reading waits for, so that a call is in the middle of the library for as long as a test wants."""

    def __init__(self, connection):
        self.connection = connection
        self._run("BEGIN; LOCK TABLE microcosm.items IN ACCESS EXCLUSIVE MODE")

    def _run(self, statement):
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None

    def wait_for(self, count=1):
        """Return when so many calls of readers wait for it."""
        until(lambda: self._run("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted"
                                " AND application_name = 'reader' AND relation = 'microcosm.items'::regclass") == (count,))

    def release(self):
        """Let those go on that wait."""
        self._run("ROLLBACK")


@pytest.fixture
def reading(database):
    """An app whose calls wait for a LockedTable until it is released, however long that takes."""
    with microcosm.open(database=f"{database} {READER}", statement_ms=600_000, background=False) as reading:
        yield reading


@pytest.fixture
def locked(plain):
    table = LockedTable(plain)
    yield table
    table.release()


def run_python(code, *arguments, expect=0, timeout=300, **environment):
    """Run a program in an interpreter of its own; return what it wrote to both outputs."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **environment})
    assert done.returncode == expect, f"ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout, done.stderr
