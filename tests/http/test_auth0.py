"""Signing in for clients of Auth0: docs/http/sign-in.md."""

import re
import subprocess
import urllib.parse

import pytest

import harness
import pagecheck
from test_second_factor import Device
from test_sign_in import PASSWORD, give_password

AUTH0 = "/api/v1/auth0"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def secret(daemon):
    """That of a client."""
    return daemon.command("client", "create", "web").strip()


def status_of(daemon, *words):
    return subprocess.run([harness.MICROCOSMD, *words, *daemon.where], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=harness.DEADLINE).returncode


def newcomer(site):
    person = site.newcomer()
    give_password(person)
    person.token = site.token(person.email)
    return person


@pytest.fixture
def person(site):
    site.sql("DELETE FROM microcosm.sign_in_attempts")
    return newcomer(site)


def form(**fields):
    return {"body": urllib.parse.urlencode(fields).encode(), "content_type": FORM}


def authorize(site, person, state="/conversations/1/", password=PASSWORD, expect=302, **options):
    return site.guest.post(f"/authorize?{urllib.parse.urlencode({'state': state})}", expect=expect,
                           **form(Email=person.email, Password=password), **options)


def landing(site, reply):
    """The parameters that the browser is sent away with: to the site's own address, whatever was asked for."""
    address = site.guest.get("/api/v1/site", expect=200).data["siteURL"]
    url, _, query = reply.location.partition("?")
    assert url == f"{address}/auth0login/"
    return {name: value for name, [value] in urllib.parse.parse_qs(query).items()}


def exchange(site, code, secret, **options):
    return site.guest.post(AUTH0, **form(Code=code, State="/x", ClientSecret=secret), **options)


def test_a_client_that_was_made_for_auth0(site, person, secret):
    """What microweb does, step by step."""
    page = site.guest.get("/authorize?response_type=code&client_id=x&redirect_uri=https%3A%2F%2Fevil.example%2F&state=%2Fconversations%2F1%2F",
                          expect=200)
    assert page.header("Content-Type") == "text/html; charset=utf-8"
    [action] = re.findall(r'action="([^"]+)"', page.body.decode())
    reply = site.guest.post(f"/authorize{action}", expect=302, **form(Email=person.email, Password=PASSWORD))
    back = landing(site, reply)
    assert back["state"] == "/conversations/1/" and set(back) == {"code", "state"}

    person.token = exchange(site, back["code"], secret, expect=200).data

    assert len(person.token) == 128
    assert person.get("/api/v1/whoami", expect=200).data["id"] == person.profile_id
    site.guest.post(f"/api/v1/auth/{person.token}?method=DELETE&access_token={person.token}", expect=200)
    person.get("/api/v1/whoami", expect=401)


def test_as_json(site, person, secret):
    code = landing(site, authorize(site, person))["code"]

    reply = site.guest.post(AUTH0, {"CODE": code, "clientsecret": secret, "state": "/"}, expect=200)

    assert len(reply.data) == 128


def test_a_code_is_good_once(site, person, secret):
    code = landing(site, authorize(site, person))["code"]

    exchange(site, code, secret, expect=200)
    late = exchange(site, code, secret, expect=401)
    assert late.data["errorDetail"] == "the code is wrong, used or too old: sign in again"


def test_of_many_at_once_one_gets_the_token(site, person, secret):
    code = landing(site, authorize(site, person))["code"]
    before = site.sql("SELECT count(*) FROM microcosm.access_tokens WHERE user_id = %s", person.user_id)[0][0]

    def one(_):
        return harness.Client(site.daemon, site.host).post(AUTH0, **form(Code=code, ClientSecret=secret)).status
    statuses = harness.parallel(one, range(8))

    assert sorted(statuses) == [200] + [401] * 7
    assert site.sql("SELECT count(*) FROM microcosm.access_tokens WHERE user_id = %s", person.user_id)[0][0] == before + 1


@pytest.mark.parametrize("end", ["password", "operator", "tokens", "mail"])
def test_a_code_ends_with_the_tokens(site, person, secret, end):
    """Else whoever has signed in with a password that was found out would have a token for a year, after it was changed."""
    code = landing(site, authorize(site, person))["code"]
    other = landing(site, authorize(site, stranger := newcomer(site)))["code"]
    if end == "password":
        person.put("/api/v1/password", {"current": PASSWORD, "password": "a rolling hitch"}, expect=200)
    elif end == "operator":
        give_password(person)
    elif end == "tokens":
        person.delete("/api/v1/tokens", expect=200)
    else:
        site.sql("INSERT INTO microcosm.mail_codes (purpose, site_id, email, canonical_email, expires, link_hash, typed_hash)"
                 " VALUES (2, %s, %s, %s, now() + interval '1 minute', sha256('a link'), sha256('typed')) RETURNING 1",
                 site.id, person.email, person.email)
        site.guest.post("/api/v1/password", {"code": "a link", "password": "a rolling hitch"}, expect=200)

    exchange(site, code, secret, expect=401)
    exchange(site, other, secret, expect=200)
    stranger.get("/api/v1/whoami", expect=200)


