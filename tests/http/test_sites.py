"""The site itself: sites.md, as far as it is read; and the command that makes one."""

import http.server
import subprocess
import threading

import pytest

import harness

PATH = "/api/v1/site"


def test_a_new_site(daemon):
    site = harness.Site(daemon, title="Harbour & quay", owner="rowan")
    owner = {"id": site.owner.profile_id, "siteId": site.id, "userId": site.owner.user_id, "profileName": "rowan",
             "visible": True, "avatar": f"/api/v1/files/profiles/{site.owner.profile_id}.svg",
             "meta": {"flags": {}, "links": [{"rel": "self", "href": f"/api/v1/profiles/{site.owner.profile_id}"},
                                             {"rel": "site", "href": f"/api/v1/sites/{site.id}"}]}}

    data = site.guest.get(PATH, expect=200).data

    assert data["siteId"] == site.id
    assert data["siteURL"] == f"https://{site.key}.{harness.BASE_DOMAIN}"
    assert data["title"] == "Harbour &amp; quay"
    assert data["subdomainKey"] == site.key
    assert data["domain"] == ""
    assert "forceSSL" not in data and "gaWebPropertyId" not in data and "auth0Domain" not in data
    assert data["ownedBy"] == owner
    assert data["themeId"] == 1
    assert data["backgroundColor"] == "#FFFFFF"
    assert data["linkColor"] == "#4082C3"
    assert data["menu"] == []
    assert data["meta"]["createdBy"] == owner
    assert data["meta"]["flags"] == {"deleted": False}
    assert [stat["metric"] for stat in data["meta"]["stats"]] == [
        "activeProfiles", "onlineProfiles", "totalProfiles", "totalConversations", "totalEvents", "totalComments"]
    assert data["meta"]["links"] == [
        {"rel": "self", "href": f"/api/v1/sites/{site.id}"}, {"rel": "microcosm", "href": "/api/v1/microcosms"},
        {"rel": "profile", "href": "/api/v1/profiles"}, {"rel": "legal", "href": "/api/v1/legal"}]
    site.close()


def test_permissions_are_the_callers(site, mira):
    def true(client):
        return [key for key, value in client.get(PATH).data["meta"]["permissions"].items() if value]

    assert true(site.guest) == ["read", "guest"]
    assert true(mira) == ["read"]
    assert true(site.owner) == ["create", "read", "update", "delete", "owner", "moderator", "siteOwner"]


def test_a_member_may_create_where_the_site_lets_them(daemon):
    site = harness.Site(daemon)
    mira = site.person("mira")
    site.sql("UPDATE microcosm.sites SET only_admins_create_microcosms = false WHERE site_id = %s", site.id)

    harness.wait_until(lambda: mira.get(PATH).data["meta"]["permissions"]["create"])
    assert site.guest.get(PATH).data["meta"]["permissions"]["create"] is False
    site.close()


@pytest.mark.parametrize("column, value, key, shown", [
    ("domain", "talk.example", "siteURL", "http://talk.example"), ("domain", "talk.example", "domain", "talk.example"),
    ("logo_url", "https://img.example/l.png", "logoUrl", "https://img.example/l.png"),
    ("favicon_url", "/f.png", "faviconUrl", "/f.png"), ("ga_web_property_id", "UA-1", "gaWebPropertyId", "UA-1"),
    ("auth0_domain", "a.example", "auth0Domain", "a.example"), ("auth0_client_id", "id", "auth0ClientId", "id"),
])
def test_what_an_operator_set_is_shown(daemon, column, value, key, shown):
    site = harness.Site(daemon)
    site.sql(f"UPDATE microcosm.sites SET {column} = %s WHERE site_id = %s", value, site.id)

    harness.wait_until(lambda: site.guest.get(PATH).data.get(key) == shown, f"{key} to be {shown}")
    site.sql("UPDATE microcosm.sites SET domain = '' WHERE site_id = %s", site.id)
    site.close()


def test_a_custom_domain_may_insist_on_https(daemon):
    site = harness.Site(daemon)
    site.sql("UPDATE microcosm.sites SET domain = 'quay.example', force_ssl = true WHERE site_id = %s", site.id)

    harness.wait_until(lambda: site.guest.get(PATH).data["siteURL"] == "https://quay.example")
    assert site.guest.get(PATH).data["forceSSL"] is True
    reply = site.guest.get(PATH, host="quay.example", expect=200)
    assert reply.data["siteId"] == site.id, "a custom domain names its site, too"
    site.close()


