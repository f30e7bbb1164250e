"""Codes by mail: docs/http/sign-in.md#codes-by-mail."""

import email
import email.policy
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest

import harness
import oidc
import pagecheck

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../mail"))
from sink import Sink  # noqa: E402
from test_mail import settings  # noqa: E402
from test_providers import Browser, provide  # noqa: E402
from test_second_factor import Device  # noqa: E402
from test_sign_in import PASSWORD, give_password  # noqa: E402

CODES = "/api/v1/codes"
NEW = "a rolling hitch"


@pytest.fixture(scope="module")
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def daemons(database, sink):
    """Two, so that nothing counts in one process only."""
    daemons = [harness.Daemon(database, arguments=[*settings(sink), "--outgoing-allow", "127.0.0.1"]) for _ in range(2)]
    try:
        for daemon in daemons:
            daemon.start()
        yield daemons
    finally:
        for daemon in daemons:
            daemon.close()


@pytest.fixture(scope="module")
def forum(daemons):
    site = harness.Site(daemons[0])
    yield site
    site.close()


@pytest.fixture(autouse=True)
def uncounted(forum):
    """All tests ask from one address."""
    forum.sql("DELETE FROM microcosm.sign_in_attempts")


def ask(client, purpose, address=None, **options):
    return client.post(CODES, {"purpose": purpose} | ({"email": address} if address else {}), **options)


def is_done(forum):
    return forum.sql("SELECT count(*) FROM microcosm.queue WHERE kind = 'code'") == [(0,)]


def mails_to(sink, forum, address, count=1):
    """All mails to an address, once so many have come and nothing waits."""
    harness.wait_until(lambda: sum(to == address for _, to, _ in sink.taken) >= count and is_done(forum), f"{count} mails")
    found = [email.message_from_bytes(data, policy=email.policy.default) for _, to, data in sink.taken if to == address]
    assert len(found) == count
    return [message.get_body(("plain",)).get_content() for message in found]


def typed(text):
    return re.search(r"\b([2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5})\b", text).group(1)


def link(text):
    return re.search(r"https?://([^/\s]+)(/api/v1/codes/\S+)", text).groups()


def code_for(forum, sink, purpose, person, count=1):
    """The mail with a code for somebody."""
    ask(person if purpose == "email" else forum.guest, purpose, None if purpose == "email" else person.email, expect=200)
    return mails_to(sink, forum, person.email, count)[-1]


def test_a_code_signs_in_once(forum, sink):
    person = forum.newcomer()
    code = typed(code_for(forum, sink, "sign-in", person))

    for wrong in ({"email": person.email, "code": "23456-23456"}, {"email": "nobody@nowhere.example", "code": code}, {"code": code},
                  {"email": person.email, "code": "ü" * 300}):
        forum.guest.post("/api/v1/auth", wrong, expect=401)
    forum.guest.post("/api/v1/password", {"email": person.email, "code": code, "password": NEW}, expect=401)
    token = forum.guest.post("/api/v1/auth", {"email": person.email.upper(), "code": f" {code.lower().replace('-', ' ')}"}, expect=200).data
    assert forum.guest.request("GET", "/api/v1/whoami", token=token, expect=200).data["id"] == person.profile_id
    forum.guest.post("/api/v1/auth", {"email": person.email, "code": code}, expect=401)


def test_who_is_new_becomes_a_user_by_it(forum, sink):
    address = "pat@newcomers.example"
    ask(forum.guest, "sign-in", address, expect=200)
    [text] = mails_to(sink, forum, address)
    assert forum.sql("SELECT count(*) FROM microcosm.users WHERE email = %s", address) == [(0,)], "not by asking"
    token = forum.guest.post("/api/v1/auth", {"email": address, "code": typed(text)}, expect=200).data
    assert forum.guest.request("GET", "/api/v1/whoami", token=token, expect=200).data["email"] == address
    assert forum.sql("SELECT confirmed IS NOT NULL FROM microcosm.users WHERE email = %s", address) == [(True,)]


