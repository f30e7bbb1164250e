"""serve --demo and --default-site: what somebody sees who tries the program for the first time."""

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
