"""Signing in through other services: docs/http/providers.md."""

import itertools
import json
import subprocess
import threading
import time
import urllib.parse

import pytest

import harness
import oidc
import pagecheck
from test_auth0 import check_landing, exchange, landing, secret  # noqa: F401
from test_second_factor import Device, FACTOR, code_of

NUMBERS = itertools.count(1)
SIGN_IN, SIGNED_IN = "/api/v1/signin", "/api/v1/signedin"
OPERATOR = 2147483647


@pytest.fixture(scope="module")
def daemon(database):
    """One that may ask servers of this machine."""
    daemon = harness.Daemon(database, arguments=["--outgoing-allow", "127.0.0.1"])
    try:
        yield daemon.start()
    finally:
        daemon.close()


@pytest.fixture(scope="module")
def address(site):
    return site.guest.get("/api/v1/site", expect=200).data["siteURL"]


def command(site, *words, text=None):
    return subprocess.run([harness.MICROCOSMD, "provider", *words, "--site", site.key, *site.daemon.where], input=text or "",
                          capture_output=True, text=True, timeout=harness.DEADLINE)


def provide(site, name, **settings):
    done = command(site, "set", name, text=json.dumps({"clientId": oidc.CLIENT, "clientSecret": oidc.SECRET, **settings}))
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def running():
    stub = oidc.Stub()
    yield stub
    stub.close()


@pytest.fixture
def stub(running, site):
    """As it is right, with its description and keys unknown to the daemon: each test has an address of its own."""
    running.reset()
    running.person |= {"sub": f"s-{next(NUMBERS)}", "email": f"person{next(NUMBERS)}@stub.example"}
    provide(site, "stub", kind="oidc", issuer=running.issuer)
    return running


class Browser:
    """Somebody's, with a cookie for each provider."""

    def __init__(self, site):
        self.site, self.cookies = site, {}

    def begin(self, name, state="/conversations/1/", expect=302):
        reply = self.site.guest.get(f"{SIGN_IN}/{name}?{urllib.parse.urlencode({'state': state})}", expect=expect)
        if reply.status == 302:
            cookie = reply.header("Set-Cookie")
            self.cookies[name] = cookie.partition(";")[0]
            assert cookie.startswith(f"__Host-microcosm_signin_{name}=") and "; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure" in cookie
            assert reply.header("Cache-Control") == "no-cache, max-age=0"
        return reply

    def query(self, name, state="/conversations/1/"):
        url = self.begin(name, state).location
        return url, {key: value for key, [value] in urllib.parse.parse_qs(urllib.parse.urlsplit(url).query).items()}

    def end(self, name, expect=302, cookie=None, **query):
        query = {key: value for key, value in query.items() if value is not None}
        headers = [("Cookie", f"other=1; {cookie or self.cookies[name]}; more=2")] if cookie != "" else []
        return self.site.guest.get(f"{SIGNED_IN}/{name}?{urllib.parse.urlencode(query)}", headers=headers, expect=expect)

    def through(self, stub, name="stub", expect=302, **query):
        """All of it."""
        url, asked = self.query(name)
        return self.end(name, expect=expect, **{"code": stub.code(url), "state": asked["state"], **query})


def signed_in(site, reply, secret):
    """Who has come."""
    token = exchange(site, landing(site, reply)["code"], secret, expect=200).data
    return harness.Client(site.daemon, site.host, token).get("/api/v1/whoami", expect=200).data


def refusal(reply):
    assert reply.location is None and reply.header("Set-Cookie") is None
    return reply.data["errorDetail"]


# With a provider that is certified


@pytest.fixture(scope="module")
def keys(running):
    return {alg: oidc.check_jose.Key(running.folder.name, alg, f"real-{alg.lower()}") for alg in ("RS256", "ES256", "EdDSA")}


@pytest.fixture(scope="module")
def real(site, address):
    real = oidc.Real([f"{address}{SIGNED_IN}/real"])
    provide(site, "real", kind="oidc", issuer=real.issuer)
    yield real
    real.close()


def come_through(real, site, login):
    browser = Browser(site)
    url, _ = browser.query("real")
    back = real.sign_in(url, login)
    assert back.startswith(f"https://{site.host}{SIGNED_IN}/real?")
    query = {key: value for key, [value] in urllib.parse.parse_qs(urllib.parse.urlsplit(back).query).items()}
    assert query["iss"] == real.issuer
    return browser, query


def test_the_certified_provider_from_key_to_key(site, real, keys, secret):  # noqa: F811
    """Each algorithm, one after another, with the keys that were known before each time."""
    people = set()
    for alg in ("RS256", "ES256", "EdDSA"):
        real.set([oidc.private_jwk(keys[alg])], alg)
        browser, query = come_through(real, site, "rowan")
        person = signed_in(site, browser.end("real", **query), secret)
        people.add(person["id"])
    assert len(people) == 1 and person["profileName"] == "rowan" and person["email"] == "rowan@real.example"