def test_a_new_password(forum, sink):
    person = forum.newcomer()
    give_password(person)
    forum.guest.post("/api/v1/auth", {"email": person.email, "password": "a bowline on a bight"}, expect=200)
    first, second = (code_for(forum, sink, "password", person, count) for count in (1, 2))
    reset = {"email": person.email, "code": typed(first)}

    forum.guest.post("/api/v1/password", reset | {"password": "short"}, expect=400)
    forum.guest.post("/api/v1/password", reset | {"password": NEW}, expect=200)
    forum.guest.post("/api/v1/password", reset | {"code": typed(second), "password": NEW + NEW}, expect=401)
    person.get("/api/v1/whoami", expect=401)
    forum.guest.post("/api/v1/auth", {"email": person.email, "password": NEW}, expect=200)
    assert forum.sql("SELECT count(*) FROM microcosm.access_tokens t JOIN microcosm.users u USING (user_id) WHERE u.email = %s",
                     person.email) == [(1,)], "all others have ended"


HTML = [("Accept", "text/html,application/xhtml+xml;q=0.9")]


def test_by_the_page_of_the_link(forum, sink):
    person = forum.newcomer()
    host, path = link(code_for(forum, sink, "password", person))
    assert host.split(":")[0] == forum.host

    page = forum.guest.get(path, expect=200)
    assert b'type="password"' in page.body and "default-src 'none'" in page.header("Content-Security-Policy")
    assert page.header("Referrer-Policy") == "same-origin" and "public" not in page.header("Cache-Control")
    forum.guest.post(path, {"password": NEW}, expect=400)  # no form
    forum.guest.post(path, form={"Password": "short"}, expect=400)
    forum.guest.post(path[:-1], form={"Password": NEW}, expect=401)
    forum.guest.get("/api/v1/codes/none", expect=404)
    forum.guest.post(path, form={"Password": NEW}, expect=200)
    forum.guest.post(path, form={"Password": NEW}, expect=401)
    forum.guest.get(path, expect=401)
    forum.guest.post("/api/v1/auth", {"email": person.email, "password": NEW}, expect=200)


@pytest.mark.parametrize("purpose", ["sign-in", "password", "email"])
def test_the_page_of_a_link_says_whose_it_is(forum, sink, purpose):
    """Somebody may have been sent the link of another one's mail. Looking changes nothing: programs that look at mail do so, too."""
    person = forum.newcomer()
    _, path = link(code_for(forum, sink, purpose, person))
    kept = "SELECT c, u.confirmed FROM microcosm.mail_codes c JOIN microcosm.users u USING (canonical_email) WHERE u.email = %s"
    before = forum.sql(kept, person.email)

    for look in (forum.guest.get, forum.guest.head, forum.guest.get):
        seen = look(path, headers=HTML, expect=200)
        assert not seen.header("Set-Cookie")
    assert pagecheck.check(seen).texts["strong"].split(":")[0] == person.email + forum.host
    assert forum.sql(kept, person.email) == before
    assert not pagecheck.check(forum.guest.get(path[:-1] + ("y" if path[-1] == "x" else "x"), headers=HTML, expect=401)).all("form")


def test_the_page_of_a_link_tells_who_is_new(forum, sink):
    address = f"new&{next(forum.numbers)}@mail.example"
    ask(forum.guest, "sign-in", address, expect=200)
    _, path = link(mails_to(sink, forum, address)[0])
    page = pagecheck.check(forum.guest.get(path, headers=HTML, expect=200))
    assert page.texts["strong"].startswith(address + forum.host) and "you will be new" in page.texts["p"]
    assert forum.sql("SELECT count(*) FROM microcosm.users WHERE email = %s", address) == [(0,)]


def test_a_link_signs_a_browser_in(forum, sink):
    person = forum.newcomer()
    _, path = link(code_for(forum, sink, "sign-in", person))

    assert b"<form" in forum.guest.get(path, expect=200).body
    forum.guest.post(path, form={}, headers=[("Sec-Fetch-Site", "cross-site")], expect=403)
    reply = forum.guest.post(path, form={}, headers=[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], expect=302)
    assert reply.header("Location") == "/"
    cookie = reply.header("Set-Cookie").split(";")[0]
    assert forum.guest.get("/api/v1/whoami", headers=[("Cookie", cookie)], check=False, expect=200).data["id"] == person.profile_id
    forum.guest.post(path, form={}, expect=401)