def test_a_wrong_secret_leaves_the_code(site, person, secret):
    code = landing(site, authorize(site, person))["code"]

    exchange(site, code, "wrong", expect=403)
    exchange(site, code, "", expect=400)
    exchange(site, "", secret, expect=400)
    exchange(site, code, secret, expect=200)


def test_a_code_is_good_on_its_site_only(site, person, secret):
    code = landing(site, authorize(site, person))["code"]
    other = harness.Site(site.daemon)

    exchange(other, code, secret, expect=401)
    exchange(site, code, secret, expect=200)


def test_a_code_ends(site, person, secret):
    code = landing(site, authorize(site, person))["code"]
    site.sql("UPDATE microcosm.sign_in_codes SET ends = now() - interval '1 second' WHERE user_id = %s", person.user_id)

    exchange(site, code, secret, expect=401)
    authorize(site, person)
    ended = site.sql("SELECT count(*) FROM microcosm.sign_in_codes WHERE ends < now()")[0][0]
    assert ended == 0, "codes that have ended are taken away"


@pytest.mark.parametrize("state", ["//evil.example/", "/\\evil.example", "https://evil.example/", "evil.example", "javascript:alert(1)",
                                   "/\t/evil.example", "/\r\nX-Evil: 1", "/ x", "\\\\evil.example", "/" + "x" * 2000])
def test_nobody_is_sent_elsewhere(site, person, state):
    reply = authorize(site, person, state, expect=400)

    assert reply.location is None and b"must be a path on this site" in reply.body
    assert b"\r\nX-Evil" not in reply.body


def test_the_path_comes_back_as_it_was(site, person):
    for state in ("/", "/conversations/1/?offset=25&x=%2F#last", "/köpfe/", '/"><script>', "/&code=mine"):
        assert landing(site, authorize(site, person, state))["state"] == state
    assert landing(site, authorize(site, person, ""))["state"] == "/"


def test_the_page_shows_nothing_of_others(site):
    page = site.guest.get("/authorize?state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", expect=200)

    assert b"<script" not in page.body and "default-src 'none'" in page.header("Content-Security-Policy")
    assert "frame-ancestors 'none'" in page.header("Content-Security-Policy")


def test_the_page_has_the_name_of_the_site(daemon):
    site = harness.Site(daemon, title="Knots & <splices>")
    page = pagecheck.check(site.guest.get("/authorize", expect=200))

    assert page.texts["title"] == "Sign in – Knots & <splices>" and "Knots & <splices>" in page.texts["p"]
    assert not [button for button in page.all("button") if "formaction" in button], "this daemon sends no mail"


def test_what_was_sent_stays_but_for_the_password(site, person):
    reply = authorize(site, person, password="not this one", expect=401)
    page = pagecheck.check(reply)

    assert {given["name"]: given.get("value") for given in page.all("input")} == {"Email": person.email, "Password": None}
    assert [given["name"] for given in page.all("input") if "aria-invalid" in given] == ["Password"]
    assert b"not this one" not in reply.body


def test_a_wrong_password_shows_the_page(site, person):
    reply = authorize(site, person, password="not this one", expect=401)

    assert b"the address or the password is wrong" in reply.body and b"<form" in reply.body
    assert reply.header("Content-Type") == "text/html; charset=utf-8"
    for _ in range(10):
        last = authorize(site, person, password="not this one", expect={401, 429})
    assert last.status == 429 and int(last.header("Retry-After")) > 0


@pytest.mark.parametrize("where, status", [("cross-site", 403), ("same-site", 403), ("same-origin", 302), ("none", 302)])
def test_forms_of_other_sites(site, person, where, status):
    authorize(site, person, headers=[("Sec-Fetch-Site", where)], expect=status)