def test_the_menu_is_shown_in_order(daemon):
    site = harness.Site(daemon)
    for position, text in ((1, "Second"), (0, "First")):
        site.sql("INSERT INTO microcosm.menu_links (site_id, position, href, title, text) VALUES (%s, %s, '/x', 'Go', %s)",
                 site.id, position, text)

    menu = harness.wait_until(lambda: site.guest.get(PATH, check=False).data["menu"])

    assert [link["text"] for link in menu] == ["First", "Second"]
    assert list(menu[0]) == ["href", "title", "text"]
    site.close()


def test_stats_count_what_is_there(daemon):
    site = harness.Site(daemon)
    conversation = site.conversation(site.root)
    site.comment(conversation)
    daemon_stats = {stat["metric"]: stat["value"] for stat in site.guest.get(PATH).data["meta"]["stats"]}

    # A stored snapshot may lag behind by an hour, but never runs ahead.
    assert 0 <= daemon_stats["totalProfiles"] <= 1
    assert 0 <= daemon_stats["totalConversations"] <= 1
    assert 0 <= daemon_stats["totalComments"] <= 1
    assert daemon_stats["totalEvents"] == 0
    site.close()


def test_put_is_advertised_but_unusable(site, mira):
    for person in (site.guest, mira, site.owner):
        person.put(PATH, {"title": "Mine"}, expect=400)
    assert site.guest.get(PATH).data["title"] == "Harbour"


def test_has_the_logo_of_its_theme(site):
    data = site.guest.get(PATH, expect=200).data

    assert data["logoUrl"] == f"/api/v1/files/sites/{data['themeId']}.svg"
    site.guest.get(data["logoUrl"], expect=200, check=False)


def test_the_root_site_has_one_too(site, mira):
    data = site.guest.get(PATH, host=harness.ROOT_HOST, expect=200).data

    assert data["subdomainKey"] == "root"
    assert data["ownedBy"]["profileName"] == "operator" and data["ownedBy"]["siteId"] == data["siteId"]
    at_root = harness.Client(site.daemon, harness.ROOT_HOST, mira.token)
    at_root.get(PATH, expect=200)


