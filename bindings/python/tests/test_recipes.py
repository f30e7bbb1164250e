"""The recipes for Python in examples/recipes, each as its servers run it."""

import contextlib
import http.client
import os
import pathlib
import re
import signal
import subprocess
import sys
import urllib.parse

import psycopg2
import pytest
from conftest import until

RECIPES = pathlib.Path(__file__).resolve().parents[3] / "examples/recipes"


def needs(*modules):
    for module in modules:
        pytest.importorskip(module)


@contextlib.contextmanager
def running(database, log, *command, port=r"http://127\.0\.0\.1:(\d+)", stop=signal.SIGTERM):
    """A program of the recipes; gives the port that it says it listens on, and checks that it ends when asked."""
    environment = {**os.environ, "FORUM_DATABASE": database, "PYTHONUNBUFFERED": "1"}
    with open(log, "w") as output, subprocess.Popen([sys.executable, *command], cwd=RECIPES, env=environment, stdout=output,
                                                    stderr=subprocess.STDOUT) as server:
        try:
            until(lambda: re.search(port, log.read_text()) or server.poll() is not None)
            found = re.search(port, log.read_text())
            assert found, log.read_text()
            yield int(found[1]) if found.groups() else server
            server.send_signal(stop)
            assert server.wait(60) in (0, -stop, 128 + stop), log.read_text()
        finally:
            server.kill()
    assert "Traceback" not in log.read_text(), log.read_text()


def ask(port, path, user=None, **form):
    """(status, text) of a GET, or of a POST of a form."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"X-Remote-User": user} if user else {}
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with contextlib.closing(connection):
        connection.request("POST" if form else "GET", path, urllib.parse.urlencode(form) or None, headers)
        reply = connection.getresponse()
        return reply.status, reply.getheader("Location") or reply.read().decode()


def talk(port, microcosm_id, title):
    """What a visitor of either Flask server does."""
    path = f"/microcosms/{microcosm_id}/conversations"
    status, location = ask(port, path, "mira@example.org", title=title, markdown="So *it* is")
    assert status == 303, location
    status, page = ask(port, location)
    assert status == 200 and f"<h1>{title}</h1>" in page and "<em>it</em>" in page, page
    assert f"<li><a href='{location}'>{title}</a>" in ask(port, "/")[1]
    assert ask(port, "/conversations/123456789")[0] in (403, 404)
    assert ask(port, path, title="A guest's", markdown="x")[0] == 403
    status, told = ask(port, path, "mira@example.org", title="Half", markdown="")
    assert (status, told.count("markdown")) == (400, 1), told
    assert "Half" not in ask(port, "/")[1], "the title went with the comment"


def test_flask(knots, database, tmp_path):
    needs("flask")
    with running(database, tmp_path / "log", "-m", "flask", "--app", "flask_app", "run", "--port", "0") as port:
        talk(port, knots, "From Flask")


def test_gunicorn_with_preloading(knots, database, tmp_path):
    needs("flask", "gunicorn")
    log = tmp_path / "log"
    with running(database, log, "-m", "gunicorn", "--config", "gunicorn_conf.py", "--bind", "127.0.0.1:0",
                 "flask_app:app") as port:
        talk(port, knots, "From gunicorn")
        for _ in range(20):  # whichever of the workers takes it
            assert ask(port, "/")[0] == 200
        until(lambda: len(re.findall("Booting worker with pid", log.read_text())) == 2)  # the second may come late


def count_offers(database):
    with contextlib.closing(psycopg2.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM offers")
        return cursor.fetchone()[0]


@pytest.fixture
def offers(plain):
    plain.cursor().execute("CREATE TABLE offers (id serial PRIMARY KEY, boat text NOT NULL, conversation_id bigint)")
    yield
    plain.cursor().execute("DROP TABLE offers")


def test_django(knots, guest, offers, database, tmp_path):
    needs("django", "gunicorn")
    with running(database, tmp_path / "log", "-m", "gunicorn", "--bind", "127.0.0.1:0", "--preload", "--workers", "2",
                 "django_app:application") as port:
        path = f"/microcosms/{knots}/offers"
        status, made = ask(port, path, "seller@example.org", boat="Yawl", title="A yawl for sale")
        assert status == 201, made
        assert guest.conversations[int(made)].title == "A yawl for sale"
        assert "<li>A yawl for sale" in ask(port, "/")[1]
        status, told = ask(port, path, "seller@example.org", boat="Ketch", title="")
        assert (status, told) == (400, "title: must not be empty"), told
        assert count_offers(database) == 1, "the row went with the conversation"


def run(*command):
    return subprocess.run([sys.executable, *map(str, command)], cwd=RECIPES, capture_output=True, text=True, timeout=300)


def test_sqlalchemy(knots, guest, offers, database):
    needs("sqlalchemy")
    done = run("sqlalchemy_offers.py", database, knots, "Sloop", "A sloop for sale")
    assert guest.conversations[int(done.stdout)].title == "A sloop for sale", done.stderr
    done = run("sqlalchemy_offers.py", database, knots, "Cutter", "")
    assert (done.returncode, done.stderr) == (1, "not offered: title: must not be empty\n")
    assert count_offers(database) == 1, "the row went with the conversation"


def test_asyncio(mira, knots, database, tmp_path):
    log = tmp_path / "log"
    with running(database, log, "asyncio_changes.py", database, "harbour", port="ready"):
        made = []

        def is_told():  # what is made before it has begun to look isn't told
            made.append(mira.conversations.create(microcosm=knots, title=f"Told of {len(made)}"))
            return sum(f"create conversation {each}\n" in log.read_text() for each in made) > 1

        until(is_told)
