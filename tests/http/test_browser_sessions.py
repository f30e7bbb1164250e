"""Sessions of browsers, in cookies: docs/http/sign-in.md#sessions-of-browsers."""

import re

import pytest

import harness
from test_sign_in import PASSWORD, give_password

SESSION, WHOAMI = "/api/v1/session", "/api/v1/whoami"


@pytest.fixture
def person(site):
    person = site.newcomer()
    give_password(person)
    person.token = None
    return person


def cookie_of(reply):
    """Name, value and attributes of the cookie that a reply sets."""
    [header] = [value for name, value in reply.headers if name.lower() == "set-cookie"]
    pair, *attributes = header.split("; ")
    return (*pair.split("=", 1), set(attributes))


class Browser(harness.Client):
    """Somebody with a cookie instead of a header."""

    def __init__(self, person):
        super().__init__(person.daemon, person.host, name="browser")
        reply = self.post(SESSION, {"email": person.email, "password": PASSWORD}, expect=200)
        assert reply.data is None
        self.cookie, self.value, self.attributes = cookie_of(reply)

    def send(self, method, target, headers=(), **options):
        return self.request(method, target, headers=[("Cookie", f"theme=dark; {self.cookie}={self.value}"), *headers], check=False, **options)

    def csrf(self):
        return self.send("GET", SESSION, expect=200).data["csrfToken"]


def test_the_cookie(site, person):
    browser = Browser(person)

    assert browser.cookie == "microcosm" and re.fullmatch(r"[0-9A-Za-z]{128}", browser.value)
    assert browser.attributes == {"Path=/", "Max-Age=31536000", "HttpOnly", "SameSite=Lax"}
    assert browser.send("GET", WHOAMI, expect=200).data["id"] == person.profile_id
    assert browser.send("GET", WHOAMI, expect=200).header("Cache-Control") == "no-cache, max-age=0"
    assert browser.value not in site.daemon.log()


def test_elsewhere_than_on_a_loopback_host_it_is_for_tls_only(site, person):
    """The name then also keeps sites beside this one from setting it."""
    host = f"forum{site.id}.example"
    site.sql("UPDATE microcosm.sites SET domain = %s WHERE site_id = %s", host, site.id)
    harness.wait_until(lambda: site.guest.get("/api/v1/site", host=host, check=False).status == 200, "the host to be known")
    reply = site.guest.post(SESSION, {"email": person.email, "password": PASSWORD}, host=host, expect=200)

    name, value, attributes = cookie_of(reply)
    assert (name, attributes) == ("__Host-microcosm", {"Path=/", "Max-Age=31536000", "Secure", "HttpOnly", "SameSite=Lax"})
    for sent, status in ((name, 200), ("microcosm", 403)):
        site.guest.get(WHOAMI, host=host, headers=[("Cookie", f"{sent}={value}")], check=False, expect=status)


def test_a_cookie_alone_writes_nothing(site, person):
    browser = Browser(person)
    csrf, path = browser.csrf(), f"/api/v1/profiles/{person.profile_id}"
    edit = {"json_body": {"visible": False}}

    assert re.fullmatch("[0-9a-f]{64}", csrf)
    for headers in ([], [("X-CSRF-Token", "")], [("X-CSRF-Token", "0" * 64)], [("X-CSRF-Token", csrf[:-1])]):
        browser.send("PUT", path, headers, **edit, expect=403)
        browser.send("POST", f"{path}?method=PUT", headers, **edit, expect=403)
        browser.send("POST", path, [*headers, ("X-HTTP-Method-Override", "PUT")], **edit, expect=403)
        browser.send("DELETE", SESSION, headers, expect=403)
        browser.send("POST", "/api/v1/watchers", headers, form={"ItemId": "1"}, expect=403)
        browser.send("POST", "/api/v1/watchers", headers, body=b"{}", content_type="text/plain", expect=403)
    browser.send("PUT", path, [("X-CSRF-Token", csrf)], **edit, expect=302)
    browser.send("POST", f"{path}?method=PUT", [("X-CSRF-Token", csrf), ("Sec-Fetch-Site", "same-origin")], **edit, expect=302)
    assert Browser(person).csrf() != csrf, "each session has its own"