def notices_to(sink, forum, address, count):
    return [text for text in mails_to(sink, forum, address, count) if "If that was you" in text]


def test_people_are_told_of_changes_of_how_they_sign_in(forum, sink):
    """At an address that is shown to be theirs, and at no other."""
    person, stranger = forum.newcomer(), forum.newcomer()
    for one in (person, stranger):
        give_password(one)
        one.token = forum.guest.post("/api/v1/auth", {"email": one.email, "password": PASSWORD}, expect=200).data
    forum.sql("UPDATE microcosm.users SET confirmed = now() WHERE user_id = %s", person.user_id)

    def change(one):
        one.delete("/api/v1/second-factor", expect=404)
        one.put("/api/v1/password", {"current": "wrong", "password": NEW}, expect=403)
        one.put("/api/v1/password", {"current": PASSWORD, "password": NEW}, expect=200)
        device = Device(one)
        one.put("/api/v1/second-factor", {"code": device.wrong()}, expect=403)
        one.put("/api/v1/second-factor", {"code": device.code()}, expect=200)
        one.post("/api/v1/second-factor/recovery-codes", expect=200)
        one.delete("/api/v1/second-factor", expect=200)
    change(stranger)
    change(person)
    told = " ".join(sorted(notices_to(sink, forum, person.email, 4)))
    for what in ("has a new password on", "has a second factor on", "has no second factor on", "has new recovery codes on"):
        assert told.count(f"{person.email} {what}") == 1, told
    assert f"http://{forum.host}" in told.replace("https:", "http:") and "/authorize" in told and NEW not in told
    assert not [to for _, to, _ in sink.taken if to == stranger.email]
    audited = forum.sql("SELECT count(*) FROM microcosm.audit WHERE item_type = 14 AND item_id = %s AND action = 'U'", person.user_id)
    assert audited[0][0] >= 4


def test_people_are_told_of_a_new_password_by_mail_or_by_the_operator(forum, sink):
    person = forum.newcomer()
    code = code_for(forum, sink, "password", person)
    forum.guest.post("/api/v1/password", {"email": person.email, "code": typed(code), "password": NEW}, expect=200)
    assert len(notices_to(sink, forum, person.email, 2)) == 1
    where = ["--database", forum.daemon.conninfo]
    for more, count in (([], 2), (settings(sink), 3)):
        done = subprocess.run([harness.MICROCOSMD, "user", "password", person.email, *where, *more], input=f"{PASSWORD}\n",
                              capture_output=True, text=True, timeout=harness.DEADLINE)
        assert done.returncode == 0, done.stderr
        mails_to(sink, forum, person.email, count)


def test_people_are_told_of_a_service_that_is_linked(forum, sink):
    person = forum.newcomer()
    forum.sql("UPDATE microcosm.users SET confirmed = now() WHERE user_id = %s", person.user_id)
    stub = oidc.Stub()
    try:
        provide(forum, "club", kind="oidc", issuer=stub.issuer, title="Club <&> friends")
        stub.person |= {"sub": "told", "email": person.email}
        for _ in range(2):
            Browser(forum).through(stub, "club")
        [notice] = notices_to(sink, forum, person.email, 1)
        assert f"{person.email} can sign in to Harbour through Club <&> friends now." in notice
        stub.person |= {"sub": "newcomer", "email": "newcomer@codes.example"}
        Browser(forum).through(stub, "club")
        mails_to(sink, forum, person.email, 1)
        assert not [to for _, to, _ in sink.taken if to == "newcomer@codes.example"], "nobody has shown that the address is theirs"
    finally:
        stub.close()


def test_browsers_get_pages_whatever_is_wrong(forum, sink):
    """And the form again, where that can be mended: what was wrong stands at its field."""
    person = forum.newcomer()
    _, path = link(code_for(forum, sink, "password", person))

    def post(of=path, expect=200, **fields):
        reply = forum.guest.post(of, form=fields, headers=HTML, expect=expect)
        return reply, pagecheck.check(reply)
    common, page = post(Password="1234567890", expect=400)
    [field] = page.all("input")
    assert field["name"] == "Password" and field["aria-invalid"] == "true" and "autofocus" in field
    assert "it is one that others guess first" in page.texts["p"] and b"1234567890" not in common.body
    assert not post(path[:-1], Password=NEW, expect=401)[1].all("form")
    assert not pagecheck.check(forum.guest.get(f"{CODES}/none", headers=HTML, expect=404)).all("form")
    elsewhere = forum.guest.post(path, form={"Password": NEW}, headers=[*HTML, ("Sec-Fetch-Site", "cross-site")], expect=403)
    assert not pagecheck.check(elsewhere).all("form")
    assert not post(Password=NEW)[1].all("form")
    late, page = post(Password=NEW, expect=401)
    assert "ask for another" in page.texts["p"] and person.email not in late.body.decode()


