"""Stopping politely, and several daemons on one database."""

import json
import signal
import socket

import pytest

import harness


@pytest.fixture(scope="module")
def pair(cluster, template):
    """Two daemons on one database, a site, and the same site as the second one shows it."""
    database = cluster.copy(template)
    first, second = harness.Daemon(database), harness.Daemon(database)
    try:
        site = harness.Site(first.start())
        second.start()
        yield site, second
        site.close()
    finally:
        try:
            first.close()
        finally:
            second.close()


def at(daemon, person):
    """The same person, talking to another daemon."""
    return harness.Client(daemon, person.host, person.token, f"{person.name} at the other daemon")


def test_what_one_writes_the_other_shows(pair):
    site, second = pair
    there = at(second, site.guest)
    microcosm = site.microcosm("Here")
    conversation = site.conversation(microcosm, "Before")
    comment = site.comment(conversation, "Old text")
    path = f"/api/v1/conversations/{conversation}"
    harness.wait_until(lambda: there.get(path).status == 200, "it to be there")
    assert there.get(path, expect=200).data["title"] == "Before"

    site.owner.put(path, {"title": "After", "meta": {"editReason": "x"}}, expect=302)
    site.owner.put(f"/api/v1/comments/{comment}", {"markdown": "New text"}, expect=302)

    def shown():
        data = there.get(path, expect=200).data
        return data["title"] == "After" and data["comments"]["items"][0]["markdown"] == "New text"

    harness.wait_until(shown, "the other daemon to show it")
    site.owner.delete(path, expect=200)
    harness.wait_until(lambda: there.get(path).status == 404, "the other daemon to hide it")


def test_what_one_forbids_the_other_forbids(pair):
    site, second = pair
    person = site.newcomer()
    there = at(second, person)
    microcosm = site.microcosm()
    harness.wait_until(lambda: there.get(f"/api/v1/microcosms/{microcosm}").status == 200, "it to be there")
    closed = site.closed_microcosm()

    site.owner.put(f"/api/v1/microcosms/{microcosm}", {"parentId": closed, "meta": {"editReason": "x"}}, expect=302)

    harness.wait_until(lambda: there.get(f"/api/v1/microcosms/{microcosm}").status == 403)


def test_what_was_read_at_one_is_read_at_the_other(pair):
    site, second = pair
    person = site.newcomer()
    there = at(second, person)
    microcosm = site.microcosm()
    conversation = site.conversation(microcosm)

    person.get(f"/api/v1/conversations/{conversation}", expect=200)

    def is_read():
        entry, = there.get(f"/api/v1/microcosms/{microcosm}", expect=200).data["items"]["items"]
        return entry["item"]["meta"]["flags"]["unread"] is False

    harness.wait_until(is_read, "the mark to arrive")


def test_both_write_to_one_conversation(pair):
    site, second = pair
    conversation = site.conversation(site.root)
    people = [site.newcomer() for _ in range(4)]
    clients = [person if index % 2 else at(second, person) for index, person in enumerate(people)]

    def write(client):
        return [client.post("/api/v1/comments", {"itemType": "conversation", "itemId": conversation,
                                                 "markdown": f"{client.name} {number}"}, expect=302).id
                for number in range(20)]

    ids = {comment for part in harness.parallel(write, clients) for comment in part}

    for client in (site.guest, at(second, site.guest)):
        page = client.get(f"/api/v1/conversations/{conversation}?limit=250", expect=200).data["comments"]
        assert page["total"] == 80 and {item["id"] for item in page["items"]} == ids


def test_a_repeat_at_the_other_is_a_repeat(pair):
    site, second = pair
    conversation = site.conversation(site.root)
    body = {"itemType": "conversation", "itemId": conversation, "markdown": "Sent twice"}

    ids = harness.parallel(lambda client: client.post("/api/v1/comments", body, expect=302).id,
                           [site.owner, at(second, site.owner)] * 4)

    assert len(set(ids)) == 1


# Killing

EACH_SECOND = "event-reminders: * * * * * *; site-stats: */2 * * * * *"


