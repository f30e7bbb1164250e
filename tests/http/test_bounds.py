"""What is bounded: texts, what they take when they are shown, pages, and the memory of replies."""

import contextlib
import json
import threading

import pytest

import harness

PATH = "/api/v1/comments"
LIMIT = 65536
PAGE_BYTES = 4 << 20
# Bytes of a comment in JSON beside its texts; generous.
REST = 4096


@pytest.fixture(scope="module")
def own(database):
    """A daemon that has little memory for replies, and takes the longest texts."""
    daemon = harness.Daemon(database, arguments=["--max-replies", "24m", "--max-body", "8m"])
    with contextlib.closing(daemon), contextlib.closing(harness.Site(daemon.start())) as site:
        yield site


def conversation_of(site, texts):
    """A conversation with these texts, by people who say nothing else."""
    conversation = site.conversation(site.root)
    return conversation, [site.comment(conversation, text, by=site.owner) for text in texts]


def post(site, conversation, markdown, expect):
    return site.owner.post(PATH, {"itemType": "conversation", "itemId": conversation, "markdown": markdown},
                           expect=expect)


def walk(client, path):
    """All pages by their links, with the bytes of each page's comments."""
    offset_of = {}
    while path:
        reply = client.get(path, expect=200)
        data = reply.data["comments"]
        yield data, len(reply.body)
        links = {link["rel"]: link["href"] for link in data["links"]}
        for rel in ("first", "prev", "last"):
            if rel in links and links[rel] not in offset_of:
                offset_of[links[rel]] = client.get(links[rel], expect=200)
        path = links.get("next")


def heavy(number):
    """As much as a text may have, of what takes most room: 1 MB in JSON."""
    return f"{number:05}" + "<" * (LIMIT - 5)


