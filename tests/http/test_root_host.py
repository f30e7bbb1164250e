"""Sites by their ids, on the root host: making, changing, listing, menus, custom domains, reserved keys."""

import itertools
import json
import threading

import pytest

import harness

SITES = "/api/v1/sites"
keys = (f"made{n}" for n in itertools.count(1))


@pytest.fixture
def at_root(site):
    """Sends a request of somebody to the root host."""
    def send(person, method, path, body=None, **options):
        return person.request(method, path, host=harness.ROOT_HOST, json_body=body, **options)
    return send


def new_site(at_root, person, **fields):
    body = {"title": "Tool library", "description": "Borrow a ladder", "subdomainKey": next(keys), **fields}
    return at_root(person, "POST", SITES, body, expect=302).id


def faults(reply):
    return sorted(part.split(":")[0] for part in reply.error)


class TestMaking:
    def test_a_member_makes_a_site_and_owns_it(self, site, mira, at_root):
        key = next(keys)
        reply = at_root(mira, "POST", SITES, {"title": "Tool <b>library</b> & shed", "description": "Ladders",
                                              "subdomainKey": key.upper(), "linkColor": "Teal"}, expect=302)

        assert reply.location == f"{SITES}/{reply.id}"
        data = at_root(mira, "GET", reply.location, expect=200).data
        assert data["title"] == "Tool library &amp; shed"
        assert (data["subdomainKey"], data["linkColor"], data["backgroundColor"]) == (key, "Teal", "#FFFFFF")
        assert data["ownedBy"]["userId"] == mira.user_id
        assert data["siteURL"] == f"https://{key}.{harness.BASE_DOMAIN}"
        assert "permissions" not in data["meta"]
        there = mira.get("/api/v1/site", host=f"{key}.{harness.BASE_DOMAIN}", expect=200).data
        assert there["meta"]["permissions"]["siteOwner"] is True
        assert there["siteId"] == reply.id

    def test_guests_make_none(self, site, at_root):
        body = {"title": "T", "description": "D", "subdomainKey": next(keys)}
        assert at_root(site.guest, "POST", SITES, body).status == 403
        assert at_root(site.guest, "GET", f"{SITES}?filter=owned").status == 403

    @pytest.mark.parametrize("field, value", [
        ("title", ""), ("title", "x" * 51), ("title", None), ("description", " "), ("description", None),
        ("subdomainKey", "a-b"), ("subdomainKey", ""), ("subdomainKey", None), ("subdomainKey", "x" * 51),
        ("subdomainKey", "root"), ("subdomainKey", "admin"), ("subdomainKey", "WWW"), ("subdomainKey", "caf\u00e9"),
        ("themeId", 999), ("themeId", -1), ("logoUrl", "javascript:alert(1)"), ("backgroundUrl", "//evil.example/x"),
        ("logoUrl", "https://e.example/" + "x" * 2000), ("backgroundColor", "#12345"), ("linkColor", "x#fff"),
        ("linkColor", "url(x)"), ("gaWebPropertyId", "G-1"), ("gaWebPropertyId", "UA-"), ("gaWebPropertyId", "UA-1\n"),
        ("gaWebPropertyId", "UA-1\"><script>"),
    ])
    def test_wrong_values_are_400_and_name_the_field(self, mira, at_root, field, value):
        body = {"title": "T", "description": "D", "subdomainKey": next(keys), field: value}

        reply = at_root(mira, "POST", SITES, body, expect=400)

        assert field in json.dumps(reply.json)

    def test_a_key_that_is_in_use(self, site, mira, at_root):
        body = {"title": "T", "description": "D", "subdomainKey": site.key}
        at_root(mira, "POST", SITES, body, expect={400, 409})

    @pytest.mark.parametrize("given, stored", [("COVER", "cover"), ("tiled", "tiled"), ("nowhere", "tile")])
    def test_positions(self, mira, at_root, given, stored):
        made = new_site(at_root, mira, backgroundPosition=given, backgroundUrl="/bg.png")
        data = at_root(mira, "GET", f"{SITES}/{made}", expect=200).data
        assert (data["backgroundPosition"], data["backgroundUrl"]) == (stored, "/bg.png")


