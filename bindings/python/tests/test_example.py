"""The web app of examples/python_app, used as a browser would."""

import contextlib
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import urllib.parse

import psycopg2
import pytest

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "examples/python_app/app.py"


class Browser:
    def __init__(self, port):
        self.port = port
        self.cookie = None

    def request(self, path, expect=200, **form):
        """GET, or POST of a form; returns the page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(connection):
            connection.request("POST" if form else "GET", path, urllib.parse.urlencode(form) or None, headers)
            reply = connection.getresponse()
            page = reply.read().decode()
        assert reply.status == expect, page
        if reply.getheader("Set-Cookie"):
            self.cookie = reply.getheader("Set-Cookie").partition(";")[0]
        return page


@pytest.fixture(scope="module")
def port(database):
    server = subprocess.Popen([sys.executable, str(EXAMPLE), "--database", database, "--port", "0"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    assert line.startswith("http://127.0.0.1:"), server.communicate()[1]
    yield int(line.rpartition(":")[2].strip("/\n"))
    server.send_signal(signal.SIGINT)
    errors = server.communicate(timeout=120)[1]
    assert server.returncode == 0, errors
    assert "Traceback" not in errors


@pytest.fixture
def browser(port):
    return Browser(port)


@pytest.fixture
def count(database):
    connection = psycopg2.connect(database)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET microcosm.site_id = '0'")

    def count(table):
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]

    yield lambda: {table: count(table) for table in ("members", "logins", "microcosm.items", "microcosm.comments",
                                                     "microcosm.users")}
    connection.close()


ANA = {"email": "ana@club.example", "name": "ana", "boat": "Folkboat *Mistral*", "password": "tide and time",
       "introduction": "Hello, I am **Ana**. <script>alert(1)</script>"}


def test_a_member_is_made_with_their_introduction(browser, count):
    before = count()
    browser.request("/join", 303, **ANA)
    after = count()
    assert {table: after[table] - before[table] for table in after} == dict.fromkeys(after, 1)
    front = browser.request("/")
    assert "ana" in front and "Folkboat *Mistral*</a> (1)" in front and "/join" not in front
    talk = browser.request("/talk/1")
    assert "I am <strong>Ana</strong>" in talk and "<script>" not in talk


@pytest.mark.parametrize("wrong", [{"name": "x"}, {"boat": ""}, {"boat": "x" * 200}, {"introduction": ""}])
def test_what_the_forum_refuses_takes_the_member_along(browser, count, wrong):
    before = count()
    page = browser.request("/join", 400, **{**ANA, "email": "bo@club.example", **wrong})
    assert "class=error" in page
    assert count() == before
    assert browser.cookie is None


def test_what_the_club_refuses_leaves_no_talk(browser, count):
    before = count()
    assert "such a member already" in browser.request("/join", 403, **{**ANA, "boat": "Another"})
    assert count() == before


def test_the_clubs_cookie_is_who_one_is_in_the_forum(browser, port):
    assert "Wrong" in browser.request("/login", 403, email="ana@club.example", password="guess")
    browser.request("/login", 303, email="ANA@club.example ", password="tide and time")
    talk = browser.request("/talk/1", markdown="A *reply*")
    assert "<b>ana</b>" in talk and "A <em>reply</em>" in talk
    assert "class=error" in browser.request("/talk/1", 400, markdown=" ")


def test_a_guest_and_a_forged_cookie(browser):
    browser.cookie = "club_login=forged"
    assert "<b>ana</b>" in browser.request("/talk/1")
    browser.request("/talk/1", 403, markdown="psst")
    assert "/join" in browser.request("/")
    for path in ("/talk/99999", "/nowhere", "/join"):
        assert browser.request(path, {"/talk/99999": 403}.get(path, 404))
