"""Short links: docs/http/out.md."""

import pytest

import harness


def store(site, code, url):
    site.sql("INSERT INTO microcosm.short_links (code, url) VALUES (%s, %s) RETURNING code", code, url)


@pytest.fixture(scope="module")
def root(daemon):
    return harness.Client(daemon, harness.ROOT_HOST)


def test_lead_away_from_every_host(site, other_site, root):
    store(site, "aZ29", "https://shop.example/x?a=1&b=2#c")
    for client, path in ((site.guest, "/api/v1/out/aZ29"), (other_site.guest, "/api/v1/out/aZ29"), (root, "/out/aZ29")):
        reply = client.get(path, expect=307)
        assert reply.header("Location") == "https://shop.example/x?a=1&b=2#c"
        assert reply.header("Cache-Control") == "no-cache, max-age=0"
    for client, path in ((root, "/api/v1/out/aZ29"), (site.guest, "/out/aZ29")):
        client.get(path, check=False, expect=404)


@pytest.mark.parametrize("code", ["none", "az29", "a" * 51, "a" * 300])
def test_unknown_codes(site, code):
    site.guest.get(f"/api/v1/out/{code}", expect=404)


@pytest.mark.parametrize("code", ["a0", "1", "a-b", "a%2Fb", "a/b", "", "https://evil.example"])
def test_what_is_no_code(site, code):
    site.guest.get(f"/api/v1/out/{code}", expect={301, 404}, check=False)


@pytest.mark.parametrize("number, url", enumerate([
    "javascript:alert(1)", "data:text/html,x", "ftp://files.example/", "/conversations/1", "//", "mailto:a@b.example",
    "https:", "https://", "https://user@", "x", "https://a.example/\nSet-Cookie: a=b", "file:///etc/passwd",
    "vbscript:x", "java\tscript:alert(1)"]))
def test_lead_nowhere_but_to_the_web(site, number, url):
    code = "bad" + "abcdefghijklmnopqrstuvwxyz"[number]
    store(site, code, url)
    reply = site.guest.get(f"/api/v1/out/{code}", expect=404)
    assert reply.header("Location") is None


@pytest.mark.parametrize("number, url, leads_to", [
    (2, "https://www.amazon.co.uk/dp/B1?tag=x-21&psc=1&keywords=a", "https://www.amazon.co.uk/dp/B1?keywords=a&psc=1"),
    (3, "http://www.ebay.co.uk/itm/Bell/123456789012?mkevt=1", "http://www.ebay.co.uk/itm/123456789012"),
    (4, "https://x.example/?utm_source=a&id=5&fbclid=b", "https://x.example/?id=5"),
    (5, "https://x.example/k\u00f6pfe?q=\u2603", "https://x.example/k%C3%B6pfe?q=%E2%98%83"),
    (6, "https://x.example/a b\"c", "https://x.example/a%20b%22c"),
])
def test_are_cleaned_on_the_way(site, number, url, leads_to):
    store(site, f"clean{number}", url)
    assert site.guest.get(f"/api/v1/out/clean{number}", expect=307).header("Location") == leads_to


def test_nobody_is_asked_who_they_are(site, tomas):
    store(site, "anybody", "https://shop.example/")
    site.ban(tomas)
    harness.wait_until(lambda: tomas.get("/api/v1/microcosms").status == 403, "the ban")

    tomas.get("/api/v1/out/anybody", expect=307)
    site.guest.get("/api/v1/out/anybody", token="unknown", expect=307)
    site.guest.get("/api/v1/out/anybody", headers=[("Authorization", "Basic eA==")], expect=307)


def test_can_only_be_read(site, mira):
    store(site, "readonly", "https://shop.example/")
    assert mira.options("/api/v1/out/readonly", expect=200).header("Allow") == "OPTIONS,GET"
    for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE"):
        assert mira.request(method, "/api/v1/out/readonly", json_body={}).status == 405


def test_new_comments_get_none(site, microcosm, mira):
    """Their links stay what they are, without what follows people."""
    conversation = site.conversation(microcosm, by=mira)
    comment = mira.post("/api/v1/comments", {
        "itemType": "conversation", "itemId": conversation,
        "markdown": "[x](https://a.example/?utm_source=b&c=1) [y](/api/v1/out/aZ29)"}, expect=302).id
    before = site.sql("SELECT count(*) FROM microcosm.short_links")

    html = mira.get(f"/api/v1/comments/{comment}", expect=200).data["html"]

    assert 'href="https://a.example/?c=1"' in html and 'href="/api/v1/out/aZ29"' in html
    assert site.sql("SELECT count(*) FROM microcosm.short_links") == before