class TestChanging:
    def test_only_what_is_given_changes(self, mira, at_root):
        made = new_site(at_root, mira, logoUrl="https://img.example/l.png", backgroundColor="#abc")
        path = f"{SITES}/{made}"

        assert at_root(mira, "PUT", path, {"title": "Seed library", "linkColor": ""}, expect=302).location == path

        data = at_root(mira, "GET", path, expect=200).data
        assert (data["title"], data["description"], data["backgroundColor"]) == ("Seed library", "Borrow a ladder", "#abc")
        assert (data["logoUrl"], data["linkColor"]) == ("https://img.example/l.png", "#4082C3")
        at_root(mira, "PUT", path, {"logoUrl": "", "subdomainKey": "otherkey", "domain": "x.example", "siteId": 1},
                expect=302)
        data = at_root(mira, "GET", path, expect=200).data
        assert data["logoUrl"] != "https://img.example/l.png"
        assert (data["subdomainKey"][:4], data["domain"]) == ("made", "")

    def test_by_others_is_403_and_changes_nothing(self, site, mira, at_root):
        made = new_site(at_root, mira)
        for person in (site.guest, site.owner):
            at_root(person, "PUT", f"{SITES}/{made}", {"title": "Mine now"}, expect=403)
            at_root(person, "PUT", f"{SITES}/{made}/menu", [{"href": "/x", "text": "X"}], expect=403)
            at_root(person, "DELETE", f"{SITES}/{made}/menu", expect=403)
        at_root(mira, "PUT", f"{SITES}/1", {"title": "Mine now"}, expect=403)
        at_root(mira, "PUT", f"{SITES}/{site.id}", {"title": "Mine now"}, expect=403)
        assert at_root(site.guest, "GET", f"{SITES}/{made}", expect=200).data["title"] == "Tool library"

    def test_the_change_is_seen_on_the_sites_own_host_at_once(self, site, at_root):
        at_root(site.owner, "PUT", f"{SITES}/{site.id}", {"description": "Tides and ropes"}, expect=302)
        assert site.guest.get("/api/v1/site", expect=200).data["description"] == "Tides and ropes"

    @pytest.mark.parametrize("body", [{"title": ""}, {"description": ""}, {"subdomainKey": "admin"}, {"linkColor": "nope"},
                                      {"themeId": 77}, {"gaWebPropertyId": "X"}])
    def test_wrong_values(self, site, at_root, body):
        at_root(site.owner, "PUT", f"{SITES}/{site.id}", body, expect=400)

    def test_an_unknown_site(self, site, mira, at_root):
        for person in (mira, site.guest):
            for path in (f"{SITES}/999999", f"{SITES}/999999/menu", f"{SITES}/999999/status"):
                at_root(person, "GET", path, expect=404)
            at_root(person, "PUT", f"{SITES}/999999", {"title": "T"}, expect=404)
            at_root(person, "PUT", f"{SITES}/999999/menu", [{"href": "/x", "text": "X"}], expect=404)
            at_root(person, "DELETE", f"{SITES}/999999/menu", expect=404)

    def test_deleted_and_brought_back(self, site, mira, at_root):
        made = new_site(at_root, mira)
        path, flags = f"{SITES}/{made}", {"meta": {"flags": {"deleted": True}}}
        key = at_root(mira, "GET", path, expect=200).data["subdomainKey"]
        host = f"{key}.{harness.BASE_DOMAIN}"

        at_root(mira, "PUT", path, flags, expect=302)

        assert at_root(mira, "GET", path, expect=200).data["meta"]["flags"] == {"deleted": True}
        at_root(site.guest, "GET", path, expect=404)
        mira.get("/api/v1/site", host=host, expect=404)
        assert made not in [s["siteId"] for s in at_root(mira, "GET", f"{SITES}?filter=owned").data["sites"]["items"]]
        assert at_root(site.guest, "GET", f"/api/v1/reserved/{key}", check=False).json == {"reserved": False}
        flags["meta"]["flags"]["deleted"] = False
        at_root(mira, "PUT", path, flags, expect=302)
        mira.get("/api/v1/site", host=host, expect=200)
        assert at_root(site.guest, "GET", f"/api/v1/reserved/{key}", check=False).json == {"reserved": True}

    def test_whose_address_another_site_has_taken(self, site, mira, tomas, at_root):
        made = new_site(at_root, mira)
        path, deleted = f"{SITES}/{made}", lambda yes: {"meta": {"flags": {"deleted": yes}}}
        key = at_root(mira, "GET", path, expect=200).data["subdomainKey"]
        host = f"{key}.{harness.BASE_DOMAIN}"
        domain = f"{key}.example.org"
        site.daemon.command("site", "set", key, "--domain", domain)
        at_root(mira, "PUT", path, deleted(True), expect=302)

        other = new_site(at_root, tomas, subdomainKey=key)

        assert tomas.get("/api/v1/site", host=host, expect=200).data["siteId"] == other
        refused = at_root(mira, "PUT", path, deleted(False), expect=409)
        assert "its key" in refused.data["errorDetail"]
        with pytest.raises(AssertionError, match="its key"):
            site.daemon.command("site", "set", key, "--deleted", "no")  # means the deleted one
        at_root(mira, "PUT", path, {"title": "Waiting"}, expect=302)
        site.daemon.command("site", "set", key, "--domain", domain)  # that of who has the key
        at_root(tomas, "PUT", f"{SITES}/{other}", deleted(True), expect=302)
        site.daemon.command("site", "set", site.key, "--domain", domain)
        refused = at_root(mira, "PUT", path, deleted(False), expect=409)
        assert "its domain" in refused.data["errorDetail"]
        site.daemon.command("site", "set", site.key, "--domain", "")
        at_root(mira, "PUT", path, deleted(False), expect=302)
        assert mira.get("/api/v1/site", host=host, expect=200).data["siteId"] == made
        at_root(tomas, "PUT", f"{SITES}/{other}", deleted(False), expect=409)

    @pytest.mark.parametrize("shown_first", (False, True))
    def test_that_is_being_imported_is_given_up_with_its_key(self, site, mira, at_root, shown_first):
        made = new_site(at_root, mira)
        path, deleted = f"{SITES}/{made}", lambda yes: {"meta": {"flags": {"deleted": yes}}}
        key = at_root(mira, "GET", path, expect=200).data["subdomainKey"]
        root = harness.Client(site.daemon, harness.BASE_DOMAIN)
        is_reserved = lambda: root.get(f"/api/v1/reserved/{key}", check=False).json["reserved"]
        site.sql("UPDATE microcosm.sites SET is_deleted = true, is_being_imported = true WHERE site_id = %s", made)
        assert is_reserved()
        if shown_first:
            at_root(mira, "PUT", path, deleted(False), expect=302)
            assert is_reserved()

        at_root(mira, "PUT", path, deleted(True), expect=302)

        assert not is_reserved()