def check_landing(site, reply):
    """What a proxy asks before it lets a browser through to where codes arrive: only who has signed in has the cookie."""
    code, name = landing(site, reply)["code"], "__Host-microcosm_landing"
    [cookie] = [value for key, value in reply.headers if key.lower() == "set-cookie" and value.startswith(f"{name}=")]
    pair = cookie.partition(";")[0]
    assert "; Path=/; Max-Age=120; HttpOnly; SameSite=Lax; Secure" in cookie
    for sent, status in ((pair, 200), (f"a=b; {pair}; c=d", 200), (None, 403), (f"{name}=", 403), (f"{name}={'x' * 64}", 403),
                         (f"microcosm_landing={code}", 403), (f"{pair}x", 403)):
        headers = [("Cookie", sent)] if sent else []
        assert site.guest.get(f"{AUTH0}?code={code}", headers=headers, expect=status).header("Cache-Control") == "no-cache, max-age=0"
    site.guest.get(f"{AUTH0}?code={code}&method=OPTIONS", expect=403)  # whatever else comes with it
    for query in ("", "?code=", f"?code={code[:-1]}", f"?code={'y' * 64}"):
        site.guest.get(AUTH0 + query, headers=[("Cookie", pair)], expect=403)
    site.guest.get(AUTH0 + "?code=", headers=[("Cookie", f"{name}=")], expect=403)
    assert code not in site.daemon.log()
    return code


def test_another_ones_code_signs_nobody_in(site, person, secret):
    """What the official client's proxy can ask, since the client itself looks neither at state nor at cookies."""
    code = check_landing(site, authorize(site, person))
    exchange(site, code, secret, expect=200)


def test_a_second_factor_is_asked_for_behind_the_password(site, person, secret):
    """Neither the password nor anything that is as good as it is on that page."""
    site.sql("DELETE FROM microcosm.sign_in_attempts")
    person.token = site.guest.post("/api/v1/auth", {"email": person.email, "password": PASSWORD}, expect=200).data
    device = Device(person)
    person.put("/api/v1/second-factor", {"code": device.code()}, expect=200)
    count = "SELECT count(*) FROM microcosm.access_tokens WHERE user_id = %s"
    tokens = site.sql(count, person.user_id)

    reply = authorize(site, person, expect=401)
    page = pagecheck.check(reply)
    fields = {given["name"]: given.get("value") for given in page.all("input")}
    assert set(fields) == {"Pending", "SecondFactor"} and PASSWORD not in reply.body.decode()
    assert site.sql(count, person.user_id) == tokens
    exchange(site, fields["Pending"], secret, expect=401)
    [target] = page.all("form")

    def show(factor, expect, state=None):
        return site.guest.post(state or target["action"], expect=expect, **form(Pending=fields["Pending"], SecondFactor=factor))
    show(device.wrong(), 401)
    show(device.fresh(), 400, "/authorize?state=//evil.example/")
    exchange(site, landing(site, show(device.fresh(), 302))["code"], secret, expect=200)
    known = "SELECT count(*) FROM microcosm.sign_in_attempts WHERE known_until IS NOT NULL"
    assert site.sql(known)[0][0] > 0, "it is a sign-in from here"
    at_once = site.guest.post("/authorize?state=/x/", expect=302, **form(Email=person.email, Password=PASSWORD, SecondFactor=device.fresh()))
    assert landing(site, at_once)["state"] == "/x/"


def test_the_token_of_the_page_is_gone(site, person):
    """What signs in on the page is exchanged for the code: no token is left that nobody has."""
    before = site.sql("SELECT count(*) FROM microcosm.access_tokens WHERE user_id = %s", person.user_id)[0][0]
    authorize(site, person)

    assert site.sql("SELECT count(*) FROM microcosm.access_tokens WHERE user_id = %s", person.user_id)[0][0] == before


def test_clients_end(daemon, site, person):
    secret = daemon.command("client", "create", "x & <y>")
    listed = daemon.command("client", "list").splitlines()
    number = listed[-1].split("\t")[0]
    assert listed[-1].split("\t")[2] == "x & <y>" and secret.strip() not in "".join(listed)
    code = landing(site, authorize(site, person))["code"]

    assert status_of(daemon, "client", "delete", number) == 0
    assert status_of(daemon, "client", "delete", number) == 1
    exchange(site, code, secret.strip(), expect=403)
    assert status_of(daemon, "client", "create", "x" * 101) == 2


def test_no_secret_comes_out(site, person, secret):
    code = landing(site, authorize(site, person))["code"]
    token = exchange(site, code, secret, expect=200).data
    exchange(site, "zq-canary-code", "zq-canary-secret", expect=403)

    log = site.daemon.log()
    rows = [row[0] for table in ("clients", "sign_in_codes", "changes", "audit", "access_tokens")
            for row in site.sql(f"SELECT t::text FROM microcosm.{table} t")]
    for hidden in (code, token, secret, "zq-canary", PASSWORD):
        assert hidden not in log and not [row for row in rows if hidden in row]