def test_keys_change_while_somebody_signs_in(site, real, keys, secret):  # noqa: F811
    real.set([oidc.private_jwk(keys["RS256"])])
    browser, query = come_through(real, site, "rowan")
    signed_in(site, browser.end("real", **query), secret)
    browser, query = come_through(real, site, "rowan")
    real.set([oidc.private_jwk(keys["ES256"])], "ES256")

    assert signed_in(site, browser.end("real", **query), secret)["profileName"] == "rowan"


def test_the_certified_provider_refuses(site, real, keys):
    """A code that was used, one for another verifier, and one that never was."""
    real.set([oidc.private_jwk(keys["RS256"])])
    browser, query = come_through(real, site, "tomas")
    browser.end("real", **query)
    assert "refuses the code" in refusal(browser.end("real", expect=403, **query))
    assert "refuses the code" in refusal(browser.end("real", expect=403, **{**query, "code": "never"}))
    stolen, theirs = come_through(real, site, "tomas")
    own = Browser(site)
    _, asked = own.query("real")
    assert "refuses the code" in refusal(own.end("real", expect=403, **{**theirs, "state": asked["state"]}))


def test_an_address_that_the_certified_provider_has_not_verified(site, real, keys):
    real.set([oidc.private_jwk(keys["RS256"])], verified=False)
    browser, query = come_through(real, site, "unverified")

    assert "has not verified" in refusal(browser.end("real", expect=403, **query))


def test_the_certified_provider_is_told_no(site, real):
    browser = Browser(site)
    _, asked = browser.query("real")

    told = refusal(browser.end("real", expect=403, state=asked["state"], error="access_denied", error_description="<script>",
                               iss=real.issuer))
    assert "agreed" in told and "script" not in told
    assert "iss" in refusal(browser.end("real", expect=403, state=asked["state"], code="x")), "it says that it sends one"


# With one that misbehaves


def test_signing_in(site, stub, secret):  # noqa: F811
    browser = Browser(site)
    url, asked = browser.query("stub", "/köpfe/?a=b&c=%2F")
    assert url.startswith(f"{stub.issuer}/authorize?") and set(asked) == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}
    assert asked["redirect_uri"] == f"https://{site.host}{SIGNED_IN}/stub" and asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid email profile" and asked["client_id"] == oidc.CLIENT
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3

    reply = browser.end("stub", code=stub.code(url), state=asked["state"])

    assert landing(site, reply)["state"] == "/köpfe/?a=b&c=%2F"
    [gone] = [value for key, value in reply.headers if key.lower() == "set-cookie" and "_signin_" in value]
    assert gone.startswith("__Host-microcosm_signin_stub=; ") and "Max-Age=0" in gone
    first = signed_in(site, reply, secret)
    assert (first["email"], first["profileName"]) == (stub.person["email"], "bosun")
    stub.person["email"], stub.person["email_verified"] = "changed@stub.example", False
    assert signed_in(site, Browser(site).through(stub), secret)["id"] == first["id"], "whoever was here is known"
    assert site.sql("SELECT count(*) FROM microcosm.identities WHERE subject = %s", stub.person["sub"])[0][0] == 1


def test_claims_of_the_token_itself(site, stub, secret):  # noqa: F811
    stub.claims = {"email": stub.person["email"], "email_verified": "true", "name": "Rowan"}
    stub.answers["/me"] = (500, {})

    assert signed_in(site, Browser(site).through(stub), secret)["email"] == stub.person["email"]


WRONG_TOKENS = {
    "another issuer": ({"iss": "https://other.example"}, "iss"), "no issuer": ({"iss": None}, "iss"),
    "another client": ({"aud": "other"}, "aud"), "many clients": ({"aud": [oidc.CLIENT, "b"]}, "azp"),
    "given to another": ({"aud": [oidc.CLIENT, "b"], "azp": "b"}, "azp"),
    "another nonce": ({"nonce": "x"}, "nonce"), "no nonce": ({"nonce": None}, "nonce"),
    "expired": ({"exp": lambda now: now - 61}, "expired"), "never ends": ({"exp": None}, "expired"),
    "from the future": ({"iat": lambda now: now + 90}, "in the future"), "not yet": ({"nbf": lambda now: now + 90}, "yet"),
    "nobody": ({"sub": ""}, "sub"), "long subject": ({"sub": "x" * 256}, "sub")}


@pytest.mark.parametrize("name", WRONG_TOKENS)
def test_claims_that_are_wrong(site, stub, name):
    stub.claims, told = WRONG_TOKENS[name]

    detail = refusal(Browser(site).through(stub, expect=403))
    assert "its token" in detail and told in detail, detail
    assert not site.sql("SELECT FROM microcosm.users WHERE email = %s", stub.person["email"])


@pytest.mark.parametrize("header, told", [
    ({"alg": "none"}, "signed in no way"), ({"alg": "HS256"}, "signed in no way"), ({"alg": "RS256"}, "another kind"),
    ({"kid": "unknown"}, "none of its keys"), ({"crit": ["b64"]}, "extensions")])
def test_headers_that_are_wrong(site, stub, header, told):
    stub.header = header

    assert told in refusal(Browser(site).through(stub, expect=403))


