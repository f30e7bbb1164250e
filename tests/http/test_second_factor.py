"""A second factor: docs/http/second-factor.md."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest

import harness
from test_sign_in import PASSWORD, give_password

FACTOR, PROOF, RECOVERY = "/api/v1/second-factor", "/api/v1/second-factor/proof", "/api/v1/second-factor/recovery-codes"
AUTH = "/api/v1/auth"


def code_of(secret, step):
    """RFC 6238, by itself."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


class Device:
    """A program with a secret. Codes of one step count once, so tests make the last use forgotten where they need another."""

    def __init__(self, person):
        self.person = person
        told = person.post(FACTOR, expect=200).data
        self.secret = told["secret"]
        assert told["uri"].startswith("otpauth://totp/") and f"secret={self.secret}&issuer=" in told["uri"]

    def code(self, shift=0):
        return code_of(self.secret, int(time.time()) // 30 + shift)

    def fresh(self):
        self.person.site.sql("UPDATE microcosm.totp_secrets SET last_step = 0 WHERE user_id = %s", self.person.user_id)
        return self.code()

    def wrong(self):
        right = {self.code(shift) for shift in (-2, -1, 0, 1, 2)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in right)


@pytest.fixture
def person(site):
    site.sql("DELETE FROM microcosm.sign_in_attempts")
    person = site.newcomer()
    give_password(person)
    person.token = sign_in(person, expect=200).data
    return person


@pytest.fixture
def device(person):
    """Confirmed."""
    device = Device(person)
    device.recovery = person.put(FACTOR, {"code": device.code()}, expect=200).data["codes"]
    return device


def sign_in(person, factor=None, client=None, password=PASSWORD, **options):
    guest = client or harness.Client(person.daemon, person.host)
    return guest.post(AUTH, {"email": person.email, "password": password} | ({"secondFactor": factor} if factor else {}), **options)


def test_turning_it_on(person):
    assert person.get(FACTOR, expect=200).data == {"isOn": False, "recoveryCodes": 0}
    person.put(FACTOR, {"code": "123456"}, expect=409)
    device = Device(person)
    sign_in(person, expect=200)  # an unconfirmed one counts for nothing
    assert person.put(FACTOR, {"code": device.wrong()}, expect=403).data["errorCode"] == 25
    codes = person.put(FACTOR, {"code": device.code()}, expect=200).data["codes"]

    assert len(set(codes)) == 10 and all(re.fullmatch(r"([2-9A-HJ-NP-Z]{6}-){3}[2-9A-HJ-NP-Z]{6}", code) for code in codes)
    state = person.get(FACTOR, expect=200)
    assert state.data["isOn"] is True and state.data["recoveryCodes"] == 10 and device.secret.encode() not in state.body
    person.post(FACTOR, expect=409)
    person.put(FACTOR, {"code": device.fresh()}, expect=409)


def test_signing_in_needs_it(person, device):
    missing = sign_in(person, expect=401)
    assert missing.data["errorCode"] == 25 and "second factor" in missing.data["errorDetail"]
    assert sign_in(person, device.wrong(), expect=401).data["errorCode"] == 25
    wrong = harness.Client(person.daemon, person.host).post(AUTH, {"email": person.email, "password": "not this one", "secondFactor": device.fresh()}, expect=401)
    assert wrong.data["errorCode"] == 0, "who lacks the password learns nothing of it"
    assert len(sign_in(person, device.fresh(), expect=200).data) == 128


def test_a_code_counts_once(person, device):
    code = device.fresh()

    sign_in(person, code, expect=200)
    sign_in(person, code, expect=401)
    person.post(PROOF, {"code": code}, expect=403)
    assert sign_in(person, device.code(-1), expect=401).data["errorCode"] == 25, "nor does one of an earlier step"


def test_only_one_of_those_who_show_it_at_once(person, device):
    code = device.fresh()
    replies = harness.parallel(lambda _: sign_in(person, code), range(6))

    assert [reply.status for reply in replies].count(200) == 1, replies
    assert {reply.status for reply in replies} <= {200, 401, 429, 503}


@pytest.mark.parametrize("kind", ["step", "recovery"])
def test_of_two_who_have_read_the_same_one_is_let_through(person, device, kind):
    code, table = (device.fresh(), "totp_secrets") if kind == "step" else (device.recovery[0], "recovery_codes")
    lock = f"SELECT FROM microcosm.{table} WHERE user_id = {person.user_id} FOR UPDATE"
    replies = harness.race(person.site, lock, lambda _: person.post(PROOF, {"code": code}))

    assert sorted(reply.status for reply in replies) == [200, 403], replies


def test_a_password_that_was_changed_meanwhile_lets_nobody_in(person, device):
    """The change ends all tokens: also that of a sign-in which goes on."""
    code, other = device.fresh(), person.site.newcomer()
    give_password(other, "a rolling hitch")
    count = "SELECT count(*) FROM microcosm.access_tokens WHERE user_id = %s"

    def change():
        person.site.connect().cursor().execute(
            "UPDATE microcosm.passwords SET hash = (SELECT o.hash FROM microcosm.passwords o WHERE o.user_id = %s) WHERE user_id = %s",
            (other.user_id, person.user_id))
        person.site.connect().cursor().execute("DELETE FROM microcosm.access_tokens WHERE user_id = %s", (person.user_id,))
    [reply] = harness.race(person.site, f"SELECT FROM microcosm.totp_secrets WHERE user_id = {person.user_id} FOR UPDATE",
                           lambda _: sign_in(person, code), 1, change)

    assert reply.status == 401 and "password" in reply.data["errorDetail"], reply
    assert person.site.sql(count, person.user_id) == [(0,)]
    assert sign_in(person, device.fresh(), password="a rolling hitch", expect=200).data


def test_codes_of_the_steps_beside_count_and_no_others(person, device):
    for shift, status in ((-3, 401), (3, 401)):
        device.fresh()
        sign_in(person, device.code(shift), expect=status)
    device.fresh()
    sign_in(person, device.code(1), expect=200)


def test_recovery_codes(person, device):
    first, second = device.recovery[:2]

    sign_in(person, first.lower().replace("-", " "), expect=200)
    sign_in(person, first, expect=401)
    replies = harness.parallel(lambda _: sign_in(person, second), range(4))
    assert [reply.status for reply in replies].count(200) == 1
    assert person.get(FACTOR, expect=200).data["recoveryCodes"] == 8
    renewed = person.post(RECOVERY, expect=200).data["codes"]
    sign_in(person, device.recovery[2], expect=401)
    sign_in(person, renewed[0], expect=200)


def test_guesses_are_counted(person, device):
    """Also those of who has the password, and whatever address they come from."""
    for number in range(10):
        person.site.sql("DELETE FROM microcosm.sign_in_attempts WHERE count > 0 AND known_until IS NULL AND ends < now()")
        assert sign_in(person, f"1{number}-wrong", expect=401).data["errorCode"] in (0, 25)
    sign_in(person, device.fresh(), expect=429)


def test_dangerous_things_need_it_anew(person, device):
    person.post("/api/v1/tokens", {"name": "x", "scope": "read"}, expect=200)  # it was shown just now
    person.site.sql("UPDATE microcosm.access_tokens SET proved = now() - interval '11 minutes' WHERE user_id = %s", person.user_id)
    for method, path, body in (("POST", "/api/v1/tokens", {"name": "y", "scope": "read"}), ("DELETE", FACTOR, None), ("POST", RECOVERY, None),
                               ("POST", "/api/v1/profiles/calendar", None),
                               ("PUT", "/api/v1/password", {"current": PASSWORD, "password": "a rolling hitch"})):
        refused = person.request(method, path, json_body=body, expect=403)
        assert refused.data["errorCode"] == 26 and "second factor" in refused.data["errorDetail"]
    person.post(PROOF, {"code": device.wrong()}, expect=403)
    person.post(PROOF, {"code": device.fresh()}, expect=200)
    person.post("/api/v1/tokens", {"name": "y", "scope": "read"}, expect=200)
    person.delete(FACTOR, expect=200)
    sign_in(person, expect=200)
    person.delete(FACTOR, expect=404)


def test_a_token_with_a_scope_has_nothing_to_do_with_it(person):
    scoped = person.post("/api/v1/tokens", {"name": "x", "scope": "admin"}, expect=200).data["accessToken"]
    for method, path in (("GET", FACTOR), ("POST", FACTOR), ("DELETE", FACTOR), ("POST", RECOVERY)):
        person.request(method, path, token=scoped, expect=403)


def test_the_operator_removes_one(person, device):
    person.site.daemon.command("user", "factor-remove", person.email)
    sign_in(person, expect=200)


def test_no_secret_comes_out(person, device):
    sign_in(person, device.recovery[0], expect=200)
    log = person.site.daemon.log()
    for secret in (device.secret, *device.recovery):
        assert secret not in log and secret.replace("-", "") not in log
    for table in ("audit", "changes", "recovery_codes", "sign_in_attempts"):
        rows = " ".join(row for (row,) in person.site.sql(f"SELECT r::text FROM microcosm.{table} r"))
        assert not [secret for secret in (device.secret, *device.recovery, person.email) if secret in rows or secret.replace("-", "") in rows]
