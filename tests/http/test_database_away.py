"""PostgreSQL away: 503 with an enveloped error meanwhile, and all is well by itself afterwards."""

import contextlib
import signal

import pytest

import harness


@pytest.fixture(scope="module")
def own():
    """A PostgreSQL of this module's own, to be stopped and started, and a daemon on it."""
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(harness.Cluster()))
        daemon = stack.enter_context(contextlib.closing(harness.Daemon(cluster.copy(cluster.migrated_template()))))
        site = stack.enter_context(contextlib.closing(harness.Site(daemon.start())))
        site.conversation(site.root)
        yield cluster, daemon, site
        if cluster.process is None:
            cluster.start()


def requests(site):
    """One of each kind: cached or not, guest or member, reading or writing."""
    body = {"microcosmId": site.root, "title": site.unique("During the outage")}
    yield site.guest.get("/api/v1/site")
    yield site.guest.get("/api/v1/microcosms")
    yield site.owner.get("/api/v1/whoami")
    yield site.owner.get("/api/v1/conversations")
    yield site.owner.post("/api/v1/conversations", body)
    yield site.guest.get("/api/v1/profiles")
    yield site.guest.get("/api/v1/permission?itemType=conversation&itemId=1")


def assert_unavailable(cluster, site):
    """Replies of an outage: reads that need no database may still work, writes never."""
    statuses = []
    for reply in requests(site):
        statuses.append(reply.status)
        assert reply.status in (200, 503), reply
        if reply.request.method == "POST":
            assert reply.status == 503, reply
        if reply.status == 503:
            assert reply.error == [reply.data["errorDetail"]] and "try again" in reply.error[0], reply
            assert cluster.folder not in " ".join(reply.error), "no word of where the database is"
    assert 503 in statuses


def recovers(daemon, site):
    """All works again, by itself."""
    harness.wait_until(lambda: site.guest.get("/api/v1/site").status == 200, "the daemon to recover")
    harness.wait_until(daemon.is_ready, "the daemon to be ready")
    for reply in requests(site):
        assert reply.status in (200, 302, 403), reply


def test_away_in_the_middle(own):
    cluster, daemon, site = own
    recovers(daemon, site)
    site.close()
    cluster.stop()

    assert_unavailable(cluster, site)
    assert daemon.probe("/healthz") == 200
    assert daemon.probe("/readyz") == 503

    cluster.start()
    recovers(daemon, site)


def test_away_after_a_crash(own):
    cluster, daemon, site = own
    site.close()
    cluster.kill()

    assert_unavailable(cluster, site)

    cluster.start()
    recovers(daemon, site)


def test_quickly_restarted(own):
    """A restart between two requests: idle connections are dead, and nobody need notice for long."""
    cluster, daemon, site = own
    for how in (signal.SIGINT, signal.SIGQUIT):
        site.close()
        cluster.stop(how)
        cluster.start()

        for reply in requests(site):
            assert reply.status in (200, 302, 403, 503), reply
        recovers(daemon, site)


def test_connections_cut_from_outside(own):
    cluster, daemon, site = own
    for _ in range(3):
        site.close()
        cluster.end_connections(daemon.conninfo)

        for reply in requests(site):
            assert reply.status in (200, 302, 403, 503), reply
        recovers(daemon, site)


def test_away_under_load(own):
    """Whoever is answered meanwhile is answered truly; nothing hangs."""
    cluster, daemon, site = own
    writers = [site.newcomer() for _ in range(4)]
    conversation = site.conversation(site.root)
    done = []

    def write(person):
        for number in range(30):
            reply = person.post("/api/v1/comments", {"itemType": "conversation", "itemId": conversation,
                                                     "markdown": f"{person.name} {number}"})
            assert reply.status in (302, 503), reply
            if reply.status == 302:
                done.append(reply.id)

    def disturb(_):
        cluster.stop()
        cluster.start()

    site.close()
    harness.parallel(lambda work: write(work) if work else disturb(None), [*writers, None])
    recovers(daemon, site)

    page = site.guest.get(f"/api/v1/conversations/{conversation}?limit=250", expect=200).data["comments"]
    assert set(done) <= {item["id"] for item in page["items"]}


def test_away_at_the_start(own):
    cluster, daemon, site = own
    site.close()
    daemon.stop()
    cluster.stop()
    daemon.start(ready=False)

    assert daemon.probe("/healthz") == 200
    assert daemon.probe("/readyz") == 503
    reply = site.guest.get("/api/v1/site", expect=503)
    assert reply.error
    reply = site.owner.get("/api/v1/whoami", expect=503)
    assert reply.error

    cluster.start()
    recovers(daemon, site)


def test_stops_while_it_is_away(own):
    cluster, daemon, site = own
    site.close()
    cluster.stop()
    site.guest.get("/api/v1/microcosms", expect={200, 503})

    daemon.stop()

    cluster.start()
    daemon.start()
    recovers(daemon, site)


def test_a_database_without_schema_is_not_ready(own):
    cluster, _, _ = own
    cluster.as_superuser(f"CREATE DATABASE empty OWNER {cluster.ROLE}")
    daemon = harness.Daemon(cluster.conninfo("empty"))
    daemon.start(ready=False)
    try:
        assert daemon.probe("/healthz") == 200
        # serve may bring the schema up to date by itself; if it doesn't, it must not say it is ready
        # before somebody has.
        if daemon.probe("/readyz") != 200:
            daemon.command("migrate")
        harness.wait_until(daemon.is_ready, "the daemon to be ready")
        site = harness.Site(daemon)
        site.close()
    finally:
        daemon.close()


def test_a_full_disk(own):
    """What PostgreSQL says then, raised where a comment is written."""
    _, daemon, site = own
    recovers(daemon, site)
    conversation = site.conversation(site.root)
    site.sql("CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS"
             " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$")
    site.sql("CREATE TRIGGER disk_is_full BEFORE INSERT ON microcosm.comments FOR EACH ROW"
             " EXECUTE FUNCTION public.full()")
    body = {"itemType": "conversation", "itemId": conversation, "markdown": "Too much"}

    refused = site.owner.post("/api/v1/comments", body, expect=503)

    assert refused.header("Retry-After") and refused.error
    status, _, text = daemon.exchange("GET", "/readyz", [("Host", harness.BASE_DOMAIN)], None)
    assert (status, text) == (503, b"not ready: out_of_resources\n")
    site.guest.get(f"/api/v1/conversations/{conversation}", expect=200)
    site.sql("DROP TRIGGER disk_is_full ON microcosm.comments")
    site.owner.post("/api/v1/comments", body, expect=302)
    assert daemon.is_ready()