@pytest.mark.parametrize("change", ["unsigned", "altered", "cut", "other key"])
def test_signatures_that_are_wrong(site, stub, change):
    other = oidc.check_jose.Key(stub.folder.name, "EdDSA", "first-other")

    def changed(token):
        head, claims, signature = token.split(".")
        if change == "unsigned":
            return f"{head}.{claims}."
        if change == "altered":
            return oidc.check_jose.altered(token, 1)
        if change == "cut":
            return f"{head}.{claims}"
        return f"{head}.{claims}.{oidc.check_jose.b64(other.sign(f'{head}.{claims}'.encode()))}"
    stub.token = changed

    assert "its token" in refusal(Browser(site).through(stub, expect=403))


def test_an_unknown_key_is_asked_for_once(site, stub):
    stub.header = {"kid": "unknown"}
    Browser(site).through(stub, expect=403)
    stub.asked.clear()
    Browser(site).through(stub, expect=403)

    assert stub.asked.count("/keys") <= 2 and stub.asked.count("/.well-known/openid-configuration") <= 1


def test_the_description_is_kept(site, stub):
    Browser(site).through(stub)
    stub.asked.clear()
    Browser(site).through(stub)

    assert stub.asked == ["/token", "/me"]


def test_another_browser(site, stub):
    """What began here ends here: else a link would sign its reader in as whoever has sent it."""
    theirs, own = Browser(site), Browser(site)
    url, asked = theirs.query("stub")
    own.begin("stub")
    code = stub.code(url)

    name = "__Host-microcosm_signin_stub"
    for cookie in (own.cookies["stub"], "", f"{name}=", f"{name}=" + "x" * 80, f"{name}=.1.L", f"{name}" + "x" * 5000,
                   theirs.cookies["stub"].removeprefix("__Host-"), "x" + theirs.cookies["stub"]):
        detail = refusal(own.end("stub", expect=403, cookie=cookie, code=code, state=asked["state"]))
        assert "begun in another browser" in detail
    for state in (None, "", "x", asked["state"][:-1], asked["state"] + "x"):
        assert "begun in another browser" in refusal(theirs.end("stub", expect=403, code=code, state=state))
    assert code in stub.codes, "nothing was asked of the provider"
    theirs.end("stub", code=code, state=asked["state"])


def test_a_cookie_that_was_changed(site, stub):
    browser = Browser(site)
    url, asked = browser.query("stub")
    key, ends, path = browser.cookies["stub"].split(".")
    for cookie in (f"{key}.{int(ends) + 1}.{path}", f"{key}.{ends}.{oidc.check_jose.b64(b'//evil.example')}", f"{key}.0.{path}",
                   f"{key}.{int(ends) - 700}.{path}"):
        refusal(browser.end("stub", expect=403, cookie=cookie, code=stub.code(url), state=asked["state"]))


def test_mixed_up_providers(site, running, stub):
    """One provider can't have the code of another, nor pass for it."""
    other = oidc.Stub()
    try:
        provide(site, "other", kind="oidc", issuer=other.issuer)
        browser = Browser(site)
        url, asked = browser.query("stub")
        browser.begin("other")
        code = stub.code(url)
        refusal(browser.end("other", expect=403, code=code, state=asked["state"]))
        refusal(browser.end("other", expect=403, cookie=browser.cookies["stub"], code=code, state=asked["state"]))
        assert "another provider" in refusal(browser.end("stub", expect=403, code=code, state=asked["state"], iss=other.issuer))
        assert "/token" not in other.asked
        other.person, other.claims = stub.person, {"iss": stub.issuer}
        assert "iss" in refusal(Browser(site).through(other, "other", expect=403))
    finally:
        other.close()
        assert command(site, "remove", "other").returncode == 0


def test_of_another_site(site, stub):
    """A sign-in that began on one site doesn't end on another, even with the same provider there."""
    there = harness.Site(site.daemon)
    provide(there, "stub", kind="oidc", issuer=stub.issuer)
    browser = Browser(site)
    url, asked = browser.query("stub")
    elsewhere = Browser(there)

    refusal(elsewhere.end("stub", expect=403, cookie=browser.cookies["stub"], code=stub.code(url), state=asked["state"]))


# Whose account


def test_links_by_a_verified_address(site, stub, secret):  # noqa: F811
    person = site.newcomer()
    stub.person["email"] = person.email.upper()

    assert signed_in(site, Browser(site).through(stub), secret)["id"] == person.profile_id


@pytest.mark.parametrize("verified", [False, None, "false", 0, 1, "True", [], {}])
def test_an_address_that_is_not_verified(site, stub, verified):
    person = site.newcomer()
    stub.person |= {"email": person.email, "email_verified": verified}

    assert "has not verified" in refusal(Browser(site).through(stub, expect=403))
    assert not site.sql("SELECT FROM microcosm.identities WHERE subject = %s", stub.person["sub"])


def test_another_spelling_of_somebodys_address(site, stub):
    person = site.newcomer()
    local, _, domain = person.email.partition("@")
    for spelling in (f"{local}+x@{domain}", f"{local[0]}.{local[1:]}@{domain}"):
        stub.person["email"] = spelling
        assert "another spelling" in refusal(Browser(site).through(stub, expect=403))