class TestListing:
    def test_sites_with_figures_and_menus(self, site, mira, at_root):
        made = new_site(at_root, mira)
        at_root(mira, "PUT", f"{SITES}/{made}/menu", [{"href": "/help", "text": "Help"}], expect=200)

        data = at_root(mira, "GET", f"{SITES}?filter=owned", expect=200).data

        assert data["meta"]["links"] == [{"rel": "self", "href": SITES}]
        mine = {s["siteId"]: s for s in data["sites"]["items"]}
        assert mine[made]["menu"] == [{"href": "/help", "text": "Help"}]
        assert [stat["metric"] for stat in mine[made]["meta"]["stats"]][0] == "activeProfiles"
        assert all(s["ownedBy"]["userId"] == mira.user_id for s in mine.values())
        assert list(mine) == sorted(mine)

    def test_the_root_site_is_left_out_and_pages_follow(self, site, at_root):
        first = at_root(site.guest, "GET", f"{SITES}?limit=5", expect=200).data["sites"]
        assert first["type"] == SITES
        assert 1 not in [s["siteId"] for s in first["items"]]
        at_root(site.guest, "GET", f"{SITES}?limit=5&offset={first['maxOffset'] + 5}", expect=400)

    def test_only_on_the_root_host(self, site, at_root):
        for path in (SITES, f"{SITES}/{site.id}", "/api/v1/hosts/x.example", "/api/v1/reserved/abc"):
            reply = site.guest.get(path, expect=404)
            assert reply.data["errorDetail"] == \
                "this address is not served on the hosts of sites, but on the bare base domain"
        reply = at_root(site.guest, "GET", "/api/v1/microcosms", expect=404)
        assert reply.data["errorDetail"] == "this address is not served on this host, but on those of sites"