@pytest.mark.parametrize("headers, is_known", [
    ([("Sec-Fetch-Site", "same-origin")], True), ([("Sec-Fetch-Site", "none")], True), ([("Sec-Fetch-Site", "same-site")], False),
    ([("Sec-Fetch-Site", "cross-site")], False), ([("Sec-Fetch-Site", "")], False),
    ([("Sec-Fetch-Site", "cross-site"), ("Origin", "http://{host}")], False), ([("Origin", "http://{host}")], True),
    ([("Origin", "https://evil.example")], False), ([("Origin", "http://other.localhost")], False), ([("Origin", "http://{host}.evil.example")], False),
    ([("Origin", "null")], False)])
def test_pages_of_other_origins_are_guests(person, headers, is_known):
    browser = Browser(person)
    sent = [(name, value.format(host=person.host)) for name, value in headers]

    assert browser.send("GET", WHOAMI, sent).status == (200 if is_known else 403)
    status = browser.send("PUT", f"/api/v1/profiles/{person.profile_id}", [*sent, ("X-CSRF-Token", browser.csrf())], json_body={"visible": True}).status
    assert status == (302 if is_known else 403)
    assert browser.request("POST", SESSION, json_body={"email": person.email, "password": PASSWORD}, headers=sent).status == (200 if is_known else 403)


def test_nobody_is_signed_in_by_another_site(site, person):
    """By a form there, which needs no script."""
    for headers in ([("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example")], [("Origin", "null")]):
        reply = site.guest.post(SESSION, form={"Email": person.email, "Password": PASSWORD}, headers=headers, expect=403)
        assert reply.header("Set-Cookie") is None
        site.guest.post("/api/v1/codes/sign-in-" + "x" * 40, form={}, headers=headers, expect=403)


def test_scripts_of_other_sites_learn_nothing(person):
    """JSONP is for guests."""
    reply = Browser(person).send("GET", f"{WHOAMI}?callback=f", expect=403)
    assert person.email.encode() not in reply.body


def test_a_session_takes_no_token_from_the_request(site, person):
    chosen = "a" * 128
    reply = site.guest.post(SESSION, {"email": person.email, "password": PASSWORD}, headers=[("Cookie", f"microcosm={chosen}")], expect=200)

    assert cookie_of(reply)[1] != chosen
    site.guest.get(WHOAMI, headers=[("Cookie", f"microcosm={chosen}")], check=False, expect=401)


def test_other_credentials_win(site, person):
    browser, other = Browser(person), site.newcomer()

    assert browser.send("GET", WHOAMI, token=other.token, expect=200).data["id"] == other.profile_id
    assert browser.send("GET", f"{WHOAMI}?access_token={other.token}", expect=200).data["id"] == other.profile_id
    browser.send("GET", WHOAMI, [("Authorization", "Basic x")], expect=401)
    browser.send("PUT", f"/api/v1/profiles/{other.profile_id}", token=other.token, json_body={"visible": True}, expect=302)  # no CSRF token is needed


def test_signing_out(site, person):
    browser = Browser(person)
    reply = browser.send("DELETE", SESSION, [("X-CSRF-Token", browser.csrf())], expect=200)

    assert cookie_of(reply)[:2] == ("microcosm", "") and "Max-Age=0" in cookie_of(reply)[2]
    stale = browser.send("GET", WHOAMI, expect=401)
    assert cookie_of(stale)[:2] == ("microcosm", ""), "the browser forgets it"
    browser.send("GET", SESSION, expect=401)
    site.guest.get(SESSION, expect=404)
    browser.send("POST", SESSION, json_body={"email": person.email, "password": PASSWORD}, expect=200)


@pytest.mark.parametrize("cookie", ["", ";;;", "microcosm", "microcosm=", "xmicrocosm=abc", "theme=microcosm=abc", "microcosm=" + "x" * 4000])
def test_odd_cookies(site, cookie):
    reply = site.guest.get(WHOAMI, headers=[("Cookie", cookie)], check=False)
    assert reply.status == (401 if cookie.endswith("xxx") else 403)