def by_page(forum, expect, query="state=%2Fx%2F", **fields):
    reply = forum.guest.post(f"/authorize?{query}", form=fields, expect=expect)
    return reply if expect == 302 else pagecheck.check(reply)


def test_a_code_is_asked_for_and_used_on_the_page(forum, sink):
    secret, person = forum.daemon.command("client", "create", "web").strip(), forum.newcomer()
    start = pagecheck.check(forum.guest.get("/authorize?state=%2Fx%2F", expect=200))
    [way] = [button["formaction"] for button in start.all("button") if "send=sign-in" in button.get("formaction", "")]

    page = by_page(forum, 200, way.lstrip("?"), Email=person.email, Password="")
    fields = {given["name"]: given.get("value") for given in page.all("input")}
    assert fields == {"Email": person.email, "Code": None} and page.all("form")[0]["action"] == "?state=/x/"
    page = by_page(forum, 401, Email=person.email, Code="22222-22222")
    assert [given["name"] for given in page.all("input") if "aria-invalid" in given] == ["Code"]
    sent = by_page(forum, 302, Email=person.email, Code=typed(mails_to(sink, forum, person.email)[0]))
    back = urllib.parse.parse_qs(sent.location.partition("?")[2])
    assert back["state"] == ["/x/"]
    token = forum.guest.post("/api/v1/auth0", {"code": back["code"][0], "clientSecret": secret}, expect=200).data
    assert forum.guest.request("GET", "/api/v1/whoami", token=token, expect=200).data["id"] == person.profile_id


def test_the_page_tells_nobody_who_has_an_account(forum, sink):
    person, nobody = forum.newcomer(), "page-nobody@people.example"

    def shown(address, send):
        return forum.guest.post(f"/authorize?send={send}", form={"Email": address}, expect=200).body.decode().replace(address, "")
    for send in ("sign-in", "password", "email", "x"):
        assert shown(person.email, send) == shown(nobody, send)
    mails_to(sink, forum, person.email, 4)
    assert len([to for _, to, _ in sink.taken if to == nobody]) == 3, "no new password for nobody"


def test_an_address_that_is_none_is_shown_at_its_field(forum):
    hostile = '"><script>alert(1)</script>'
    page = by_page(forum, 400, "state=%2Fx%2F&send=sign-in", Email=hostile)

    [field] = [given for given in page.all("input") if "aria-invalid" in given]
    assert field["name"] == "Email" and field["value"] == hostile
    forum.guest.post("/authorize?send=sign-in", form={"Email": "a@b.example"}, headers=[("Sec-Fetch-Site", "cross-site")], expect=403)
    assert not forum.sql("SELECT FROM microcosm.queue WHERE kind = 'code'")


class Reports(http.server.BaseHTTPRequestHandler):
    """A service that knows some addresses for spam."""

    def do_GET(self):  # pylint: disable=invalid-name
        [address] = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["email"]
        self.server.asked.append(address)
        seen = time.strftime("%Y-%m-%d 00:00:00", time.gmtime(time.time() - 86400))
        email = {"appears": 1, "lastseen": seen, "confidence": 90} if address.startswith("spam") else {"appears": 0}
        body = json.dumps({"success": 1, "email": email}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_new_people_are_checked_for_spam(database, sink):
    """Once, before there is a user; the code that was refused counts no less for that."""
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reports)
    service.asked = []
    threading.Thread(target=service.serve_forever, daemon=True).start()
    daemon = harness.Daemon(database, arguments=[*settings(sink), "--outgoing-allow", "127.0.0.1", "--spam-check",
                                                 f"http://127.0.0.1:{service.server_port}/api"])
    try:
        site = harness.Site(daemon.start())

        def enter(address, count, expect):
            ask(site.guest, "sign-in", address, expect=200)
            code = typed(mails_to(sink, site, address, count)[-1])
            site.guest.post("/api/v1/auth", {"email": address, "code": code}, expect=expect)
        enter("spam@codes.example", 1, 403)
        assert not site.sql("SELECT FROM microcosm.users WHERE email = 'spam@codes.example'")
        enter("ham@codes.example", 1, 200)
        assert service.asked == ["spam@codes.example", "ham@codes.example"]
        enter("ham@codes.example", 2, 200)
        assert service.asked == ["spam@codes.example", "ham@codes.example"], "nobody is asked about who has been here"
    finally:
        daemon.close()
        service.shutdown()
        service.server_close()


