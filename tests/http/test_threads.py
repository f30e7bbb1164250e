"""Real threads, loaded by four clients at once, come back as they were.

MICROCOSM_TEST_THREADS names a file of the form
[{"title": …, "messages": [{"id": …, "inReplyTo": … or null, "author": …, "created": …, "text": …}]}];
without it ../shared/corpora/threads.json beside the repository is used if it is there, else
threads_small.json here.
"""

import collections
import html
import json
import os
import re

import pytest

import harness
import htmlcheck

CLIENTS = 4


def corpus_path():
    given = os.environ.get("MICROCOSM_TEST_THREADS")
    if given:
        return given
    beside = os.path.join(os.path.dirname(harness.REPO), "shared/corpora/threads.json")
    if os.path.exists(beside):
        return beside
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "threads_small.json")


class Thread:
    """A thread of the file, and what became of it on the site."""

    def __init__(self, thread):
        self.title = thread["title"]
        self.messages = thread["messages"]
        self.conversation = None
        self.comments = []   # (comment id, message) in order, repeats left out
        self.by_message = {}

    def load(self, site, people, microcosm):
        author = people[self.messages[0]["author"]]
        self.conversation = site.conversation(microcosm, self.title, by=author)
        seen = {}
        for message in self.messages:
            key = message["author"], message["text"]
            comment = site.comment(self.conversation, message["text"], by=people[message["author"]],
                                   reply_to=self.by_message.get(message["inReplyTo"]))
            if key in seen:
                assert comment == seen[key], "the same text of the same author is the first one again"
            else:
                seen[key] = comment
                self.comments.append((comment, message))
                self.by_message.setdefault(message["id"], comment)


@pytest.fixture(scope="module")
def threads(site):
    with open(corpus_path(), encoding="utf-8") as file:
        threads = [Thread(thread) for thread in json.load(file)]
    authors = sorted({message["author"] for thread in threads for message in thread.messages})
    people = {}

    def arrive(some):
        people.update((author, site.person(author)) for author in some)

    harness.parallel(arrive, [authors[part::CLIENTS] for part in range(CLIENTS)])

    # Equal titles of one author would be repeats of one conversation, so they go to different microcosms.
    copies = collections.Counter()
    places = []
    work = []
    for thread in threads:
        copy = copies[thread.title]
        copies[thread.title] += 1
        while len(places) <= copy:
            places.append(site.microcosm())
        work.append((thread, places[copy]))

    def load(some):
        for thread, place in some:
            thread.load(site, people, place)

    harness.parallel(load, [work[part::CLIENTS] for part in range(CLIENTS)])
    threads.sort(key=lambda thread: thread.conversation)
    return threads


def pages(site, conversation, limit=25):
    """All comments of a conversation as its pages list them."""
    items, offset = [], 0
    while True:
        page = site.guest.get(f"/api/v1/conversations/{conversation}?limit={limit}&offset={offset}",
                              expect=200).data["comments"]
        items += page["items"]
        if offset >= page["maxOffset"]:
            return items
        offset += limit


def test_every_message_is_back_in_order(site, threads):
    for thread in threads:
        for limit in (25, 5):
            items = pages(site, thread.conversation, limit)
            assert [item["id"] for item in items] == [comment for comment, _ in thread.comments], thread.title


def test_every_text_is_as_it_was_sent(site, threads):
    for thread in threads:
        for item, (_, message) in zip(pages(site, thread.conversation), thread.comments):
            assert item["markdown"] == message["text"]
            assert item["meta"]["createdBy"]["profileName"] == message["author"]


def test_every_title_is_there(site, threads):
    for thread in threads:
        data = site.guest.get(f"/api/v1/conversations/{thread.conversation}", expect=200).data
        shown = html.unescape(data["title"])
        # Tabs and the like are dropped from titles, and so are tags; the rest stays.
        wanted = re.sub(r"[^\S ]", "", thread.title)
        assert shown == wanted or "<" in thread.title, (shown, wanted)
        assert not re.search(r"[<>\"']", data["title"]), data["title"]


def test_all_html_is_safe(site, threads):
    for thread in threads:
        for item, (_, message) in zip(pages(site, thread.conversation), thread.comments):
            assert htmlcheck.problems(item["html"]) == [], (message["id"], item["html"][:3000])


def letters(text):
    return re.sub(r"[^A-Za-z]", "", text).lower()


def test_html_says_what_the_text_says(site, threads):
    """Most words of a message are still to be read in its HTML."""
    for thread in threads:
        for item, (_, message) in zip(pages(site, thread.conversation), thread.comments):
            # Markdown lets HTML through, and what looks like an unknown element is dropped as one.
            sent = letters(re.sub(r"<[^<>\n]*>", "", message["text"]))
            shown = letters(htmlcheck.text(item["html"]))
            assert len(shown) >= 0.8 * len(sent), (message["id"], message["text"][:500], item["html"][:500])


def test_replies_are_linked(site, threads):
    for thread in threads:
        wanted = {}
        for comment, message in thread.comments:
            parent = thread.by_message.get(message["inReplyTo"])
            wanted[comment] = parent if parent and parent < comment else 0
        items = pages(site, thread.conversation)
        assert {item["id"]: item.get("inReplyTo", 0) for item in items} == wanted, thread.title
        children = collections.defaultdict(list)
        for comment, parent in wanted.items():
            if parent:
                children[parent].append(comment)
        for parent, replies in children.items():
            meta = site.guest.get(f"/api/v1/comments/{parent}", expect=200).data["meta"]
            assert [reply["id"] for reply in meta["replies"]] == replies


def test_every_comment_is_found_in_its_context(site, threads):
    longest = max(threads, key=lambda thread: len(thread.comments))
    for comment, _ in longest.comments:
        location = site.guest.get(f"/api/v1/comments/{comment}/incontext?limit=10", expect=307).location
        items = site.guest.get(location, expect=200).data["comments"]["items"]
        assert comment in [item["id"] for item in items]


def test_counts_agree(site, threads):
    total = sum(len(thread.comments) for thread in threads)
    entries = site.guest.get("/api/v1/microcosms?limit=250", expect=200).data["items"]["items"]

    assert sum(entry["item"]["totalItems"] for entry in entries) == len(threads)
    assert sum(entry["item"]["totalComments"] for entry in entries) == total


def test_the_last_comment_of_each_is_the_last(site, threads):
    listed = {}
    offset = 0
    while True:
        page = site.guest.get(f"/api/v1/conversations?limit=50&offset={offset}", expect=200).data["conversations"]
        listed.update((item["id"], item) for item in page["items"])
        if offset >= page["maxOffset"]:
            break
        offset += 50
    for thread in threads:
        item = listed[thread.conversation]
        assert item["totalComments"] == len(thread.comments)
        assert item["lastComment"]["id"] == thread.comments[-1][0]
