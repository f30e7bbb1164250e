#!/usr/bin/env python3
"""A boat club's web site with users of its own, and a forum inside.

    app.py --database CONNINFO [--port 8000]

The club's tables (members, logins) and the forum's are in one database. Who joins introduces
themselves: the row in members and the first conversation are written in one transaction, so there is
never one without the other. Signing in is the club's: its cookie is all that the forum is shown, and
an auth provider says whose it is. Standard library, psycopg2 and microcosm; nothing else.
"""

import argparse
import contextlib
import hashlib
import html
import http.cookies
import re
import secrets
import socketserver
import urllib.parse
import wsgiref.simple_server
from typing import Any, Callable, Iterator

import psycopg2
import psycopg2.errors

import microcosm

SITE = "club"
OWNER = "harbourmaster@club.example"
COOKIE = "club_login"
BODY_MAX = 100_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS members (
    email text PRIMARY KEY, name text NOT NULL, boat text NOT NULL, salt bytea NOT NULL, password bytea NOT NULL);
CREATE TABLE IF NOT EXISTS logins (
    token_hash bytea PRIMARY KEY, email text NOT NULL REFERENCES members);
"""

PAGE = """<!doctype html><meta charset=utf-8><title>{title}</title>
<p><a href="/">Boat club</a> {who}</p><h1>{title}</h1>{error}{body}"""

JOIN = """<form method=post action=/join><h2>Join</h2>
<input name=email placeholder=e-mail> <input name=name placeholder=name> <input name=boat placeholder=boat>
<input name=password type=password placeholder=password>
<p><textarea name=introduction placeholder="About you and your boat"></textarea> <button>Join</button></form>
<form method=post action=/login><h2>Sign in</h2>
<input name=email placeholder=e-mail> <input name=password type=password placeholder=password> <button>Sign in</button>
</form>"""

REPLY = "<form method=post><textarea name=markdown></textarea> <button>Reply</button></form>"


class Refused(Exception):
    """What the visitor did can't be done; the text is for them."""


def hash_password(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2 ** 14, r=8, p=1)


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class Club:
    """The web site: its own database, and the forum on the same one."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.forum = microcosm.open(database=database)
        self.forum.add_auth_provider(self.identify, name="club")
        with self.connect() as connection:
            connection.cursor().execute(SCHEMA)
        self.room = self.make_forum()

    def make_forum(self) -> int:
        """The site and its one microcosm, made when this runs for the first time; its id."""
        try:
            with self.forum.session(SITE):
                pass
        except microcosm.NoSite:
            with self.forum.session() as session:
                session.sites.create(OWNER, title="Boat club", subdomain_key=SITE)
        with self.forum.session(SITE, act_as=OWNER) as session:
            for entry in session.microcosms.items(0):
                if isinstance(entry.item, microcosm.Microcosm):
                    return entry.item.id
            return session.microcosms.create(title="Members", description="Who we are and what we sail")

    @contextlib.contextmanager
    def connect(self) -> Iterator[Any]:
        """A connection to the club's database: a commit at the end of the block, or a rollback."""
        connection = psycopg2.connect(self.database)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    # ---- members ----

    def identify(self, credentials: microcosm.Credentials) -> "microcosm.Identity | None":
        """Whose cookie it is: the forum asks this for each visit that shows one."""
        if credentials.scheme != "club":
            return None
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT m.email, m.name FROM logins AS l JOIN members AS m USING (email) WHERE token_hash = %s",
                           (hash_token(credentials.token),))
            found = cursor.fetchone()
        if not found:
            raise microcosm.Unauthenticated("no such login")
        return microcosm.Identity(found[0], name=found[1])

    def join(self, form: dict[str, str]) -> str:
        """Make a member and their introduction, both or neither; return the cookie's value."""
        salt, token = secrets.token_bytes(16), secrets.token_urlsafe(32)
        email = form.get("email", "").strip().lower()
        with self.connect() as connection:
            with connection.cursor() as cursor:
                try:
                    cursor.execute("INSERT INTO members VALUES (%s, %s, %s, %s, %s)",
                                   (email, form.get("name", ""), form.get("boat", ""), salt,
                                    hash_password(form.get("password", ""), salt)))
                except psycopg2.errors.UniqueViolation:
                    raise Refused("There is such a member already.") from None
                cursor.execute("INSERT INTO logins VALUES (%s, %s)", (hash_token(token), email))
            # In the same transaction. What the forum refuses takes the member along.
            with self.forum.session(SITE, act_as=email, connection=connection) as session:
                session.profiles.edit(session.profile_id, profile_name=form.get("name", ""))
                conversation = session.conversations.create(microcosm=self.room, title=form.get("boat", ""))
                session.comments.create(item_type="conversation", item=conversation,
                                        markdown=form.get("introduction", ""))
        return token

    def login(self, form: dict[str, str]) -> str:
        """Look a password up; return the cookie's value."""
        token = secrets.token_urlsafe(32)
        email = form.get("email", "").strip().lower()
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT salt, password FROM members WHERE email = %s", (email,))
            salt, wanted = cursor.fetchone() or (b"", b"")
            given = hash_password(form.get("password", ""), bytes(salt))
            if not secrets.compare_digest(given, bytes(wanted)):
                raise Refused("Wrong e-mail address or password.")
            cursor.execute("INSERT INTO logins VALUES (%s, %s)", (hash_token(token), email))
        return token