def test_a_link_signs_in_with_the_client_of_a_site_that_has_one(daemons, sink):
    site = harness.Site(daemons[0])
    try:
        daemons[0].command("site", "set", site.host.split(".")[0], "--auth0-domain", site.host, "--auth0-client-id", "x")
        harness.wait_until(lambda: site.guest.get("/api/v1/site").data.get("auth0Domain"), "the setting")
        secret, person = daemons[0].command("client", "create", "web").strip(), site.newcomer()
        _, path = link(code_for(site, sink, "sign-in", person))
        sent = site.guest.post(path, form={}, expect=302)
        assert "/auth0login/?" in sent.location and sent.header("Set-Cookie").startswith("__Host-microcosm_landing=")
        code = re.search(r"code=(\w+)", sent.location).group(1)
        token = site.guest.post("/api/v1/auth0", {"code": code, "clientSecret": secret}, expect=200).data
        assert site.guest.request("GET", "/api/v1/whoami", token=token, expect=200).data["id"] == person.profile_id
    finally:
        site.close()


def test_confirming_an_address(forum, sink):
    person, other = forum.newcomer(), forum.newcomer()
    is_confirmed = "SELECT confirmed IS NOT NULL FROM microcosm.users WHERE user_id = %s"

    ask(forum.guest, "email", person.email, expect=403)
    _, path = link(code_for(forum, sink, "email", person))
    forum.guest.get(path, expect=200)
    assert forum.sql(is_confirmed, person.user_id) == [(False,)], "looking changes nothing"
    forum.guest.post(path, form={}, expect=200)
    assert forum.sql(is_confirmed, person.user_id) == [(True,)]
    forum.guest.post("/api/v1/email", {"email": other.email, "code": typed(code_for(forum, sink, "email", other))}, expect=200)
    assert forum.sql(is_confirmed, other.user_id) == [(True,)]
    scoped = other.post("/api/v1/tokens", {"name": "x", "scope": "write"}, expect=200).data["accessToken"]
    forum.guest.request("POST", CODES, json_body={"purpose": "email"}, token=scoped, expect=403)


def test_nothing_tells_who_has_an_account(forum, sink):
    person = forum.newcomer()
    replies = [ask(forum.guest, purpose, address, expect=200)
               for purpose in ("password", "sign-in") for address in (person.email, "nobody@nowhere.example")]

    assert len({(reply.body, tuple(sorted(name for name, _ in reply.headers))) for reply in replies}) == 1
    assert len(mails_to(sink, forum, "nobody@nowhere.example", 1)) == 1, "that for sign-in only"
    assert len(mails_to(sink, forum, person.email, 2)) == 2
    assert forum.sql("SELECT count(*) FROM microcosm.mail_codes WHERE email = 'nobody@nowhere.example' AND link_hash IS NULL") == [(1,)]


def test_the_mail_goes_to_the_address_that_the_user_has_given(forum, sink):
    """Another mailbox may have the same canonical form."""
    forum.owner.post("/api/v1/users", [{"email": "ada.lovelace@letters.example"}], expect=200)
    ask(forum.guest, "password", "adalovelace@letters.example", expect=200)
    mails_to(sink, forum, "ada.lovelace@letters.example")
    assert not [to for _, to, _ in sink.taken if to == "adalovelace@letters.example"]


