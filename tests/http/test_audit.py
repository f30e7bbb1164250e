"""The audit: docs/http/audit.md. What each writing route leaves there, and who reads it."""

import base64
import time

import psycopg2
import pytest

import harness
import matrix
import routes
import rules
import rules_items
import rules_people
import test_files
import test_second_factor

AUDIT = "/api/v1/audit"
FORM = "application/x-www-form-urlencoded"

# Writes that leave nothing.
UNAUDITED = {
    ("PUT", "/api/v1/profiles/read"): "what somebody has read is nobody's business",
    ("PUT", "/api/v1/ignored"): "whom somebody ignores is nobody's business",
    ("DELETE", "/api/v1/ignored"): "the same",
    ("POST", "/api/v1/profiles"): "refused to all: a first visit makes the one profile that a user has",
    ("DELETE", "/api/v1/profiles/{id}"): "not offered",
    ("PUT", "/api/v1/users/{id}"): "not offered",
    ("DELETE", "/api/v1/users/{id}"): "the same",
    ("PUT", "/api/v1/metrics"): "it counts, and belongs to no site",
    ("POST", "/api/v1/mail/bounces"): "addresses are of no site",
    ("POST", "/api/v1/unsubscribe/{signed}"): "what somebody gets mail about is nobody's business",
    ("POST", "/api/v1/codes"): "asking for a mail changes nothing; using its code does",
    ("PUT", "/api/v1/site"): "refused to all: a site is changed on the root host",
}

WRITES = sorted(((method, pattern) for method, pattern in routes.served() if method not in ("GET", "HEAD")),
                key=lambda route: route[::-1])

SINGULAR = {"bans": "ban", "comments": "comment", "conversations": "conversation", "events": "event", "huddles": "huddle",
            "microcosms": "microcosm", "polls": "poll", "profiles": "profile", "roles": "role", "site": "site",
            "sites": "site", "users": "user", "tokens": "auth", "auth": "auth", "watchers": "watcher",
            "password": "user", "email": "user", "codes": "user", "session": "auth", "second-factor": "user"}