@pytest.mark.parametrize("email", [None, "", "nobody", "a@b@c.example", "x\n@y.example", 7, ["a@b.example"]])
def test_no_address(site, stub, email):
    stub.person["email"] = email

    refusal(Browser(site).through(stub, expect=403))


def test_a_token_and_an_answer_about_two_people(site, stub):
    stub.claims = {"sub": "somebody else"}

    assert "different people" in refusal(Browser(site).through(stub, expect=403))


def test_rules_of_the_provider(site, stub, secret):  # noqa: F811
    person = site.newcomer()
    provide(site, "stub", kind="oidc", issuer=stub.issuer, links=False, registers=False)
    assert "nobody here" in refusal(Browser(site).through(stub, expect=403))
    stub.person["email"] = person.email
    assert "already" in refusal(Browser(site).through(stub, expect=403))
    provide(site, "stub", kind="oidc", issuer=stub.issuer, registers=False)
    assert signed_in(site, Browser(site).through(stub), secret)["id"] == person.profile_id
    provide(site, "stub", kind="oidc", issuer=stub.issuer, links=False, registers=False)
    assert signed_in(site, Browser(site).through(stub), secret)["id"] == person.profile_id, "rules are for the first time"


def test_many_first_visits_at_once_make_one_user(site, stub, secret):  # noqa: F811
    begun = []
    for _ in range(4):
        browser = Browser(site)
        url, asked = browser.query("stub")
        begun.append((browser.cookies["stub"], stub.code(url), asked["state"]))

    def one(item):
        client = harness.Client(site.daemon, site.host)
        path = f"{SIGNED_IN}/stub?{urllib.parse.urlencode({'code': item[1], 'state': item[2]})}"
        return harness.wait_until(lambda: (reply := client.get(path, headers=[("Cookie", item[0])])).status != 503 and reply, "its turn")
    replies = harness.parallel(one, begun)

    assert {reply.status for reply in replies} == {302}
    assert len({signed_in(site, reply, secret)["id"] for reply in replies}) == 1


@pytest.mark.parametrize("closed", [False, True])
def test_spam(database, stub, closed):
    """Asked once, for who is new, and never of who was here before."""
    daemon = harness.Daemon(database, arguments=["--outgoing-allow", "127.0.0.1", "--spam-check", f"{stub.issuer}/spam",
                                                 *(["--spam-check-closed", "yes"] if closed else [])])
    try:
        daemon.start()
        site = harness.Site(daemon)
        provide(site, "stub", kind="oidc", issuer=stub.issuer)
        day = time.strftime("%Y-%m-%d 00:00:00", time.gmtime(time.time() - 30 * 86400))

        def told(**email):
            stub.answers["/spam"] = (200, {"success": 1, "email": email})
        told(appears=1, lastseen=day, confidence=0.5)
        assert "reported for spam" in refusal(Browser(site).through(stub, expect=403))
        assert not site.sql("SELECT FROM microcosm.users WHERE email = %s", stub.person["email"])
        harmless = [{"appears": 0}, {"appears": 1, "lastseen": day, "confidence": 0},
                    {"appears": 1, "lastseen": "2020-01-01 00:00:00", "confidence": 90}]
        for email in harmless:
            told(**email)
            stub.person |= {"sub": f"h{next(NUMBERS)}", "email": f"h{next(NUMBERS)}@stub.example"}
            Browser(site).through(stub)
        stub.asked.clear()
        stub.answers["/spam"] = (500, {})
        Browser(site).through(stub)
        assert "/spam" not in stub.asked
        for answer in ((500, {}), (200, b"x"), (200, {"success": 0}), (200, b"x" * 100000)):
            stub.answers["/spam"] = answer
            stub.person |= {"sub": f"f{next(NUMBERS)}", "email": f"f{next(NUMBERS)}@stub.example"}
            Browser(site).through(stub, expect=503 if closed else 302)
        assert "can't be checked for spam" in daemon.log() and stub.person["email"] not in daemon.log()
    finally:
        daemon.close()


# Who has a second factor here


def pending(site, stub):
    """The page that asks for it, after the provider: what its form sends, and where."""
    page = pagecheck.check(Browser(site).through(stub, expect=200))
    [form] = page.all("form")
    fields = {given["name"]: given.get("value") for given in page.all("input")}
    assert set(fields) == {"Pending", "SecondFactor"} and fields["SecondFactor"] is None
    return form["action"], fields["Pending"]


@pytest.fixture
def device(site, stub, secret):  # noqa: F811
    """Of somebody who has come through the provider before."""
    site.sql("DELETE FROM microcosm.sign_in_attempts")
    token = exchange(site, landing(site, Browser(site).through(stub))["code"], secret, expect=200).data
    person = harness.Client(site.daemon, site.host, token)
    person.site, person.user_id = site, person.get("/api/v1/whoami", expect=200).data["userId"]
    device = Device(person)
    device.recovery = person.put("/api/v1/second-factor", {"code": device.code()}, expect=200).data["codes"]
    return device