class TestCommand:
    """microcosmd site create, token create."""

    def run(self, site, *arguments):
        return subprocess.run([harness.MICROCOSMD, *arguments, *site.daemon.where], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=harness.DEADLINE)

    @pytest.mark.parametrize("key", ["", "UPPER case", "with-dash", "a.b", "x" * 51, "root", "../x", "é"])
    def test_keys_that_are_none(self, site, key):
        done = self.run(site, "site", "create", key, "--title", "T", "--owner", "a@example.org")

        assert done.returncode != 0 and done.stderr
        assert not harness.SANITIZER_REPORTS.search(done.stderr)

    def test_a_key_in_use(self, site):
        done = self.run(site, "site", "create", site.key, "--title", "T", "--owner", "a@example.org")

        assert done.returncode != 0 and done.stderr
        assert site.guest.get(PATH).data["title"] == "Harbour"

    @pytest.mark.parametrize("title", ["", " ", "x" * 51])
    def test_titles_that_are_none(self, site, title):
        assert self.run(site, "site", "create", "newsite", "--title", title, "--owner", "a@example.org").returncode != 0

    @pytest.mark.parametrize("email", ["", "nobody", "@", "a@", "@b", "a b@example.org"])
    def test_addresses_that_are_none(self, site, email):
        assert self.run(site, "site", "create", "newsite", "--title", "T", "--owner", email).returncode != 0
        assert self.run(site, "token", "create", "--site", site.key, "--email", email).returncode != 0

    def test_a_token_is_all_there_is_on_stdout(self, site):
        done = self.run(site, "token", "create", "--site", site.key, "--email", "alone@example.org")

        assert done.returncode == 0
        token = done.stdout.rstrip("\n")
        assert len(token) == 128 and token.isalnum()
        rows = site.sql("SELECT count(*) FROM microcosm.access_tokens WHERE token_hash = sha256(%s::bytea)", token)
        assert rows == [(1,)], "only its digest is stored"

    def test_a_token_of_an_unknown_site(self, site):
        done = self.run(site, "token", "create", "--site", "nosuchsite", "--email", "a@example.org")

        assert done.returncode != 0 and done.stdout == ""

    @pytest.mark.parametrize("days", ["0", "-1", "x", "3651", "99999999999999999999"])
    def test_lifetimes_that_are_none(self, site, days):
        done = self.run(site, "token", "create", "--site", site.key, "--email", "a@example.org", "--expires", days)

        assert done.returncode != 0 and done.stdout == ""

    def test_a_lifetime_is_kept(self, site):
        done = self.run(site, "token", "create", "--site", site.key, "--email", "short@example.org", "--expires", "3")

        rows = site.sql("SELECT expires - now() BETWEEN interval '71 hours' AND interval '73 hours'"
                        " FROM microcosm.access_tokens WHERE token_hash = sha256(%s::bytea)", done.stdout.strip())
        assert rows == [(True,)]

    @pytest.mark.parametrize("arguments", [["frobnicate"], ["site"], ["site", "create"], ["token", "create"],
                                           ["serve", "--nonsense"], ["serve", "--listen"], ["serve", "--listen", "x"]])
    def test_bad_usage_is_2(self, site, arguments):
        done = subprocess.run([harness.MICROCOSMD, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True,
                              timeout=harness.DEADLINE)

        assert done.returncode == 2 and done.stderr

    def test_migrate_twice_is_fine(self, site):
        for _ in range(2):
            assert self.run(site, "migrate").returncode == 0

    def test_check_is_content(self, site):
        assert self.run(site, "check").returncode == 0

    def test_version(self, site):
        done = subprocess.run([harness.MICROCOSMD, "version"], capture_output=True, text=True, timeout=harness.DEADLINE)

        assert done.returncode == 0 and done.stdout.strip()


# Status


class Pictures(http.server.BaseHTTPRequestHandler):
    """/found is there, /moved leads to it, and nothing else is."""

    def do_GET(self):
        status = {"/found": 200, "/moved": 302}.get(self.path, 404)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/found")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"pic")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def pictures():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class TestStatus:
    """The owner's settings, tried: docs/http/sites.md#status."""

    def made(self, daemon, **fields):
        site = harness.Site(daemon)
        path = f"/api/v1/sites/{site.id}"
        if fields:
            site.owner.put(path, fields, host=harness.ROOT_HOST, expect=302)
        return site, f"{path}/status"

    def status(self, site, path):
        return site.owner.get(path, host=harness.ROOT_HOST, expect=200).data

    def test_what_can_be_fetched_is_valid(self, database, pictures):
        daemon = harness.Daemon(database, arguments=["--outgoing-allow", "127.0.0.1"])
        try:
            daemon.start()
            for name, error in (("found", ""), ("moved", ""), ("none", "the status is 404")):
                site, path = self.made(daemon, logoUrl=f"{pictures}/{name}", backgroundUrl=f"{pictures}/none",
                                       gaWebPropertyId="UA-12-3")
                data = self.status(site, path)
                assert data["logoUrlHealth"] == {"set": True, "valid": not error, "error": error, "value": f"{pictures}/{name}"}
                assert data["backgroundUrlHealth"]["error"] == "the status is 404"
                assert data["analyticsIDHealth"] == {"set": True, "valid": True, "error": "", "value": "UA-12-3"}
                assert data["domainHealth"] == {"set": False, "valid": False, "error": "", "value": None}
                assert data["site"]["siteId"] == site.id and "permissions" not in data["site"]["meta"]
        finally:
            daemon.close()

    def test_nothing_of_the_servers_own_network_is_asked(self, daemon, pictures):
        site, path = self.made(daemon, logoUrl=f"{pictures}/found", backgroundUrl="http://10.0.0.1/x")
        data = self.status(site, path)
        assert data["analyticsIDHealth"] == {"set": False, "valid": False, "error": "", "value": None}
        for key in ("logoUrlHealth", "backgroundUrlHealth"):
            assert data[key]["set"] and not data[key]["valid"] and data[key]["error"], data
            assert "404" not in data[key]["error"]

    def test_a_domain_that_leads_nowhere(self, daemon):
        site, path = self.made(daemon)
        daemon.command("site", "set", site.key, "--domain", "nowhere.invalid")
        health = self.status(site, path)["domainHealth"]
        assert health["set"] and not health["valid"] and health["error"] and health["value"] is None

    def test_is_for_the_owner_of_another_site_than_the_root(self, daemon, site):
        _, path = self.made(daemon)
        for client in (site.guest, site.owner):
            client.get(path, host=harness.ROOT_HOST, expect=403)
        site.owner.get("/api/v1/sites/1/status", host=harness.ROOT_HOST, expect=403)
        site.owner.get("/api/v1/sites/888888888/status", host=harness.ROOT_HOST, expect=404)