class Request:
    """One request and the answer to it."""

    def __init__(self, club: Club, environ: dict[str, Any]) -> None:
        self.club = club
        self.path = environ["PATH_INFO"]
        self.method = environ["REQUEST_METHOD"]
        self.headers = [("Content-Type", "text/html; charset=utf-8")]
        cookies: "http.cookies.SimpleCookie[str]" = http.cookies.SimpleCookie(environ.get("HTTP_COOKIE", ""))
        self.cookie = cookies[COOKIE].value if COOKIE in cookies else None
        self.form: dict[str, str] = {}
        if self.method == "POST":
            length = min(int(environ.get("CONTENT_LENGTH") or 0), BODY_MAX)
            self.form = dict(urllib.parse.parse_qsl(environ["wsgi.input"].read(length).decode("utf-8", "replace")))

    def session(self) -> microcosm.Session:
        """A session of the forum for whoever asks: the forum learns from identify() who that is."""
        if self.cookie:
            try:
                return self.club.forum.session(SITE, token=self.cookie, scheme="club")
            except microcosm.Unauthenticated:
                self.cookie = None
        return self.club.forum.session(SITE)

    def answer(self) -> "tuple[str, str]":
        """Status and page."""
        talk = re.fullmatch(r"/talk/(\d{1,18})", self.path)
        try:
            if self.path == "/":
                return "200 OK", self.front()
            if talk:
                return "200 OK", self.talk(int(talk.group(1)))
            if self.path in ("/join", "/login") and self.method == "POST":
                return self.sign_in(self.club.join if self.path == "/join" else self.club.login)
        except Refused as refusal:
            return "403 Forbidden", self.front(str(refusal))
        except microcosm.InvalidInput as error:
            return "400 Bad Request", self.front(str(error))
        except (microcosm.Forbidden, microcosm.Closed) as error:
            return "403 Forbidden", self.front(str(error))
        except microcosm.NotFound:
            pass
        return "404 Not Found", self.page("No such page", "")

    def sign_in(self, make: Callable[["dict[str, str]"], str]) -> "tuple[str, str]":
        self.headers.append(("Set-Cookie", f"{COOKIE}={make(self.form)}; HttpOnly; SameSite=Lax; Path=/"))
        self.headers.append(("Location", "/"))
        return "303 See Other", ""

    def page(self, title: str, body: str, who: str = "", error: str = "") -> str:
        """Titles and HTML of the forum's are safe already; all else is escaped here."""
        return PAGE.format(title=title, body=body, who=html.escape(who),
                           error=f"<p class=error>{html.escape(error)}</p>" if error else "")

    def front(self, error: str = "") -> str:
        with self.session() as session:
            who = session.profiles.self().profile_name if session.profile_id else ""
            talks = "".join(f"<li><a href=/talk/{each.id}>{each.title}</a> ({each.total_comments})"
                            for each in session.conversations)
        return self.page("Boat club", f"<ul>{talks}</ul>" + ("" if who else JOIN), who, error)

    def talk(self, conversation_id: int) -> str:
        with self.session() as session:
            if self.method == "POST":
                session.comments.create(item_type="conversation", item=conversation_id,
                                        markdown=self.form.get("markdown", ""))
            conversation = session.conversations[conversation_id]
            comments = "".join(f"<article><b>{html.escape(each.meta.created_by.profile_name)}</b>"
                               f" {each.meta.created:%d %B %Y}{each.html}</article>"
                               for each in session.conversations.comments(conversation_id))
            may_reply = REPLY if session.profile_id else ""
        return self.page(conversation.title, comments + may_reply)


def make_wsgi(club: Club) -> Callable[..., "list[bytes]"]:
    def wsgi(environ: "dict[str, Any]", start_response: Callable[..., Any]) -> "list[bytes]":
        request = Request(club, environ)
        status, page = request.answer()
        body = page.encode()
        start_response(status, [*request.headers, ("Content-Length", str(len(body)))])
        return [body]

    return wsgi


class ThreadingServer(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    club = Club(options.database)
    with wsgiref.simple_server.make_server("127.0.0.1", options.port, make_wsgi(club), ThreadingServer) as server:
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    club.forum.close()


if __name__ == "__main__":
    main()