def test_a_second_factor_is_asked_for_after_the_provider(site, stub, secret, device):  # noqa: F811
    action, code = pending(site, stub)
    exchange(site, code, secret, expect=401)

    def show(factor, expect, to=site, **options):
        return to.guest.post(action, form={"Pending": code, "SecondFactor": factor}, expect=expect, **options)
    wrong = pagecheck.check(show(device.wrong(), 401))
    assert [given["name"] for given in wrong.all("input") if "aria-invalid" in given] == ["SecondFactor"]
    assert [given["value"] for given in wrong.all("input") if given["name"] == "Pending"] == [code]
    show("", 401)
    right = device.fresh()
    show(right, 403, headers=[("Sec-Fetch-Site", "cross-site")])
    show(right, 401, to=harness.Site(site.daemon))
    reply = show(right, {302, 401})
    assert reply.status == 302, pagecheck.check(reply).texts["p"]
    check_landing(site, reply)
    back = landing(site, reply)
    assert back["state"] == "/conversations/1/"
    token = exchange(site, back["code"], secret, expect=200).data
    assert harness.Client(site.daemon, site.host, token).get("/api/v1/whoami", expect=200).data["userId"] == device.person.user_id
    show(device.fresh(), 401)
    assert not [row for row in site.sql("SELECT c::text FROM microcosm.sign_in_codes c") if code in row[0]]
    assert code not in site.daemon.log()


@pytest.mark.parametrize("claims", [
    {"amr": ["pwd", "otp", "mfa", "hwk"]}, {"acr": "http://schemas.openid.net/pape/policies/2007/06/multi-factor"},
    {"acr": "phrh", "amr": "mfa", "auth_time": int(time.time())}, {"amr": {"mfa": [True]}, "acr": 3, "auth_time": "now"}])
def test_what_the_provider_says_of_factors_replaces_none(site, stub, device, claims):
    url, _ = Browser(site).query("stub")
    asked = {key for key, _ in urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)}
    assert not asked & {"acr_values", "max_age", "prompt", "claims"}
    stub.claims = claims

    pending(site, stub)


def test_what_the_provider_says_of_factors_is_no_proof(site, stub, secret):  # noqa: F811
    """Dangerous things go by the one here alone."""
    stub.claims = {"amr": ["mfa", "hwk"], "acr": "phrh"}
    token = exchange(site, check_landing(site, Browser(site).through(stub)), secret, expect=200).data
    assert site.sql("SELECT proved FROM microcosm.access_tokens WHERE token_hash = sha256(%s)", token.encode()) == [(None,)]


def test_a_recovery_code_will_do_and_guesses_are_counted(site, stub, device):
    action, code = pending(site, stub)

    for _ in range(9):
        site.guest.post(action, form={"Pending": code, "SecondFactor": device.wrong()}, expect=401)
    assert site.guest.post(action, form={"Pending": code, "SecondFactor": device.recovery[0]}, expect=302).location
    action, code = pending(site, stub)
    site.guest.post(action, form={"Pending": code, "SecondFactor": device.recovery[0]}, expect=401)
    for _ in range(10):
        last = site.guest.post(action, form={"Pending": code, "SecondFactor": device.wrong()}, expect={401, 429})
    assert last.status == 429 and int(last.header("Retry-After")) > 0
    assert pagecheck.check(last).all("form")


def test_a_sign_in_waits_ten_minutes_for_it_and_once(site, stub, device):
    action, code = pending(site, stub)
    right = device.fresh()

    def show(_):
        client = harness.Client(site.daemon, site.host)
        return client.post(action, form={"Pending": code, "SecondFactor": right}, expect={302, 401}).status
    assert sorted(harness.parallel(show, range(6))) == [302] + [401] * 5
    action, code = pending(site, stub)
    left = "SELECT extract(epoch FROM max(ends) - now()) FROM microcosm.sign_in_codes WHERE user_id = %s AND needs_factor"
    assert 500 < site.sql(left, device.person.user_id)[0][0] <= 600
    site.sql("UPDATE microcosm.sign_in_codes SET ends = now() - interval '1 second' WHERE user_id = %s", device.person.user_id)
    late = site.guest.post(action, form={"Pending": code, "SecondFactor": device.fresh()}, expect=401)
    assert "too long ago" in pagecheck.check(late).texts["p"]


# What providers do


def test_it_has_too_much_to_say(site, stub):
    browser = Browser(site)
    url, asked = browser.query("stub")
    stub.answers["/token"] = (200, b'{"x":"' + b"x" * (10 << 20) + b'"}')
    assert "more than 262144 bytes" in refusal(browser.end("stub", expect=503, code=stub.code(url), state=asked["state"]))


def fresh(site, stub, path):
    """The same provider, by an address that nothing is known about."""
    issuer = f"{stub.issuer}/{path}"
    stub.answers[f"/{path}/.well-known/openid-configuration"] = (200, {**stub.described(), "issuer": issuer, **stub.description})
    provide(site, "stub", kind="oidc", issuer=issuer)
    return issuer