class TestTexts:
    def test_end_at_the_limit(self, site, conversation):
        post(site, conversation, "x" * LIMIT, expect=302)
        refused = post(site, conversation, "x" * (LIMIT + 1), expect=400)
        assert "65536 bytes" in refused.error[0]
        post(site, conversation, "é" * (LIMIT // 2 + 1), expect=400)

    def test_of_a_site_that_takes_more(self, own):
        own.sql("UPDATE microcosm.sites SET markdown_max = 1048576 WHERE site_id = %s", own.id)
        conversation = own.conversation(own.root)
        texts = ["x" * 1048576, "<" * 1048576]
        for text in texts:
            made = post(own, conversation, text, expect=302).id
            assert own.guest.get(f"{PATH}/{made}", expect=200).data["markdown"] == text
        assert "1048576 bytes" in post(own, conversation, "x" * 1048577, expect=400).error[0]
        assert [item["markdown"] == text for (page, _), text in
                zip(walk(own.guest, f"/api/v1/conversations/{conversation}"), texts, strict=True)
                for item in page["items"]] == [True, True]
        own.sql("UPDATE microcosm.sites SET markdown_max = %s WHERE site_id = %s", LIMIT, own.id)

    def test_that_take_too_much_room(self, site, conversation):
        quotes = ">\n\n" * (LIMIT // 3)

        refused = post(site, conversation, "a" + quotes, expect=400)

        assert "markdown" in refused.error[0] and "room" in refused.error[0]
        made = post(site, conversation, "a" + quotes[:120], expect=302).id
        site.owner.put(f"{PATH}/{made}", {"markdown": "a" + quotes}, expect=400)

    def test_mention_no_more_than_20(self, site, conversation):
        people = [site.newcomer() for _ in range(22)]

        made = site.comment(conversation, " ".join(f"@{p.name}" for p in people), by=site.owner)

        html = site.guest.get(f"{PATH}/{made}", expect=200).data["html"]
        linked = [p for p in people if f'<a href="/profiles/{p.profile_id}">' in html]
        assert linked == people[:20]
        assert f"@{people[21].name}" in html
        told = site.sql("SELECT jsonb_array_length(details->'mentioned') FROM microcosm.changes"
                        " WHERE item_type = 4 AND item_id = %s AND action = 'create'", made)
        assert told == [(20,)]


def test_pages_end_early_and_go_on(own):
    conversation, made = conversation_of(own, [f"Short {n}" if n == 7 else heavy(n) for n in range(11)])

    for limit in (25, 5, 25):  # from the database, and from the cache
        path = f"/api/v1/conversations/{conversation}" + (f"?limit={limit}" if limit != 25 else "")
        seen, early = [], 0
        for page, size in walk(own.guest, path):
            assert page["offset"] == len(seen) and page["total"] == 11
            assert size < PAGE_BYTES + REST
            early += len(page["items"]) < limit and page["limit"] == len(page["items"])
            seen += [item["id"] for item in page["items"]]
        assert seen == made
        assert early >= 2, "a page ends before 4 MiB"


def test_lists_of_microcosms_show_as_many_descriptions_as_fit(own):
    """Each is shown by itself; a list of the longest ones was longer than any reply may be."""
    parent = own.microcosm()
    texts = [f"{n:02}" + "\u2028a" * 32000 for n in range(36)]  # 3 bytes, 6 in JSON
    made = [own.microcosm(own.unique("Mooring"), parent=parent, description=text) for text in texts]

    shown = own.guest.get(f"/api/v1/microcosms/{parent}?limit=250", expect=200)

    given = {one["item"]["id"]: one["item"]["description"] for one in shown.data["items"]["items"]}
    assert sorted(given) == made and 0 < list(given.values()).count("") < 18
    assert all(text in ("", texts[made.index(number)]) for number, text in given.items())
    assert len(shown.body) < 3 * PAGE_BYTES
    for n in (0, -1):
        assert own.guest.get(f"/api/v1/microcosms/{made[n]}", expect=200).data["description"] == texts[n]


def leads_to(own, path, comment):
    reply = own.guest.get(path, expect={200, 307})
    href = reply.location if reply.status == 307 else reply.data["meta"]["links"][-1]["href"]
    if "?" not in href:  # a profile shows comments on request
        href += f"?comment_id={comment}"
    assert comment in [one["id"] for one in own.guest.get(href, expect=200).data["comments"]["items"]], (path, href)


def test_links_to_comments_lead_to_them_where_pages_end_early(own):
    conversation, made = conversation_of(own, [heavy(200 + n) for n in range(7)])
    rowan = own.newcomer()
    facts = [rowan.post(PATH, {"itemType": "profile", "itemId": rowan.profile_id, "markdown": heavy(300 + n)},
                        expect=302).id for n in range(6)]
    own.owner.delete(f"{PATH}/{made[1]}", expect=200)

    for comment in (made[0], made[4], made[6], facts[0], facts[5]):
        for limit in (5, 50):
            leads_to(own, f"{PATH}/{comment}/incontext?limit={limit}", comment)
            leads_to(own, f"{PATH}/{comment}?limit={limit}", comment)
    for limit in (5, 25, 50):
        leads_to(own, f"/api/v1/conversations/{conversation}/lastcomment?limit={limit}", made[-1])


def test_offsets_between_two_pages_of_ordinary_comments_are_refused(own):
    conversation, _ = conversation_of(own, [f"Short {n}" for n in range(12)])
    for query in ("offset=3", "limit=5&offset=7", "limit=10&offset=11"):
        own.guest.get(f"/api/v1/conversations/{conversation}?{query}", expect=400)


def test_replies_end_early_and_go_on(own):
    conversation, (first,) = conversation_of(own, ["Which knot?"])
    made = [own.comment(conversation, heavy(n), by=own.owner, reply_to=first) for n in range(6)]
    path, seen = f"{PATH}/{first}", []
    while path:
        reply = own.guest.get(path, expect=200)
        assert len(reply.body) < PAGE_BYTES + REST
        seen += [one["id"] for one in reply.data["meta"].get("replies", [])]
        links = {link["rel"]: link["href"] for link in reply.data["meta"]["links"]}
        assert reply.data["meta"]["links"][-1]["rel"] == "commentPage"
        path = links.get("next")
    assert seen == made


def resident(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_memory_of_replies_is_bounded_and_given_back(own):
    conversation, _ = conversation_of(own, [heavy(100 + n) for n in range(4)])
    path = f"/api/v1/conversations/{conversation}"
    statuses, lock = [], threading.Lock()

    def read():
        client = harness.Client(own.daemon, own.guest.host)
        for _ in range(4):
            reply = client.get(path, check=False)
            with lock:
                statuses.append((reply.status, reply.header("Retry-After")))
            if reply.status == 200:
                assert len(json.loads(reply.body)["data"]["comments"]["items"]) >= 3

    threads = [threading.Thread(target=read) for _ in range(36)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {status for status, _ in statuses} <= {200, 503}
    assert (200, None) in statuses
    assert all(after for status, after in statuses if status == 503), "503 says when to come back"
    own.guest.get(path, expect=200)  # what was taken from the budget is there again
    if not harness.WRAPPER and "libasan" not in open(f"/proc/{own.daemon.process.pid}/maps").read():
        harness.wait_until(lambda: resident(own.daemon) < 100 << 10, "the memory to be given back", pause=0.2)