def expected(method, pattern):
    """Kind and action of the row that a route leaves: a new route is taken for a resource with the usual methods."""
    parts = pattern.removeprefix("/api/v1/").split("/")
    action = {"POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}[method]
    if pattern == "/api/v1/watchers":
        return "watcher", "create"
    if pattern in ("/api/v1/auth0", "/authorize"):
        return "auth", "create"
    if "providers" in parts:
        return "site", "update"
    if parts[0] == "updates":
        return "update_type", "replace"
    if "roles" in parts:
        return "role", action if parts[-1] == "roles" or parts[-2] == "roles" else "update"
    if "attributes" in parts:
        return "attribute", action
    if "attachments" in parts or parts[0] == "files":
        return "attachment", action
    if "attendees" in parts:
        return "attendee", action
    if "participants" in parts:
        return "huddle", "update" if method == "PUT" else "delete"
    if parts[-1] in ("votes", "menu", "options", "calendar", "password", "email") or parts[0] in ("codes", "second-factor"):
        return SINGULAR[parts[0]], "update"
    return SINGULAR[parts[0]], action


class Scene:
    """The matrix's world, with all rows of the audit at hand."""

    def __init__(self, daemon):
        self.world = matrix.World(daemon)
        self.site, self.people = self.world.site, self.world.people
        self.connection = psycopg2.connect(daemon.conninfo)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET microcosm.site_id = '0'")
        self.people["operator"] = self.operator()
        self.rules = {}
        for rule in rules.content() + rules_items.all_rules() + rules_people.all_rules():
            if rule.writes:
                self.rules.setdefault((rule.method, routes.find(rule.path).pattern), rule)

    def operator(self):
        """The owner of the root site."""
        self.cursor.execute("UPDATE microcosm.users SET email = 'o@platform.example', canonical_email = 'o@platform.example'"
                            " WHERE user_id = 2147483647")
        person = harness.Person(self.site, "o@platform.example", self.site.token("o@platform.example"), "operator")
        person.user_id = 2147483647
        return person

    def close(self):
        self.connection.close()
        self.world.close()

    def newest(self):
        self.cursor.execute("SELECT coalesce(max(audit_id), 0) FROM microcosm.audit")
        return self.cursor.fetchone()[0]

    def since(self, last):
        self.cursor.execute(
            "SELECT t.name, CASE a.action WHEN 'C' THEN 'create' WHEN 'R' THEN 'replace' WHEN 'U' THEN 'update' ELSE 'delete'"
            " END, p.user_id, host(a.address) FROM microcosm.audit a JOIN microcosm.item_types t USING (item_type)"
            " LEFT JOIN microcosm.profiles p USING (site_id, profile_id)"
            " WHERE a.audit_id > %s ORDER BY a.audit_id", (last,))
        return self.cursor.fetchall()

    def by_rule(self, rule):
        """Somebody whom the matrix lets write, the path and the body."""
        for state in rule.states:
            for who in ("owner", *rule.people):
                if who in rule.people and who not in rules.FOREIGN and \
                        matrix.as_set(rule.decide(who, state)) <= {200, 302}:
                    ids = {**self.world.make(rule.kind, state), "own": self.world.id_of(who)}
                    return who, rule.path.format(**ids, attribute="colour"), rule.body(ids) if rule.body else None, None
        raise AssertionError(f"nobody is let write by {rule.name}")

    def banned(self):
        person = self.site.newcomer()
        return person, self.site.owner.post("/api/v1/bans", {"profileId": person.profile_id}, expect=302).id

    def attributed(self, target):
        self.site.owner.put(f"/api/v1/{target}/attributes/shape", {"value": "round"}, expect=302)
        return f"/api/v1/{target}/attributes"

    def unfollowed(self):
        return {"itemType": "profile", "itemId": self.site.newcomer().profile_id}

    def followed(self):
        thing = self.unfollowed()
        self.people["member"].post("/api/v1/watchers", thing, expect=200)
        return thing

    def watcher(self):
        self.followed()
        return self.people["member"].get("/api/v1/watchers?limit=5", expect=200).data["watchers"]["items"][0]["id"]

    def calendar(self):
        self.people["member"].post("/api/v1/profiles/calendar", expect=200)
        return "/api/v1/profiles/calendar"

    def uploaded(self, content):
        return test_files.put(self.people["author"], content)["fileHash"]

    def avatars(self, profile):
        """The older of two."""
        for content in (b"old", b"newer"):
            self.people["author"].post(f"/api/v1/{profile}/attachments", {"fileHash": self.uploaded(content)}, expect=302)
        return self.uploaded(b"old")

    def leaver(self):
        """Somebody who signs out."""
        self.people["leaver"] = self.site.newcomer()
        return self.people["leaver"]

    def with_password(self):
        """Somebody with the password "password", as its hash at costs of long ago."""
        person = self.leaver()
        self.cursor.execute("INSERT INTO microcosm.passwords (user_id, hash) VALUES (%s, %s)", (
            person.user_id,
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
        return person

    def code(self):
        """A code for somebody who has just signed in, and the secret of a client."""
        self.cursor.execute("INSERT INTO microcosm.clients (name, secret_hash) VALUES ('web', sha256('secret'))")
        self.cursor.execute("INSERT INTO microcosm.sign_in_codes (code_hash, site_id, user_id, ends)"
                            " VALUES (sha256('code'), %s, %s, now() + interval '1 hour')",
                            (self.site.id, self.leaver().user_id))
        return {"code": "code", "clientSecret": "secret"}

    def provided(self, provider):
        path = f"/api/v1/sites/{self.site.id}/providers/two"
        self.people["operator"].put(path, provider, host=harness.ROOT_HOST, expect=200)
        return path

    def own_token(self):
        return self.people["member"].post("/api/v1/tokens", {"name": "x", "scope": "read"}, expect=200).data["id"]

    def own_site(self):
        body = {"title": "T", "description": "D", "subdomainKey": f"audit{self.newest()}"}
        return self.people["author"].request("POST", "/api/v1/sites", host=harness.ROOT_HOST, json_body=body, expect=302).id

    def with_code(self, purpose, text, kind="typed"):
        """Somebody to whom a code was sent."""
        person = self.leaver()
        self.cursor.execute(f"INSERT INTO microcosm.mail_codes (purpose, site_id, email, canonical_email, {kind}_hash, expires) SELECT %s, %s,"
                            " u.email, u.canonical_email, sha256(%s), now() + interval '1 hour' FROM microcosm.users u WHERE u.user_id = %s",
                            (purpose, self.site.id, text.encode(), person.user_id))
        return person

    def with_factor(self, is_confirmed=True):
        """Somebody with a second factor and the recovery code AAAA."""
        person = self.leaver()
        self.cursor.execute("INSERT INTO microcosm.totp_secrets (user_id, secret, confirmed) VALUES (%s, %s, %s)",
                            (person.user_id, b"x" * 20, "now" if is_confirmed else None))
        self.cursor.execute("INSERT INTO microcosm.recovery_codes (user_id, code_hash) VALUES (%s, sha256('AAAA'))", (person.user_id,))
        self.cursor.execute("UPDATE microcosm.access_tokens SET proved = now() WHERE user_id = %s", (person.user_id,))
        return person

    def without_a_rule(self, method, pattern):
        """The same for routes that no thing stands behind; the last is the host."""
        profile, site = f"profiles/{self.world.id_of('author')}", f"site/{self.site.id}"
        root = harness.ROOT_HOST
        provider = {"kind": "oidc", "issuer": "https://id.example", "clientId": "x"}
        ways = {
            ("PUT", "/api/v1/sites/{id}/providers/{key}"):
                lambda: ("operator", f"/api/v1/sites/{self.site.id}/providers/one", provider, root),
            ("DELETE", "/api/v1/sites/{id}/providers/{key}"): lambda: ("operator", self.provided(provider), None, root),
            ("POST", "/api/v1/bans"):
                lambda: ("owner", "/api/v1/bans", {"profileId": self.site.newcomer().profile_id}, None),
            ("DELETE", "/api/v1/bans"):
                lambda: ("owner", "/api/v1/bans", {"profileId": self.banned()[0].profile_id}, None),
            ("DELETE", "/api/v1/bans/{id}"): lambda: ("owner", f"/api/v1/bans/{self.banned()[1]}", None, None),
            ("POST", "/api/v1/auth"): lambda: ("leaver", "/api/v1/auth", {"email": self.with_password().email,
                                                                          "password": "password"}, None),
            ("POST", "/authorize"): lambda: ("leaver", "/authorize", {"email": self.with_password().email,
                                                                      "password": "password"}, None),
            ("POST", "/api/v1/auth0"): lambda: ("leaver", "/api/v1/auth0", self.code(), None),
            ("POST", "/api/v1/second-factor"): lambda: self.leaver() and ("leaver", "/api/v1/second-factor", None, None),
            ("PUT", "/api/v1/second-factor"): lambda: self.with_factor(False) and (
                "leaver", "/api/v1/second-factor", {"code": test_second_factor.code_of(base64.b32encode(b"x" * 20), int(time.time()) // 30)}, None),
            ("DELETE", "/api/v1/second-factor"): lambda: self.with_factor() and ("leaver", "/api/v1/second-factor", None, None),
            ("POST", "/api/v1/second-factor/proof"): lambda: self.with_factor() and (
                "leaver", "/api/v1/second-factor/proof", {"code": "aaaa"}, None),
            ("POST", "/api/v1/second-factor/recovery-codes"): lambda: self.with_factor() and (
                "leaver", "/api/v1/second-factor/recovery-codes", None, None),
            ("POST", "/api/v1/session"): lambda: ("leaver", "/api/v1/session", {"email": self.with_password().email,
                                                                                "password": "password"}, None),
            ("DELETE", "/api/v1/session"): lambda: self.leaver() and ("leaver", "/api/v1/session", None, None),
            ("POST", "/api/v1/email"): lambda: ("leaver", "/api/v1/email", {
                "email": self.with_code(3, "ABCDEFGHJK").email, "code": "ABCDE-FGHJK"}, None),
            ("POST", "/api/v1/password"): lambda: ("leaver", "/api/v1/password", {
                "email": self.with_code(2, "ABCDEFGHJK").email, "code": "ABCDE-FGHJK", "password": "a rolling hitch"}, None),
            ("POST", "/api/v1/codes/{signed}"): lambda: self.with_code(2, "x" * 40, "link") and (
                "leaver", "/api/v1/codes/password-" + "x" * 40, b"Password=a+rolling+hitch", None),
            ("PUT", "/api/v1/password"): lambda: self.with_password() and (
                "leaver", "/api/v1/password", {"current": "password", "password": "a rolling hitch"}, None),
            ("POST", "/api/v1/tokens"): lambda: ("member", "/api/v1/tokens", {"name": "x", "scope": "read"}, None),
            ("DELETE", "/api/v1/tokens"): lambda: self.leaver() and ("leaver", "/api/v1/tokens", None, None),
            ("DELETE", "/api/v1/tokens/{id}"): lambda: ("member", f"/api/v1/tokens/{self.own_token()}", None, None),
            ("DELETE", "/api/v1/auth/{token}"): lambda: ("leaver", f"/api/v1/auth/{self.leaver().token}", None, None),
            ("POST", "/api/v1/files"):
                lambda: ("member", "/api/v1/files", test_files.form(test_files.part(b"A bowline.")), None),
            ("POST", "/api/v1/profiles/{id}/attachments"): lambda: (
                "author", f"/api/v1/{profile}/attachments", {"fileHash": self.uploaded(b"new")}, None),
            ("DELETE", "/api/v1/profiles/{id}/attachments/{file}"): lambda: (
                "author", f"/api/v1/{profile}/attachments/{self.avatars(profile)}", None, None),
            ("POST", "/api/v1/watchers"): lambda: ("member", "/api/v1/watchers", self.unfollowed(), None),
            ("PUT", "/api/v1/watchers"): lambda: ("member", "/api/v1/watchers", self.unfollowed(), None),
            ("PATCH", "/api/v1/watchers/patch"): lambda: ("member", "/api/v1/watchers/patch", self.followed(), None),
            ("PATCH", "/api/v1/watchers/{id}"): lambda: ("member", "/api/v1/watchers/1", self.followed(), None),
            ("DELETE", "/api/v1/watchers/delete"): lambda: (
                "member", "/api/v1/watchers/delete?itemType=profile&itemId={itemId}".format(**self.followed()), None, None),
            ("DELETE", "/api/v1/watchers/{id}"): lambda: ("member", f"/api/v1/watchers/{self.watcher()}", None, None),
            ("PUT", "/api/v1/updates/preferences/{id}"):
                lambda: ("member", "/api/v1/updates/preferences/3", {"sendEmail": True}, None),
            ("POST", "/api/v1/users"): lambda: ("owner", "/api/v1/users", [{"email": "new@hand.example"}], None),
            ("POST", "/api/v1/users/batch"):
                lambda: ("owner", "/api/v1/users/batch", [{"email": "newer@hand.example", "isMember": True}], None),
            ("POST", "/api/v1/huddles"): lambda: ("member", "/api/v1/huddles", {"title": self.site.unique("Crew")}, None),
            ("PUT", "/api/v1/profiles/options"): lambda: ("member", "/api/v1/profiles/options", {"sendEmail": False}, None),
            ("POST", "/api/v1/profiles/calendar"): lambda: ("member", "/api/v1/profiles/calendar", None, None),
            ("DELETE", "/api/v1/profiles/calendar"): lambda: ("member", self.calendar(), None, None),
            ("PUT", "/api/v1/profiles/{id}"): lambda: ("author", f"/api/v1/{profile}", {"visible": False}, None),
            ("PATCH", "/api/v1/profiles/{id}"): lambda: ("owner", f"/api/v1/{profile}", rules_people.OWN, None),
            ("PUT", "/api/v1/site/menu"): lambda: ("owner", "/api/v1/site/menu", [{"href": "/x", "text": "X"}], None),
            ("DELETE", "/api/v1/site/menu"): lambda: ("owner", "/api/v1/site/menu", None, None),
            ("POST", "/api/v1/sites"): lambda: ("author", "/api/v1/sites", {"title": "T", "description": "D",
                                                                            "subdomainKey": "audited"}, root),
            ("PUT", "/api/v1/sites/{id}"): lambda: ("author", f"/api/v1/sites/{self.own_site()}", {"title": "New"}, root),
            ("PUT", "/api/v1/sites/{id}/menu"):
                lambda: ("author", f"/api/v1/sites/{self.own_site()}/menu", [{"href": "/x", "text": "X"}], root),
            ("DELETE", "/api/v1/sites/{id}/menu"): lambda: ("author", f"/api/v1/sites/{self.own_site()}/menu", None, root),
        }
        for target in (profile, site):
            below = f"/api/v1/{target.split('/')[0]}/{{id}}/attributes"
            ways |= {
                ("PUT", below): lambda t=target: ("owner", self.attributed(t), [{"key": "shape", "value": "flat"}], None),
                ("DELETE", below): lambda t=target: ("owner", self.attributed(t), [{"key": "shape"}], None),
                ("PUT", f"{below}/{{attribute}}"):
                    lambda t=target: ("owner", self.attributed(t) + "/shape", {"value": "flat"}, None),
                ("DELETE", f"{below}/{{attribute}}"): lambda t=target: ("owner", self.attributed(t) + "/shape", None, None),
            }
        return ways[method, pattern]()


@pytest.fixture(scope="module")
def scene(daemon):
    scene = Scene(daemon)
    yield scene
    scene.close()


@pytest.mark.parametrize("method, pattern", [route for route in WRITES if route not in UNAUDITED],
                         ids=lambda value: value)
def test_each_write_leaves_a_row(scene, method, pattern):
    rule = scene.rules.get((method, pattern))
    who, path, body, host = scene.by_rule(rule) if rule else scene.without_a_rule(method, pattern)
    kind, action = expected(method, pattern)
    before = scene.newest()

    sent = {"body": body, "content_type": FORM if body.startswith(b"Password") else test_files.TYPE} if isinstance(
        body, bytes) else {"json_body": body}
    reply = scene.people[who].request(method, path, host=host, expect={200, 302}, **sent)

    rows = scene.since(before)
    assert (kind, action) in [row[:2] for row in rows], f"{reply} has left {rows}"
    rows = [row for row in rows if row[:2] != ("profile", "create")]  # as first visits leave them, too
    assert {row[2:] for row in rows} == {(scene.people[who].user_id, "127.0.0.1")}


def test_nothing_is_excused_that_is_not_there():
    assert set(UNAUDITED) <= set(WRITES)


@pytest.mark.parametrize("method, path, body", [
    ("PUT", "/api/v1/profiles/read", {"itemType": "site"}),
    ("PUT", "/api/v1/ignored", {"itemType": "event", "itemId": 888888888}),
    ("DELETE", "/api/v1/ignored", {"itemType": "event", "itemId": 888888888})])
def test_private_matters_are_not_written_down(scene, method, path, body):
    before = scene.newest()
    scene.people["member"].request(method, path, json_body=body, expect=200)

    assert scene.since(before) == []


# Reading


def page(client, query="", expect=200):
    return client.get(f"{AUDIT}?{query}" if query else AUDIT, expect=expect).data


def entries(client, query=""):
    """All entries, over all pages."""
    found, at = [], query
    while True:
        data = page(client, at)
        found += data["items"]
        assert ("next" in data) is (len(data["links"]) == 2)
        if "next" not in data:
            return found
        assert len(data["items"]) == data["limit"]
        at = data["links"][1]["href"].partition("?")[2]


def test_an_entry(site, mira):
    microcosm = site.microcosm()
    conversation = site.conversation(microcosm, by=mira)

    first = page(site.owner, "limit=5")["items"][0]

    assert list(first) == ["id", "itemType", "itemId", "action", "created", "address", "profile"]
    assert (first["itemType"], first["itemId"], first["action"]) == ("conversation", conversation, "create")
    assert first["address"] == "127.0.0.1" and first["profile"]["id"] == mira.profile_id


def test_is_for_the_owner(site, mira):
    keeper = site.newcomer()
    root = site.owner.get("/api/v1/microcosms", expect=200).data["id"]
    site.role(root, "all", moderator=True, people=[keeper])
    for client in (site.guest, mira, keeper):
        client.get(AUDIT, expect=403)


def test_filters(site, mira, tomas):
    place = site.microcosm()
    hers, his = site.conversation(place, by=mira), site.conversation(place, by=tomas)
    mira.put(f"/api/v1/conversations/{hers}", {"title": "Anew", "meta": {"editReason": "x"}}, expect=302)
    site.owner.delete(f"/api/v1/conversations/{his}", expect=200)

    def found(query):
        return [(entry["itemType"], entry["itemId"], entry["action"]) for entry in entries(site.owner, query)]

    assert found(f"itemType=conversation&itemId={hers}") == [("conversation", hers, "replace"), ("conversation", hers, "create")]
    assert found(f"itemType=conversation&itemId={hers}&action=create") == [("conversation", hers, "create")]
    assert found(f"itemType=conversation&itemId={hers}&profileId={tomas.profile_id}") == []
    assert ("conversation", his, "create") in found(f"profileId={tomas.profile_id}&itemType=conversation")
    assert set(action for _, _, action in found("action=delete")) == {"delete"}
    assert {kind for kind, _, _ in found("itemType=microcosm")} == {"microcosm"}
    assert {item for _, item, _ in found(f"itemId={hers}")} == {hers}
    assert {entry["profile"]["id"] for entry in entries(site.owner, f"profileId={mira.profile_id}")} == {mira.profile_id}


def test_times(site):
    place = site.microcosm()
    first, second = site.conversation(place), site.conversation(place)
    at = {entry["itemId"]: entry["created"] for entry in entries(site.owner, "itemType=conversation&action=create")}

    def found(query):
        return [entry["itemId"] for entry in entries(site.owner, f"itemType=conversation&action=create&{query}")]

    assert found(f"since={at[second]}") == [second]
    assert second not in found(f"until={at[second]}") and first in found(f"until={at[second]}")
    assert found(f"since={at[first]}&until={at[second]}") == [first]


def test_pages_have_all_of_it_once(site):
    place = site.microcosm()
    made = [site.conversation(place) for _ in range(12)]

    found = entries(site.owner, "limit=5&itemType=conversation")

    assert [entry["itemId"] for entry in found][:12] == made[::-1]
    assert len({entry["id"] for entry in found}) == len(found)
    assert len(found) == len(entries(site.owner, "limit=250&itemType=conversation"))


def test_pages_go_on_where_they_stopped_whatever_is_written_meanwhile(site):
    place = site.microcosm()
    made = [site.conversation(place) for _ in range(7)]
    data = page(site.owner, "limit=5&itemType=conversation")
    site.conversation(place)

    rest = page(site.owner, data["links"][1]["href"].partition("?")[2])

    assert [entry["itemId"] for entry in data["items"] + rest["items"]][:7] == made[::-1]


def test_a_page_ends_where_it_has_looked_enough(site):
    """Of 10,000 entries that don't fit, the page tells only where to go on."""
    wanted = site.microcosm()
    site.sql("INSERT INTO microcosm.audit (site_id, item_type, item_id, action, address, created)"
             " SELECT %s, 6, 1, 'U', '192.0.2.1', clock_timestamp() FROM generate_series(1, 10000)", site.id)

    data = page(site.owner, "itemType=microcosm&action=create&limit=5")
    assert data["items"] == [] and data["next"]
    rest = page(site.owner, data["links"][1]["href"].partition("?")[2])
    assert rest["items"][0]["itemId"] == wanted
    assert page(site.owner, f"itemType=microcosm&itemId={wanted}")["items"][0]["itemId"] == wanted
    site.sql("DELETE FROM microcosm.audit WHERE site_id = %s AND address = '192.0.2.1'", site.id)


@pytest.mark.parametrize("query", ["", "profileId={}", "itemType=conversation&itemId=1", "itemType=microcosm&action=create"])
def test_the_end_of_a_page_tells_of_nothing_private(site, query):
    """What the owner may not see is none of what a page looks at, however much of it there is."""
    person = site.newcomer()
    wanted = site.microcosm()
    site.sql("INSERT INTO microcosm.audit (site_id, item_type, item_id, action, address, created, profile_id, is_private)"
             " SELECT %s, 6, 1, 'U', '192.0.2.2', clock_timestamp(), %s, true FROM generate_series(1, 10000)",
             site.id, person.profile_id)
    hidden = {row[0] for row in site.sql("SELECT audit_id FROM microcosm.audit WHERE site_id = %s AND is_private", site.id)}

    data = page(site.owner, query.format(person.profile_id) + "&limit=5")
    shown = [entry["id"] for entry in data["items"]] + [int(data.get("next", ",0").partition(",")[2])]
    assert not hidden.intersection(shown)
    if query.startswith("profile"):
        assert "next" not in data
    elif query.startswith("itemType=microcosm"):
        assert data["items"][0]["itemId"] == wanted
    site.sql("DELETE FROM microcosm.audit WHERE site_id = %s AND address = '192.0.2.2'", site.id)


@pytest.mark.parametrize("query", ["limit=0", "limit=7", "limit=251", "limit=x", "profileId=x", "profileId=-1", "itemType=ship", "itemId=1.5",
                                   "action=sink", "since=yesterday", "until=2027", "before=5", "before=x,1", "before=,",
                                   *(f"before=2027-01-01T00:00:00Z,{n}" for n in ("", "1x", "%201", "%2B1", "-1", "0", "1%20", "1.0", "0x1",
                                                                                  "9223372036854775808", "1e3"))])
def test_bad_parameters_are_refused(site, query):
    site.owner.get(f"{AUDIT}?{query}", expect=400)


def test_an_end_is_not_passed_by_going_on(site):
    site.microcosm()
    newest = page(site.owner, "limit=5")["items"][0]["created"]

    data = page(site.owner, f"until={newest}&before=2999-01-01T00:00:00Z,1")
    assert all(entry["created"] < newest for entry in data["items"])


def test_huddles_stay_private(site, mira, tomas):
    last = page(site.owner, "limit=5")["items"][0]["id"]
    huddle = mira.post("/api/v1/huddles", {"title": "Psst", "participants": [{"id": tomas.profile_id}]}, expect=302).id
    comment = site.comment(huddle, by=tomas, item_type="huddle")
    tomas.put(f"/api/v1/comments/{comment}", {"markdown": "Psst"}, expect=302)
    tomas.put(f"/api/v1/comments/{comment}/attributes/colour", {"value": "blue"}, expect=302)
    mira.put(f"/api/v1/huddles/{huddle}/participants", [{"id": site.newcomer().profile_id}], expect=302)
    tomas.delete(f"/api/v1/huddles/{huddle}", expect=200)

    assert site.sql("SELECT count(*) FROM microcosm.audit WHERE site_id = %s AND is_private AND audit_id > %s",
                    site.id, last) == [(6,)]
    shown = [entry for entry in entries(site.owner, "limit=250") if entry["id"] > last]
    assert {entry["itemType"] for entry in shown} <= {"profile", "auth", "user"}  # of the newcomer
    for query in (f"itemType=huddle&itemId={huddle}", f"itemType=comment&itemId={comment}", "itemType=huddle",
                  f"itemType=attribute&itemId={comment}"):
        assert entries(site.owner, query) == []


def test_two_sites(site, other_site):
    conversation = site.conversation(site.microcosm())

    assert entries(other_site.owner, f"itemType=conversation&itemId={conversation}") == []
    assert entries(other_site.owner, f"profileId={site.owner.profile_id}") == []
    other_site.conversation(other_site.microcosm())
    ours = {entry["id"] for entry in entries(site.owner, "limit=250")}
    assert not ours & {entry["id"] for entry in entries(other_site.owner, "limit=250")}