def test_keys_of_ten_megabytes(site, stub):
    stub.description = {"jwks_uri": f"{stub.issuer}/many"}
    stub.claims = {"iss": fresh(site, stub, "large")}
    stub.answers["/many"] = (200, json.dumps({"keys": [stub.key.jwk()] * 80000}).encode())

    assert "more than 262144 bytes" in refusal(Browser(site).through(stub, expect=503))


@pytest.mark.parametrize("number, description, told", [
    (1, {"issuer": "http://127.0.0.1:1"}, "another issuer"), (2, {"jwks_uri": None}, "missing"),
    (3, {"token_endpoint": "http://10.0.0.1/token"}, "isn't https"), (4, {"authorization_endpoint": "javascript:alert(1)"}, "isn't https"),
    (5, {"authorization_endpoint": "http://evil.example/"}, "isn't https"), (6, {"token_endpoint": "file:///etc/passwd"}, "isn't https"),
    (7, {"jwks_uri": "http://127.0.0.1@evil.example/"}, "isn't https"), (8, {"jwks_uri": "http://127.0.0.1.evil.example/"}, "isn't https")])
def test_descriptions_that_are_wrong(site, stub, number, description, told):
    stub.description = description
    fresh(site, stub, f"wrong{number}")

    assert told in refusal(Browser(site).begin("stub", expect=503))


@pytest.mark.parametrize("number, answer", enumerate([(200, b"no JSON"), (200, b"[]"), (200, b""), (404, {}), (500, b"zq-canary"), (200, b"\xff" * 20)]))
def test_descriptions_that_are_none(site, stub, number, answer):
    fresh(site, stub, f"none{number}")
    stub.answers[f"/none{number}/.well-known/openid-configuration"] = answer

    assert "zq-canary" not in refusal(Browser(site).begin("stub", expect=503))


def test_redirects_are_not_followed(site, stub):
    def away(handler):
        handler.send_response(302)
        handler.send_header("Location", f"{stub.issuer}/secret")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    fresh(site, stub, "away")
    stub.answers["/away/.well-known/openid-configuration"] = away
    assert "the status is 302" in refusal(Browser(site).begin("stub", expect=503))
    provide(site, "stub", kind="oidc", issuer=stub.issuer)
    browser = Browser(site)
    url, asked = browser.query("stub")
    stub.answers["/token"] = away
    assert "302" in refusal(browser.end("stub", expect=503, code=stub.code(url), state=asked["state"]))
    assert "/secret" not in stub.asked


def test_addresses_that_are_not_public(site, stub):
    """By its description a provider can't have us ask what is in our network: 127.0.0.2 isn't allowed here."""
    stub.description = {"jwks_uri": "https://127.0.0.2:1/keys", "token_endpoint": "https://10.0.0.1/token"}
    fresh(site, stub, "private")
    browser = Browser(site)
    url, asked = browser.query("stub")

    assert "not on the public internet" in refusal(browser.end("stub", expect=503, code=stub.code(url), state=asked["state"]))


def test_nothing_private_is_asked_unless_it_is_allowed(database, stub):
    strict = harness.Daemon(database)
    try:
        strict.start()
        there = harness.Site(strict)
        provide(there, "stub", kind="oidc", issuer=stub.issuer)
        stub.asked.clear()
        assert "not on the public internet" in refusal(Browser(there).begin("stub", expect=503))
        assert stub.asked == []
    finally:
        strict.close()


def test_a_provider_that_hangs(site, stub):
    """It costs four threads at most, and nobody else anything: neither a connection to the database nor a lock is held."""
    ended = threading.Event()
    asked = threading.Semaphore(0)

    def hang(handler):
        asked.release()
        ended.wait(2 * harness.DEADLINE)
    fresh(site, stub, "hangs")
    stub.answers["/hangs/.well-known/openid-configuration"] = hang
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(
        harness.Client(site.daemon, site.host).get(f"{SIGN_IN}/stub", check=False))) for _ in range(12)]
    for thread in threads:
        thread.start()
    assert asked.acquire(timeout=harness.DEADLINE)
    idle = site.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()")[0][0]
    assert idle == 0
    assert site.guest.get("/api/v1/site", expect=200)
    harness.wait_until(lambda: len(replies) == 12, "all to be answered while it hangs")
    ended.set()
    for thread in threads:
        thread.join()

    assert {reply.status for reply in replies} == {503}
    assert 1 <= stub.asked.count("/hangs/.well-known/openid-configuration") <= 4


# OAuth 2


@pytest.fixture
def oauth2(site, stub):
    stub.person = {"id": next(NUMBERS), "login": "octo",
                   "emails": [{"email": "old@stub.example", "primary": False, "verified": True},
                              {"email": stub.person["email"], "primary": True, "verified": True}]}
    provide(site, "hub", kind="github", authorizeUrl=f"{stub.issuer}/authorize?allow=1", tokenUrl=f"{stub.issuer}/token",
            userUrl=f"{stub.issuer}/me", emailsUrl=f"{stub.issuer}/emails")
    return stub