def test_when_one_is_killed_the_other_does_the_work(cluster, template):
    """Jobs and the queue go on, whichever it was. No job was done twice for one time, and nothing is lost."""
    daemons = [harness.Daemon(cluster.copy(template), arguments=["--jobs", EACH_SECOND])]
    daemons.append(harness.Daemon(daemons[0].conninfo, arguments=["--jobs", EACH_SECOND]))
    try:
        site = harness.Site(daemons[0].start())
        daemons[1].start()
        site.owner.get("/api/v1/site", expect=200)
        asker, conversation = site.newcomer(), site.conversation(site.root)
        asked = site.comment(conversation, by=asker)
        answers = []

        def answer(daemon):
            client = at(daemon, site.owner)
            answers.append(client.post("/api/v1/comments", {"itemType": "conversation", "itemId": conversation, "inReplyTo": asked,
                                                            "markdown": f"Answer {len(answers)}"}, expect=302).id)

        for victim, other in (daemons, daemons[::-1]):
            answer(victim)
            victim.kill()
            killed, = site.sql("SELECT clock_timestamp()")
            answer(other)
            for job in ("event-reminders", "site-stats"):
                harness.wait_until(lambda: site.sql("SELECT count(*) >= 2 FROM microcosm.job_runs WHERE name = %s AND due > %s"
                                                    " AND finished IS NOT NULL AND problem IS NULL", job, killed[0]) == [(True,)],
                                   f"{job} to be done by the other")
            harness.wait_until(lambda: {item for item, in site.sql(
                "SELECT item_id FROM microcosm.updates WHERE profile_id = %s AND update_type_id = 2", asker.profile_id)} == set(answers),
                "all answers to be told")
            victim.start()
        assert site.sql("SELECT name, due FROM microcosm.job_runs WHERE due IS NOT NULL GROUP BY name, due HAVING count(*) > 1") == []
        site.close()
    finally:
        for daemon in daemons:
            daemon.close()


# Stopping


@pytest.fixture
def own(cluster, template):
    daemon = harness.Daemon(cluster.copy(template)).start()
    site = harness.Site(daemon)
    yield daemon, site
    site.close()
    daemon.close()


def test_a_request_on_its_way_is_finished(own):
    daemon, site = own
    conversation = site.conversation(site.root)
    body = json.dumps({"itemType": "conversation", "itemId": conversation, "markdown": "Just in time"}).encode()
    head = (f"POST /api/v1/comments HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {site.owner.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=harness.DEADLINE) as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 "), "the daemon is at it"
        connection.sendall(body[:10])
        daemon.process.send_signal(signal.SIGTERM)
        harness.wait_until(lambda: not daemon.is_ready(), "the daemon to begin to stop")
        connection.sendall(body[10:])
        reply = connection.recv(65536)

    assert reply.startswith(b"HTTP/1.1 302 "), reply
    daemon.process.wait(harness.DEADLINE)
    assert daemon.process.returncode == 0
    daemon.process = None
    daemon.start()
    page = site.guest.get(f"/api/v1/conversations/{conversation}", expect=200).data["comments"]
    assert [item["markdown"] for item in page["items"]] == ["Just in time"]


def test_idle_connections_do_not_hold_it_up(own):
    daemon, site = own
    idle = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(20)]
    site.guest.get("/api/v1/site", expect=200)

    daemon.stop()

    for connection in idle:
        connection.close()
    daemon.start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_under_load(own, number):
    daemon, site = own
    conversation = site.conversation(site.root)
    confirmed = []

    def write(index):
        try:
            for count in range(100000):
                reply = site.owner.post("/api/v1/comments", {"itemType": "conversation", "itemId": conversation,
                                                             "markdown": f"{index} {count}"})
                assert reply.status in (302, 503), reply
                if reply.status == 302:
                    confirmed.append(reply.id)
        except (OSError, harness.http.client.HTTPException):
            pass  # it has stopped

    def stop(_):
        harness.wait_until(lambda: len(confirmed) >= 100, "some comments to be confirmed")
        daemon.process.send_signal(number)
        daemon.process.wait(harness.DEADLINE)

    process = daemon.process
    harness.parallel(lambda index: stop(index) if index == 0 else write(index), range(5))
    assert process.returncode == 0
    daemon.process = None
    daemon.start()

    found, offset = set(), 0
    while True:
        page = site.guest.get(f"/api/v1/conversations/{conversation}?limit=250&offset={offset}", expect=200).data["comments"]
        found |= {item["id"] for item in page["items"]}
        if offset >= page["maxOffset"]:
            break
        offset += 250
    assert set(confirmed) == found, "nothing is lost, and nothing was done that was not answered"