class TestMenus:
    LINKS = [{"href": "/help me", "title": "Get <i>help</i>", "text": "Help & more"},
             {"href": "https://shop.example/?a=1&b=2", "text": "Shop"}, {"href": "mailto:post@e.example", "text": "Write"}]

    def test_replaced_as_a_whole(self, site, at_root):
        path = "/api/v1/site/menu"
        assert site.owner.put(path, self.LINKS, expect=200).data is None

        expected = [{"href": "/help%20me", "title": "Get help", "text": "Help &amp; more"}, *self.LINKS[1:]]
        assert site.guest.get(path, expect=200).data == expected
        assert site.guest.get("/api/v1/site").data["menu"] == expected
        assert at_root(site.guest, "GET", f"{SITES}/{site.id}/menu", expect=200).data == expected
        site.owner.put(path, [{"href": " / \r\n", "text": "Home"}, {"href": "\thttps://x.example/a b ", "text": "X"}], expect=200)
        assert site.guest.get(path).data == [{"href": "/", "text": "Home"}, {"href": "https://x.example/a%20b", "text": "X"}]
        for _ in range(2):
            assert site.owner.delete(path, expect=200).data is None
            assert site.guest.get(path).data == []

    def test_of_several_at_once_one_stays_whole(self, daemon, site):
        path = f"{SITES}/{site.id}/menu"

        def put(text, count):
            client = harness.Client(daemon, harness.ROOT_HOST, site.owner.token)
            return client.put(path, [{"href": "/x", "text": text}] * count, expect=200)

        for _ in range(20):
            put("first", 1)
            threads = [threading.Thread(target=put, args=each) for each in (("two", 2), ("three", 3), ("five", 5), ("nine", 9))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            menu = site.guest.request("GET", path, host=harness.ROOT_HOST, expect=200).data
            assert [link["text"] for link in menu] in (["two"] * 2, ["three"] * 3, ["five"] * 5, ["nine"] * 9)

    @pytest.mark.parametrize("links", [
        [], {}, "menu", None, [1], [{"href": "/x"}], [{"text": "X"}], [{"href": "/x", "text": ""}],
        [{"href": "", "text": "X"}], [{"href": " \t", "text": "X"}], [{"href": "\n//evil.example", "text": "X"}], [{"href": "/x", "text": "x" * 51}], [{"href": "/x", "text": "X", "title": "x" * 513}],
        [{"href": "/" + "x" * 2000, "text": "X"}], [{"href": "javascript:alert(1)", "text": "X"}],
        [{"href": " JavaScript:alert(1)", "text": "X"}], [{"href": "data:text/html,x", "text": "X"}],
        [{"href": "//evil.example", "text": "X"}], [{"href": "/x", "text": "X"}] * 11,
    ])
    def test_wrong_menus(self, site, links):
        path = "/api/v1/site/menu"
        site.owner.put(path, [{"href": "/", "text": "Home"}], expect=200)

        site.owner.put(path, body=json.dumps(links), content_type="application/json", expect=400)

        assert site.guest.get(path).data == [{"href": "/", "text": "Home"}]

    @pytest.mark.parametrize("href, shown", [
        ("&#106;avascript:x", "%26#106;avascript:x"), ("javascript&colon;alert(1)", "javascript%26colon;alert(1)"),
        ("/&sol;evil.example", "/%26sol;evil.example"), ("&#47;&#47;evil.example", "%26#47;&#47;evil.example"),
        ("/a&b?c&d#e&f", "/a%26b?c&d#e&f"), ("https://shop.example/a&b?c&d", "https://shop.example/a%26b?c&d")])
    def test_no_scheme_can_hide_behind_entities(self, site, href, shown):
        site.owner.put("/api/v1/site/menu", [{"href": href, "text": "X"}], expect=200)
        assert site.guest.get("/api/v1/site/menu").data[0]["href"] == shown

    def test_only_by_the_owner(self, site, mira):
        for person in (site.guest, mira):
            person.put("/api/v1/site/menu", self.LINKS, expect=403)
            person.delete("/api/v1/site/menu", expect=403)


class TestAddresses:
    def test_a_custom_domain(self, site, at_root):
        site.sql("UPDATE microcosm.sites SET domain = 'talk.pier.example' WHERE site_id = %s", site.id)

        reply = at_root(site.guest, "GET", "/api/v1/hosts/Talk.pier.example", check=False)

        assert (reply.status, reply.body.decode()) == (200, site.host)
        assert reply.header("X-Microcosm-Host") == site.host
        assert reply.header("Content-Type").startswith("text/plain")
        assert at_root(site.guest, "GET", "/api/v1/hosts/other.example").status == 404
        assert at_root(site.guest, "GET", f"/api/v1/hosts/{site.host}").status == 404
        site.sql("UPDATE microcosm.sites SET domain = '' WHERE site_id = %s", site.id)

    def test_a_site_at_its_own_domain(self, site, other_site, at_root, mira):
        """Everything is there as below the base domain, and the operator alone decides about it."""
        domain = f"talk.{site.key}.example"
        site.daemon.command("site", "set", site.key, "--domain", domain.upper(), "--https", "yes")
        harness.wait_until(lambda: site.guest.get("/api/v1/site").data["siteURL"] == f"https://{domain}", "the domain")

        for host in (domain, domain.upper(), f"{domain}:8080"):
            assert site.guest.get("/api/v1/site", host=host, expect=200).data["siteId"] == site.id
            assert mira.get("/api/v1/whoami", host=host, expect=200).data["id"] == mira.profile_id
        conversation = mira.post("/api/v1/conversations", {"microcosmId": site.microcosm(), "title": "There"},
                                 host=domain, expect=302).id
        assert mira.get(f"/api/v1/conversations/{conversation}", expect=200).data["title"] == "There"
        html = site.guest.get("/api/v1/legal/terms", host=domain, expect=200).data["html"]
        assert f'href="https://{domain}/legal/privacy"' in html
        for path in (SITES, "/api/v1/hosts/x.example"):
            site.guest.get(path, host=domain, expect=404)
        site.guest.get("/api/v1/site", host=f"www.{domain}", check=False, expect=404)
        with pytest.raises(AssertionError, match="another site has the domain"):
            site.daemon.command("site", "set", other_site.key, "--domain", domain)
        at_root(site.owner, "PUT", f"{SITES}/{site.id}", {"domain": "evil.example", "forceSSL": False}, expect=302)
        assert site.guest.get("/api/v1/site", host=domain, expect=200).data["siteURL"] == f"https://{domain}"

        site.daemon.command("site", "set", site.key, "--domain", "", "--https", "no")
        harness.wait_until(lambda: site.guest.get("/api/v1/site", host=domain, check=False).status == 404, "the end of it")
        assert site.guest.get("/api/v1/site", expect=200).data["siteURL"] == f"https://{site.host}"

    def test_the_operator_deletes_and_undeletes(self, other_site, at_root):
        other_site.daemon.command("site", "set", other_site.key, "--deleted", "yes")
        harness.wait_until(lambda: other_site.guest.get("/api/v1/site").status == 404, "the deletion")
        assert at_root(other_site.guest, "GET", f"{SITES}/{other_site.id}").status == 404
        assert at_root(other_site.owner, "GET", f"{SITES}/{other_site.id}", expect=200).data["meta"]["flags"]["deleted"]
        other_site.daemon.command("site", "set", other_site.key, "--deleted", "no")
        harness.wait_until(lambda: other_site.guest.get("/api/v1/site").status == 200, "its return")

    @pytest.mark.parametrize("key, reserved", [
        ("admin", True), ("freekey", False), ("root", True), ("ADMIN", True), ("FreeKey", False), ("a" * 50, False),
        ("a" * 51, True)])
    def test_keys(self, site, at_root, key, reserved):
        reply = at_root(site.guest, "GET", f"/api/v1/reserved/{key}", check=False)

        assert (reply.status, reply.json) == (200, {"reserved": reserved})
        assert reply.header("Access-Control-Allow-Origin") == "*"
        for taken in (site.key, site.key.upper()):
            assert at_root(site.guest, "GET", f"/api/v1/reserved/{taken}", check=False).json == {"reserved": True}
        assert at_root(site.guest, "GET", "/api/v1/reserved/a-b").status == 404