def test_oauth2_with_a_list_of_addresses(site, oauth2, secret):  # noqa: F811
    browser = Browser(site)
    url, asked = browser.query("hub")
    assert url.startswith(f"{oauth2.issuer}/authorize?allow=1&response_type=code") and asked["scope"] == "read:user user:email"
    assert "nonce" not in asked and asked["code_challenge"]

    person = signed_in(site, browser.end("hub", code=oauth2.code(url), state=asked["state"]), secret)

    assert person["email"] == oauth2.person["emails"][1]["email"]
    assert signed_in(site, Browser(site).through(oauth2, "hub"), secret)["id"] == person["id"]
    refusal(browser.end("hub", expect=403, code="used", state=asked["state"]))


@pytest.mark.parametrize("emails", [[], [{"email": "a@b.example", "primary": True}], [{"email": "a@b.example", "verified": True}],
                                    {}, [7, None, "x"]])
def test_oauth2_without_a_verified_address(site, oauth2, emails):
    oauth2.person["emails"] = emails

    refusal(Browser(site).through(oauth2, "hub", expect=403))


def test_oauth2_with_an_address_in_the_answer(site, oauth2, secret):  # noqa: F811
    settings = {"authorizeUrl": f"{oauth2.issuer}/authorize", "tokenUrl": f"{oauth2.issuer}/token", "userUrl": f"{oauth2.issuer}/me"}
    provide(site, "cord", kind="discord", **settings)
    oauth2.person = {"id": f"d{next(NUMBERS)}", "email": f"cord{next(NUMBERS)}@stub.example", "verified": False, "username": "cordy"}
    assert "has not verified" in refusal(Browser(site).through(oauth2, "cord", expect=403))
    oauth2.person["verified"] = True
    assert signed_in(site, Browser(site).through(oauth2, "cord"), secret)["email"] == oauth2.person["email"]
    provide(site, "plain", kind="oauth2", **settings)
    oauth2.person |= {"id": f"p{next(NUMBERS)}", "name": "Plain"}
    assert "has not verified" in refusal(Browser(site).through(oauth2, "plain", expect=403)), "unless the settings say where that is said"


@pytest.mark.parametrize("answer", [(200, {"error": "bad_verification_code"}), (400, {"error": "invalid_grant"}), (200, {"access_token": ""}),
                                    (200, {"access_token": "a\r\nX: y"}), (200, {}), (500, b"x"), (200, b"x")])
def test_oauth2_tokens_that_are_none(site, oauth2, answer):
    oauth2.answers["/token"] = answer

    refusal(Browser(site).through(oauth2, "hub", expect={403, 503}))
    assert "/me" not in oauth2.asked


# Settings


def test_everybody_sees_which_there_are(site, stub):
    data = site.guest.get(SIGN_IN, expect=200).data

    assert {"name": "stub", "title": "stub", "href": "/api/v1/signin/stub"} in data["providers"]
    assert "issuer" not in str(data) and oidc.SECRET not in str(data)
    page = site.guest.get("/authorize?state=%2Fx%2F", expect=200)
    assert b'<a href="/api/v1/signin/stub?state=/x/">' in page.body


def test_browsers_get_a_page_when_it_fails(site, stub):
    for path, status, what in ((f"{SIGNED_IN}/stub?error=access_denied&state=x", 403, "another browser"),
                               (f"{SIGNED_IN}/none?code=x&state=y", 404, "no such thing"),
                               (f"{SIGN_IN}/stub?state=//evil.example/", 400, "path on this site")):
        page = pagecheck.check(site.guest.get(path, headers=[("Accept", "text/html")], expect=status))
        assert what in page.texts["p"] and [link["href"] for link in page.all("a")] == ["/authorize"]


def test_unknown_providers(site):
    site.guest.get(f"{SIGN_IN}/none", expect=404)
    site.guest.get(f"{SIGNED_IN}/none?code=x&state=y", expect=404)
    assert command(site, "remove", "none").returncode == 1
    assert command(site, "set", "none", text="x").returncode == 2


@pytest.mark.parametrize("state", ["//evil.example/", "https://evil.example/", "/\\evil.example", "x"])
def test_nobody_is_sent_elsewhere(site, stub, state):
    assert "path on this site" in refusal(Browser(site).begin("stub", state, expect=400))


@pytest.fixture(scope="module")
def operator(site):
    """The owner of the root site, with an address and a token."""
    site.sql("UPDATE microcosm.users SET email = 'operator@platform.example', canonical_email = 'operator@platform.example'"
             " WHERE user_id = 2147483647 RETURNING 1")
    return harness.Client(site.daemon, harness.ROOT_HOST, site.token("operator@platform.example"), "operator")