def test_a_code_of_one_site_is_none_on_another(forum, sink, daemons):
    other, person = harness.Site(daemons[1]), forum.newcomer()
    try:
        code = typed(code_for(forum, sink, "sign-in", person))
        other.guest.post("/api/v1/auth", {"email": person.email, "code": code}, expect=401)
        forum.guest.post("/api/v1/auth", {"email": person.email, "code": code}, expect=200)
    finally:
        other.close()


def test_only_one_of_those_who_use_it_at_once(forum, sink, daemons):
    person = forum.newcomer()
    code = typed(code_for(forum, sink, "sign-in", person))
    replies = harness.parallel(lambda n: harness.Client(daemons[n % 2], forum.host).post(
        "/api/v1/auth", {"email": person.email, "code": code}), range(8))

    assert sorted(reply.status for reply in replies) == [200] + [401] * 7


def test_guesses_are_counted_by_all_processes(forum, sink, daemons):
    person = forum.newcomer()
    code = typed(code_for(forum, sink, "sign-in", person))
    replies = harness.parallel(lambda n: harness.Client(daemons[n % 2], forum.host).post(
        "/api/v1/auth", {"email": person.email, "code": f"{n:010}".replace("0", "A").replace("1", "B")}), range(13))

    assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 3
    forum.guest.post("/api/v1/auth", {"email": person.email, "code": code}, expect=429)


def test_mails_are_counted(forum, sink):
    person = forum.newcomer()
    replies = harness.parallel(lambda _: ask(harness.Client(forum.daemon, forum.host), "password", person.email), range(8))

    assert sorted(reply.status for reply in replies) == [200] * 5 + [429] * 3
    assert [int(reply.header("Retry-After")) > 0 for reply in replies if reply.status == 429] == [True] * 3
    assert len(mails_to(sink, forum, person.email, 5)) == 5


def test_what_requests_say_of_themselves_is_in_no_link(forum, sink):
    person = forum.newcomer()
    forum.guest.post(CODES, {"purpose": "password", "email": person.email}, expect=200, host=f"{forum.host}:81",
                     headers=[("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example"), ("Origin", "http://evil.example")])
    [text] = mails_to(sink, forum, person.email)
    assert "evil" not in text and ":81" not in text and link(text)[0].split(":")[0] == forum.host


def test_an_old_code_counts_no_more(forum, sink):
    person = forum.newcomer()
    text = code_for(forum, sink, "password", person)
    forum.sql("UPDATE microcosm.mail_codes SET expires = now() - interval '1 second' WHERE email = %s", person.email)
    forum.guest.post("/api/v1/password", {"email": person.email, "code": typed(text), "password": NEW}, expect=401)
    forum.guest.post(link(text)[1], form={"Password": NEW}, expect=401)


@pytest.mark.parametrize("body", [{}, {"purpose": "sign-in"}, {"purpose": "tea", "email": "a@b.example"},
                                  {"purpose": "password", "email": "a@b.example\r\nBcc: x@y.example"}, {"purpose": "sign-in", "email": "nobody"}])
def test_faults(forum, body):
    forum.guest.post(CODES, body, expect=400)


def test_without_a_mail_server(site):
    reply = ask(site.guest, "password", "ada@people.example", expect=501)
    assert "smtp" in reply.data["errorDetail"]


def test_no_secret_comes_out(forum, sink, daemons):
    """Neither in logs nor in what the database keeps."""
    person = forum.newcomer()
    text = code_for(forum, sink, "password", person)
    secrets = [typed(text), typed(text).replace("-", ""), link(text)[1].split("-")[-1], NEW]
    forum.guest.get(link(text)[1], expect=200)
    forum.guest.post(link(text)[1], form={"Password": NEW}, expect=200)
    forum.guest.get(f"{link(text)[1]}?x=1", expect=401)

    for daemon in daemons:
        assert not [secret for secret in (*secrets, person.email) if secret in daemon.log()]
    tables = [name for (name,) in forum.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'microcosm'"
                                            " AND table_type = 'BASE TABLE'")]
    for table in tables:
        assert not [row for (row,) in forum.sql(f"SELECT r::text FROM microcosm.{table} r") if any(secret in row for secret in secrets)], table
    for table in ("audit", "changes", "sign_in_attempts", "queue"):
        assert not [row for (row,) in forum.sql(f"SELECT r::text FROM microcosm.{table} r") if person.email in row], table
