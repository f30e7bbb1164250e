"""serve --demo and --default-site: what somebody sees who tries the program for the first time."""

import base64
import hashlib
import re
import time

import pytest

import harness
import htmlcheck


@pytest.fixture(scope="module")
def demo(cluster, template):
    daemon = harness.Daemon(cluster.copy(template), arguments=["--demo", "--default-site", "demo"])
    try:
        daemon.start()
        guest = harness.Client(daemon, "demo.localhost")
        harness.wait_until(lambda: guest.get("/api/v1/site").status == 200, "the demo site")
        yield daemon
    finally:
        daemon.close()


@pytest.fixture(scope="module")
def guest(demo):
    return harness.Client(demo, "demo.localhost")


def everything(client):
    """All replies that links lead to from the root microcosm."""
    queue, seen = ["/api/v1/microcosms", "/api/v1/microcosms/tree", "/api/v1/conversations", "/api/v1/profiles"], {}

    def links(data):
        if isinstance(data, list):
            for value in data:
                yield from links(value)
        elif isinstance(data, dict):
            if isinstance(data.get("href"), str):
                yield data["href"]
            for value in data.values():
                yield from links(value)

    while queue:
        target = queue.pop()
        if target in seen:
            continue
        seen[target] = client.get(target, expect={200, 404}).data
        queue += [href for href in links(seen[target]) if href.startswith((
            "/api/v1/microcosms", "/api/v1/conversations", "/api/v1/events", "/api/v1/comments", "/api/v1/profiles/"))]
    return seen


def test_reads_like_a_community(guest):
    seen = everything(guest)

    assert None not in seen.values(), "no link leads to nowhere"
    kinds = {kind: [data for target, data in seen.items() if target.split("?")[0].startswith(f"/api/v1/{kind}/")]
             for kind in ("microcosms", "conversations", "events", "comments", "profiles")}
    assert len(kinds["microcosms"]) >= 3 and len(kinds["conversations"]) >= 3 and kinds["events"]
    assert len(kinds["profiles"]) >= 3 and len(kinds["comments"]) >= 5
    for comment in kinds["comments"]:
        assert htmlcheck.problems(comment["html"]) == []


def test_has_its_owner(demo, guest):
    token = demo.command("token", "create", "--site", "demo", "--email", "owner@example.org").strip()
    owner = harness.Client(demo, "demo.localhost", token, "owner")

    me = owner.get("/api/v1/whoami", expect=200).data

    assert guest.get("/api/v1/site", expect=200).data["ownedBy"]["id"] == me["id"]
    assert me["meta"]["permissions"]["siteOwner"] is True


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "forum.example.org"])
def test_the_default_site_answers_to_any_host(demo, host):
    assert harness.Client(demo, host).get("/api/v1/site", expect=200).data["subdomainKey"] == "demo"


def test_the_default_site_takes_no_other_sites_place(demo):
    other = harness.Site(demo)
    assert other.guest.get("/api/v1/site", expect=200).data["siteId"] == other.id
    harness.Client(demo, "nosuchsite.localhost").get("/api/v1/site", expect=404)
    other.close()


def test_is_made_once(demo, guest):
    before = guest.get("/api/v1/microcosms?limit=250", expect=200).data["items"]["total"]
    demo.stop()
    demo.start()

    assert guest.get("/api/v1/microcosms?limit=250", expect=200).data["items"]["total"] == before


# Without --default-site, and the page for people

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def lone(cluster, template):
    daemon = harness.Daemon(cluster.copy(template), arguments=["--demo"])
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


def page(daemon, host, expect=200):
    reply = harness.Client(daemon, host).get("/", headers=list(HTML.items()), expect=expect, check=False)
    assert reply.header("Content-Type") == "text/html; charset=utf-8"
    return reply, reply.body.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", harness.BASE_DOMAIN, f"{harness.BASE_DOMAIN}:8080"])
def test_while_alone_the_demo_is_at_every_address_without_a_name(lone, host):
    client = harness.Client(lone, host)
    assert client.get("/api/v1/site", expect=200).data["subdomainKey"] == "demo"
    assert client.get("/api/v1/microcosms", expect=200).data["id"] == 1
    assert "Tilbury Lane Growers" in page(lone, host)[1]
    harness.Client(lone, f"nosuchsite.{harness.BASE_DOMAIN}").get("/", expect=404)
    harness.Client(lone, "forum.example.org").get("/", expect=404)


def test_the_page_for_people(lone):
    reply, text = page(lone, "127.0.0.1:8080")
    policy = reply.header("Content-Security-Policy")
    style = re.search("<style>(.*?)</style>", text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert policy.startswith("default-src 'none'; ") and f"style-src 'sha256-{digest}'" in policy
    assert "<script" not in text and " style=" not in text and not re.search(r" on\w+=", text)
    assert "no-cache" in reply.header("Cache-Control")
    assert "http://127.0.0.1:8080/api/v1/conversations" in text
    links = re.findall('href="([^"]+)"', text)
    assert len(links) >= 6
    for link in links:
        harness.Client(lone, "127.0.0.1").get(link, expect=200)


def test_programs_get_the_index_as_before(lone):
    reply = harness.Client(lone, f"demo.{harness.BASE_DOMAIN}").get("/", expect=200)
    assert reply.data == {"links": [{"rel": "api", "href": "/api"}]}
    assert "no-cache" in reply.header("Cache-Control"), "no proxy gives it to browsers"


def test_what_the_page_tries_works(lone):
    """The command of the page, as far as HTTP is concerned."""
    token = lone.command("token", "create", "--site", "demo", "--email", "you@example.org").strip()
    you = harness.Client(lone, "127.0.0.1", token, "you")
    you.post("/api/v1/conversations", {"microcosmId": 1, "title": "Hello"}, expect=302)


def test_with_another_site_the_demo_takes_no_address_any_more(lone):
    other = harness.Site(lone)
    nameless = harness.Client(lone, "127.0.0.1")
    harness.wait_until(lambda: nameless.get("/api/v1/site").status == 404, "the daemon to ask again")
    assert other.guest.get("/api/v1/site", expect=200).data["siteId"] == other.id
    text = page(lone, harness.BASE_DOMAIN)[1]
    assert "Microcosm is running" in text and "Tilbury" not in text
    assert harness.Client(lone, harness.BASE_DOMAIN).get("/", expect=404)

    # Nor when the other is gone: its visitors don't find themselves at the demo.
    lone.command("site", "set", other.key, "--deleted", "yes")
    harness.wait_until(lambda: other.guest.get("/api/v1/site").status == 404, "the site to go")
    late = harness.Site(lone)  # whoever asks later finds that the daemon has asked again, too
    lone.command("site", "set", late.key, "--deleted", "yes")
    harness.wait_until(lambda: late.guest.get("/api/v1/site").status == 404, "the site to go")
    for _ in range(30):
        assert nameless.get("/api/v1/site").status == 404
        assert harness.Client(lone, harness.BASE_DOMAIN).get("/api/v1/site").data["siteId"] == 1
        time.sleep(0.1)
