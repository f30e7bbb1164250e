"""Signing in with an address and a password: docs/http/sign-in.md."""

import subprocess
import time

import pytest

import harness

AUTH = "/api/v1/auth"
PASSWORD = "a bowline on a bight"


def give_password(person, password=PASSWORD):
    done = subprocess.run([harness.MICROCOSMD, "user", "password", person.email, *person.site.daemon.where],
                          input=f"{password}\n", capture_output=True, text=True, timeout=harness.DEADLINE)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def person(site):
    """Somebody with a password, whose tokens have ended."""
    person = site.newcomer()
    give_password(person)
    return person


def sign_in(client, email, password=PASSWORD, **options):
    return client.post(AUTH, {"email": email, "password": password}, **options)


def test_signing_in_and_out(site, person):
    harness.wait_until(lambda: person.get("/api/v1/whoami").status == 401, "the daemon to hear of it")

    reply = sign_in(site.guest, person.email, expect=200)

    person.token = reply.data
    assert len(person.token) == 128
    assert person.get("/api/v1/whoami", expect=200).data["id"] == person.profile_id
    person.delete(f"{AUTH}/{person.token}", expect=200)
    person.get("/api/v1/whoami", expect=401)


def test_as_a_form(site, person):
    body = f"Email={person.email.replace('@', '%40')}&Password={PASSWORD.replace(' ', '+')}"
    reply = site.guest.post(AUTH, body=body.encode(), content_type="application/x-www-form-urlencoded", expect=200)

    assert len(reply.data) == 128


def test_refusals_are_all_the_same(site, person):
    without = site.newcomer()
    refused = [sign_in(site.guest, email, "not this one", expect=401)
               for email in (person.email, without.email, "nobody@nowhere.example")]

    assert len({reply.body for reply in refused}) == 1
    assert refused[0].data["errorDetail"] == "the address or the password is wrong"


@pytest.mark.parametrize("body", [{}, {"email": "a@b.example"}, {"password": "x"}, {"email": "nobody", "password": "x"},
                                  {"email": "a@b.example", "password": "x" * 300}, {"email": 1, "password": 2}, []])
def test_faults(site, body):
    site.guest.post(AUTH, body, expect=400)


def test_too_many_attempts(site, person):
    """Of those that come at once, too, as many as may are let through."""
    replies = harness.parallel(lambda n: sign_in(harness.Client(site.daemon, site.host), person.email, f"wrong number {n}"),
                               range(13))

    assert [reply.status == 429 for reply in replies].count(True) == 3
    assert {reply.status for reply in replies} <= {401, 429, 503}  # 503: too many hashes at once for a slow machine
    late = sign_in(site.guest, person.email, expect=429)
    assert 0 < int(late.header("Retry-After")) <= 900
    assert "minutes" in late.data["errorDetail"]


def test_a_change_of_the_password(site, person):
    person.token = sign_in(site.guest, person.email, expect=200).data
    other = sign_in(site.guest, person.email, expect=200).data

    def change(current, password, expect):
        return person.put("/api/v1/password", {"current": current, "password": password}, expect=expect)

    site.guest.put("/api/v1/password", {"current": PASSWORD, "password": "x" * 12}, expect=403)
    change("not this one", "a rolling hitch", 403)
    for bad in ("short", "qwertyuiop", person.email, "x" * 257):
        change(PASSWORD, bad, 400)
    change(PASSWORD, "a rolling hitch", 200)
    person.get("/api/v1/whoami", expect=200)
    site.guest.request("GET", "/api/v1/whoami", token=other, expect=401)
    sign_in(site.guest, person.email, expect=401)
    sign_in(site.guest, person.email, "a rolling hitch", expect=200)


def test_who_is_banned_is_told_so_with_the_right_password_only(site, person):
    site.ban(person)

    sign_in(site.guest, person.email, "not this one", expect=401)
    banned = harness.Client(site.daemon, site.host, sign_in(site.guest, person.email, expect=200).data)
    banned.get("/api/v1/microcosms", expect=403)


def test_no_secret_comes_out(site, person):
    token = sign_in(site.guest, person.email, expect=200).data
    sign_in(site.guest, person.email, "zq-wrong-canary", expect=401)
    site.guest.post(AUTH, body=b'{"email": "zq-broken-canary', content_type="application/json", expect=400)

    log = site.daemon.log()
    for secret in (token, PASSWORD, "zq-wrong-canary", "zq-broken-canary", person.email):
        assert secret not in log
    for statement in ("SELECT p::text FROM microcosm.passwords p", "SELECT c::text FROM microcosm.changes c",
                      "SELECT a::text FROM microcosm.audit a", "SELECT s::text FROM microcosm.sign_in_attempts s"):
        assert not [row for row in site.sql(statement)
                    if any(secret in row[0] for secret in (token, PASSWORD, "canary", person.email))]


def test_the_command_refuses_weak_ones(site):
    person = site.newcomer()
    for given, wanted in (("short", "at least 10"), ("qwertyuiop", "guess")):
        done = subprocess.run([harness.MICROCOSMD, "user", "password", person.email, *site.daemon.where],
                              input=given, capture_output=True, text=True, timeout=harness.DEADLINE)
        assert done.returncode != 0 and wanted in done.stderr and given not in done.stderr


def quickest(work, inputs):
    """Seconds that the quickest takes: what else runs on the machine makes others slower."""
    def seconds(given):
        start = time.perf_counter()
        work(given)
        return time.perf_counter() - start

    return min(seconds(given) for given in inputs)


def test_time_tells_nobody_who_has_an_account(site, person):
    """By a ratio, tried again while the machine is busy: without a hash for accounts that there aren't it is beyond 10 each time."""
    def ratio():
        def refused(email):
            sign_in(site.guest, email, "not this one", expect=401)

        site.sql("DELETE FROM microcosm.sign_in_attempts")
        known = quickest(refused, [person.email] * 5)
        return known / quickest(refused, [f"nobody{n}@nowhere.example" for n in range(5)])

    harness.wait_until(lambda: 1 / 1.7 < ratio() < 1.7, "both to take as long")


def test_hashes_cost_what_the_settings_say(database):
    with_settings = harness.Daemon(database, arguments=["--password-memory", "8m", "--password-passes", "3"])
    usual = harness.Daemon(database)
    try:
        with_settings.start()
        usual.start()
        site = harness.Site(usual)
        person = site.newcomer()
        give_password(person)
        costs = "SELECT split_part(hash, '$', 4) FROM microcosm.passwords WHERE user_id = %s"
        for daemon, wanted in ((usual, "m=19456,t=2,p=1"), (with_settings, "m=8192,t=3,p=1"), (usual, "m=19456,t=2,p=1")):
            sign_in(harness.Client(daemon, site.host), person.email, expect=200)
            assert site.sql(costs, person.user_id) == [(wanted,)]
        site.close()
    finally:
        with_settings.close()
        usual.close()