def test_through_sites(site, stub, operator):
    path = f"/api/v1/sites/{site.id}/providers"
    body = {"kind": "oidc", "title": "Stub & co", "issuer": stub.issuer, "clientId": "a", "clientSecret": "zq-canary"}
    for client in (site.owner, site.guest):
        for method, target, sent in (("GET", path, None), ("PUT", f"{path}/third", body), ("DELETE", f"{path}/third", None)):
            client.request(method, target, host=harness.ROOT_HOST, json_body=sent, expect=403)

    operator.put(f"{path}/third", body, expect=200)
    third = next(p for p in operator.get(path, expect=200).data["providers"] if p["name"] == "third")
    assert third == {"name": "third", "kind": "oidc", "title": "Stub &amp; co", "issuer": stub.issuer, "clientId": "a", "hasSecret": True,
                     "scopes": "openid email profile", "links": True, "registers": True}
    operator.put(f"{path}/third", {**body, "clientSecret": None, "links": False}, expect=200)
    secrets = "SELECT client_secret FROM microcosm.sign_in_providers WHERE site_id = %s AND name = 'third'"
    assert site.sql(secrets, site.id) == [("zq-canary",)], "it stays if nothing is said of it"
    operator.put(f"{path}/third", {**body, "clientSecret": None, "issuer": stub.issuer + "/other"}, expect=200)
    assert site.sql(secrets, site.id) == [("",)], "but goes nowhere else"
    operator.delete(f"{path}/third", expect=200)
    operator.delete(f"{path}/third", expect=404)
    operator.get("/api/v1/sites/888888888/providers", expect=404)
    operator.put("/api/v1/sites/888888888/providers/x", body, expect=404)


def test_who_decides_who_signs_in_has_signed_in(site, stub, operator):
    """A provider makes anybody of its owner: neither a token that is left to a program sets one, nor one that was found somewhere."""
    path, body = f"/api/v1/sites/{site.id}/providers/taken", {"kind": "oidc", "issuer": stub.issuer, "clientId": "a"}
    here = harness.Client(site.daemon, site.host, operator.token)
    scoped = here.post("/api/v1/tokens", {"name": "x", "scope": "admin"}, expect=200).data["accessToken"]
    for method, sent in (("PUT", body), ("DELETE", None)):
        assert "sign in" in operator.request(method, path, json_body=sent, token=scoped, expect=403).data["errorDetail"]

    own = f"/api/v1/sites/{operator.post('/api/v1/sites', {'title': 'T', 'description': 'D', 'subdomainKey': 'stepup'}, expect=302).id}"
    deleted = {"meta": {"flags": {"deleted": True}}}
    here.put(FACTOR, {"code": code_of(here.post(FACTOR, expect=200).data["secret"], int(time.time()) // 30)}, expect=200)
    try:
        operator.put(path, body, expect=200)  # it was shown just now
        site.sql("UPDATE microcosm.access_tokens SET proved = now() - interval '11 minutes' WHERE user_id = %s RETURNING 1", OPERATOR)
        for method, target, sent in (("PUT", path, body), ("DELETE", path, None), ("PUT", own, deleted)):
            assert operator.request(method, target, json_body=sent, expect=403).data["errorCode"] == 26
        assert not operator.get(own, expect=200).data["meta"]["flags"]["deleted"]
    finally:
        site.sql("DELETE FROM microcosm.totp_secrets WHERE user_id = %s RETURNING 1", OPERATOR)
    operator.delete(path, expect=200)
    operator.put(own, deleted, expect=302)


@pytest.mark.parametrize("change, field", [
    ({"kind": "saml"}, "kind"), ({"kind": None}, "kind"), ({"issuer": None}, "issuer"), ({"issuer": "http://id.example"}, "issuer"),
    ({"issuer": "ftp://id.example"}, "issuer"), ({"issuer": "https://a@b.example"}, "issuer"), ({"issuer": "https://a.example/#x"}, "issuer"),
    ({"clientId": ""}, "clientId"), ({"kind": "oauth2"}, "authorizeUrl"), ({"kind": "github", "userUrl": "http://10.0.0.1/"}, "userUrl"),
    ({"title": "x" * 101}, "title")])
def test_settings_that_are_wrong(site, operator, change, field):
    body = {"kind": "oidc", "issuer": "https://id.example", "clientId": "a", **change}
    reply = operator.put(f"/api/v1/sites/{site.id}/providers/x", body, expect=400)

    assert field in reply.data["errorDetail"], reply


def test_no_secret_comes_out(site, stub, secret):  # noqa: F811
    browser = Browser(site)
    url, asked = browser.query("stub")
    code = stub.code(url)
    reply = browser.end("stub", code=code, state=asked["state"])
    own = landing(site, reply)["code"]
    stub.answers["/token"] = (200, {"error": "zq-canary-error", "error_description": "zq-canary-description"})
    refused = Browser(site).through(stub, expect=403)

    hidden = [oidc.SECRET, "zq-canary", code, own, asked["state"], asked["nonce"], browser.cookies["stub"].partition("=")[2],
              stub.access, stub.person["email"]]
    log = site.daemon.log()
    rows = [row[0] for table in ("changes", "audit", "sign_in_codes", "identities") for row in site.sql(f"SELECT t::text FROM microcosm.{table} t")]
    listed = command(site, "list")
    for text in hidden:
        assert text not in log and not [row for row in rows if text in row], text
        assert text not in refused.body.decode() and text not in listed.stdout + listed.stderr
