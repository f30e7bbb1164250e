"""Searches: docs/http/search.md."""

import html
import urllib.parse

import harness
import pytest


@pytest.fixture(scope="module")
def garden(daemon):
    site = harness.Site(daemon)
    site.area = site.microcosm("Gardens")
    site.below = site.microcosm("Orchards", parent=site.area)
    site.figs = site.conversation(site.below, "Figs")
    site.comment(site.figs, "ripe **figs** today")
    event = site.owner.post("/api/v1/events", {"microcosmId": site.area, "title": "Harvest", "where": "Quay",
                                               "when": "2031-05-01T10:00:00Z"}, expect=302).id
    site.comment(event, "bring figs", item_type="event")
    site.searchable()
    yield site
    site.close()


def search(site, query, who=None):
    return (who or site.guest).get(f"/api/v1/search?{query}", expect=200).data


def kinds(data):
    return [(hit["itemType"], hit["item"]["id"]) for hit in data["results"]["items"]]


def test_the_echo_of_the_contract(garden):
    data = search(garden, "q=figs&type=conversation&type=comment&sort=date&has=pictures")

    assert data["query"] == {"q": "figs", "type": ["conversation", "comment"], "sort": "date", "ignored": "has=pictures",
                             "searched": "figs type:conversation type:comment sort:date"}
    assert list(data["query"]) == ["q", "type", "sort", "ignored", "searched"]
    link = data["results"]["links"][0]
    assert link == {"rel": "self", "title": "1",
                    "href": "/api/v1/search?has=pictures&q=figs&sort=date&type=conversation&type=comment"}


def test_options_in_words_and_parameters(garden):
    by_words = search(garden, "q=figs+TYPE:comment+type:comment+id:5+inTitle:x+since:-3+a:b:c+odd:+other:x")["query"]
    assert by_words["type"] == ["comment"] and by_words["id"] == [5] and by_words["since"] == "-3"
    assert by_words["ignored"] == "inTitle:x"
    assert by_words["searched"] == "figs a:b:c odd: other:x type:comment id:5 since:-3"
    assert search(garden, "q=x+sort:date&sort=newest&Type=event")["query"] == {
        "q": "x sort:date", "sort": "date", "searched": "x sort:date"}
    query = search(garden, "type=event&eventAfter=2030-01-01&eventBefore=2032-01-01T10:30&attendee=false"
                           "&following=0&lat=1.5&defaults=true&hasAttachment=true")["query"]
    assert query == {"type": ["event"], "following": False, "eventAfter": "2030-01-01", "eventBefore": "2032-01-01T10:30",
                     "attendee": False, "has": ["attachment"], "ignored": "lat=1.5",
                     "searched": "type:event has:attachment following:false eventAfter:2030-01-01"
                                 " eventBefore:2032-01-01T10:30 attendee:false"}


def links(comment):
    return {link["rel"]: (link["href"], link.get("title")) for link in comment["meta"]["links"]}


def test_comments_name_what_they_are_on_and_answer(garden):
    writer, reader = garden.newcomer(), garden.newcomer()
    item = garden.conversation(garden.below, "Medlars & co")
    asked = garden.comment(item, "blet them?", by=writer)
    answer = garden.comment(item, "wait a fortnight", by=reader, reply_to=asked)
    garden.searchable()
    href = f"/api/v1/conversations/{item}"
    for query in ("q=fortnight", f"type=comment&authorId={reader.profile_id}"):
        hit, = search(garden, query)["results"]["items"]
        assert links(hit["item"]) == {"self": (f"/api/v1/comments/{answer}", None), "up": (href, "Medlars &amp; co"),
                                      "conversation": (href, "Medlars &amp; co"),
                                      "inReplyTo": (f"/api/v1/comments/{asked}", None),
                                      "inReplyToAuthor": (f"/api/v1/profiles/{writer.profile_id}", writer.name)}

    # Who can't read the conversation any more is shown their own comment alone, in whatever list.
    garden.ignore(reader, "comment", answer)
    closed = garden.closed_microcosm(insiders=[writer])
    garden.owner.put(href, {"microcosmId": closed, "title": "Medlars (removed)", "meta": {"editReason": "Staff"}}, expect=302)
    garden.searchable()
    entry, = reader.get("/api/v1/ignored", expect=200).data["ignored"]["items"]
    assert links(entry["item"]) == {"self": (f"/api/v1/comments/{answer}", None), "up": (href, None),
                                    "conversation": (href, None)}
    hit, = search(garden, "q=fortnight", writer)["results"]["items"]
    assert links(hit["item"])["up"] == (href, "Medlars (removed)")


def test_hits(garden):
    hits = search(garden, "q=figs")["results"]["items"]

    assert [hit["itemType"] for hit in hits] == ["conversation", "comment", "comment"]
    assert [hit["rank"] for hit in hits] == [1, 0, 0]
    assert [hit.get("parentItemType") for hit in hits] == [None, "event", "conversation"]
    assert hits[1]["parentItem"]["title"] == "Harvest"
    assert [hit["highlight"] for hit in hits] == ["<b>Figs</b>", "bring <b>figs</b>", "ripe <b>figs</b> today"]
    assert not any(hit["unread"] for hit in hits)


def test_forums_reach_down(garden):
    assert search(garden, f"q=figs&forumId={garden.area}")["query"]["forumId"] == [garden.area, garden.below]
    assert kinds(search(garden, f"forumId={garden.below}&type=conversation")) == [("conversation", garden.figs)]
    assert search(garden, "q=figs&forumId=99999999")["results"]["total"] == 0
    assert list(search(garden, "forumId=99999999")) == ["query"]


def test_kinds(garden):
    assert {kind for kind, _ in kinds(search(garden, "q=figs&type=event&type=poll"))} == {"comment"}
    assert kinds(search(garden, "q=figs&type=event")) == []
    assert len(kinds(search(garden, f"q=figs&type=comment&id={garden.figs}"))) == 1
    assert kinds(search(garden, "type=huddle")) == []
    assert kinds(search(garden, "type=event&eventAfter=2032-01-01")) == []
    assert len(kinds(search(garden, "type=event&eventAfter=2031-01-01"))) == 1
    assert list(search(garden, "")) == ["query"]


def find(site, q, more=""):
    return kinds(search(site, f"q={urllib.parse.quote(q)}{more}"))


def test_titles_that_look_like_a_query(garden):
    titles = ("OR", "AND", "NOT", '"', "-", "???", "C++", ":-)", "AND OR", "OR OR", "ready OR not", "OR else", '"quoted"', "&", "'", "\\", "%", "_")
    items = {title: garden.conversation(garden.below, title) for title in titles}
    garden.searchable()
    for title, item in items.items():
        assert ("conversation", item) == find(garden, title)[0], title
    assert ("conversation", items["OR"]) == find(garden, "or")[0]
    assert find(garden, "\u2603") == find(garden, ":-(") == [], "signs that no title has find nothing"
    assert "results" not in search(garden, 'q=""') and "results" not in search(garden, "q=+")
    assert ("conversation", garden.figs) in find(garden, '""', "&type=conversation"), "an empty phrase is no word"
    assert ("conversation", garden.figs) in find(garden, 'figs "'), "nor is a phrase that has just been begun"


def test_emoji(garden):
    place = garden.microcosm()
    titled = garden.conversation(place, "Launch \U0001f680 day")
    plain = garden.conversation(place, "Quiet")
    rocket = garden.comment(plain, "to the moon \U0001f680\U0001f680! \u2764\ufe0f")
    thumb = garden.comment(plain, "well done \U0001f44d\U0001f3fd and \U0001f468\u200d\U0001f33e")
    flag = garden.comment(plain, "from \U0001f1e9\U0001f1ea")
    garden.searchable()
    assert find(garden, "\U0001f680") == [("conversation", titled), ("comment", rocket)]
    assert find(garden, "moon \U0001f680") == find(garden, "moon\U0001f680") == find(garden, '"moon \U0001f680"') == [("comment", rocket)]
    assert find(garden, "the \U0001f680") == find(garden, "\U0001f680"), "a very common word counts less than it does"
    assert find(garden, "\U0001f680 -moon") == [("conversation", titled)]
    assert find(garden, "moon -\U0001f680") == []
    assert find(garden, "\U0001f680", "&inTitle=true") == [("conversation", titled)]
    assert find(garden, "\U0001f680 OR \U0001f44d", "&type=comment") == [("comment", thumb), ("comment", rocket)]
    for one, comment in (("\u2764", rocket), ("\u2764\ufe0f", rocket), ("\U0001f44d", thumb), ("\U0001f44d\U0001f3ff", thumb), ("\U0001f33e", thumb),
                         ("\U0001f1e9\U0001f1ea", flag)):
        assert find(garden, one) == [("comment", comment)], one
    for none in ("\U0001f389", "\U0001f1ea\U0001f1e9", "\U0001f1eb\U0001f1f7"):
        assert find(garden, none) == [], none
    [hit] = search(garden, "q=" + urllib.parse.quote("\u2764"))["results"]["items"]
    assert hit["highlight"].startswith("to the moon \U0001f680")


def test_addresses_are_for_the_owner(garden):
    person = garden.person("anna")
    email = garden.sql("SELECT u.email FROM microcosm.users u JOIN microcosm.profiles p USING (user_id)"
                       " WHERE p.profile_id = %s", person.profile_id)[0][0]
    assert kinds(search(garden, f"email={email}", garden.owner)) == [("profile", person.profile_id)]
    assert search(garden, f"email={email}")["query"]["ignored"] == f"email={email}"
    assert "results" not in search(garden, f"email={email}", person)


def test_unread(garden):
    reader = garden.person("reader")
    item = garden.conversation(garden.area, "Quinces")
    garden.comment(item, "yellow quinces")
    garden.searchable()
    assert [hit["unread"] for hit in search(garden, "q=quinces", reader)["results"]["items"]] == [True, True]
    reader.get(f"/api/v1/conversations/{item}", expect=200)
    harness.wait_until(lambda: not any(hit["unread"] for hit in search(garden, "q=quinces", reader)["results"]["items"]),
                       "the mark")


@pytest.mark.parametrize("query", ["limit=3", "limit=0", "offset=7", "q=figs&offset=25", "q=" + "x" * 1001])
def test_bad_paging_and_long_texts_are_refused(garden, query):
    garden.guest.get(f"/api/v1/search?{query}", expect=400)


def test_pages(garden):
    item = garden.conversation(garden.area, "Many")
    for number in range(7):
        garden.comment(item, f"plum {number}")
    garden.searchable()
    first = search(garden, "q=plum&limit=5")["results"]
    second = search(garden, "q=plum&limit=5&offset=5")["results"]
    assert (first["total"], len(first["items"]), len(second["items"])) == (7, 5, 2)
    assert [link["href"] for link in first["links"] if link["rel"] == "next"] == ["/api/v1/search?limit=5&offset=5&q=plum"]
    words = [hit["item"]["markdown"] for page in (first, second) for hit in page["items"]]
    assert words == [f"plum {number}" for number in range(6, -1, -1)]


def suggest(site, text, who=None):
    data = (who or site.guest).get("/api/v1/search/suggest?q=" + urllib.parse.quote(text), expect=200).data
    return [suggestion["title"] for suggestion in data["suggestions"]]


def test_suggestions(garden):
    secret = garden.microcosm("Secret gooseberries")
    garden.role(secret, ())
    garden.conversation(secret, "Gooseberry jam")
    item = garden.conversation(garden.area, "Gooseberries & more")
    garden.conversation(garden.area, "About gooseberries")
    garden.searchable()

    data = garden.guest.get("/api/v1/search/suggest?q=goose", expect=200).data["suggestions"]
    assert data[0] == {"itemType": "conversation", "itemId": item, "title": "Gooseberries &amp; more",
                       "href": f"/api/v1/conversations/{item}"}
    assert suggest(garden, "GOOSEB") == ["Gooseberries &amp; more", "About gooseberries"]
    assert suggest(garden, "goose", garden.owner)[:2] == ["Gooseberry jam", "Gooseberries &amp; more"]
    assert suggest(garden, "about go") == ["About gooseberries"]
    assert suggest(garden, "g") == suggest(garden, "''!") == suggest(garden, "xyzzy") == []
    garden.guest.get("/api/v1/search/suggest", expect=200)
    garden.guest.get("/api/v1/search/suggest?q=" + "x" * 151, expect=400)


def test_a_highlight_is_short_whatever_stands_between_the_words(garden):
    texts = ["<>" * 20000 + " medlars " + "<>" * 3000, "medlars" + "&-" * 20000, "&#!" * 900 + "medlars medlars"]
    for text in texts:
        garden.comment(garden.figs, text)
    garden.searchable()

    hits = search(garden, "q=medlars")["results"]["items"]

    assert len(hits) == len(texts)
    for hit in hits:
        assert "<b>medlars</b>" in hit["highlight"]
        assert len(html.unescape(hit["highlight"])) < 1100
        assert hit["highlight"].count("<b>") == hit["highlight"].count("</b>")


def test_language_of_the_site(daemon):
    site = harness.Site(daemon)
    item = site.conversation(site.microcosm(), "Alte H\u00e4user")
    site.searchable()

    def change(language, expect=302):
        return site.owner.put(f"/api/v1/sites/{site.id}", {"searchLanguage": language}, host=harness.ROOT_HOST, expect=expect)

    assert site.guest.get("/api/v1/site", expect=200).data["searchLanguage"] == "english"
    assert kinds(search(site, "q=Haus")) == [] and kinds(search(site, "q=H%C3%A4user")) == [("conversation", item)]
    change("german")
    assert site.guest.get("/api/v1/site", expect=200).data["searchLanguage"] == "german"
    site.searchable()
    assert kinds(search(site, "q=Haus")) == kinds(search(site, "q=H%C3%A4user")) == [("conversation", item)]
    for wrong in ("klingon", "", "pg_catalog.german", "x" * 64, 1):
        change(wrong, expect=400)
    change("simple")
    site.searchable()
    assert kinds(search(site, "q=Haus")) == []
    site.close()


def trending(site, who=None, query=""):
    page = (who or site.guest).get(f"/api/v1/trending{query}", expect=200).data["items"]
    return page, [(entry["itemType"], entry["item"]["id"]) for entry in page["items"]]


def test_trending(daemon):
    site = harness.Site(daemon)
    area, secret = site.microcosm(), site.microcosm()
    site.role(secret, ())
    quiet, busy, old, silent = (site.conversation(area) for _ in range(4))
    hidden, unread = site.conversation(secret), site.person("reader")
    poll = site.owner.post("/api/v1/polls", {"microcosmId": area, "title": "Vote", "question": "Which?",
                                             "choices": [{"choice": "This"}]}, expect=302).id
    for item, comments in ((quiet, 1), (busy, 3), (old, 5), (hidden, 9)):
        for _ in range(comments):
            site.comment(item)
    for _ in range(2):
        site.comment(poll, item_type="poll")
    site.sql("UPDATE microcosm.items SET created = created - interval '10 days' WHERE item_id = %s", old)

    page, found = trending(site)
    assert found == [("conversation", busy), ("poll", poll), ("conversation", quiet), ("conversation", old)]
    assert [entry["item"]["meta"]["flags"]["unread"] for entry in page["items"]] == [False] * 4
    assert all(list(entry) == ["itemType", "item"] for entry in page["items"])
    page, _ = trending(site, unread)
    assert [entry["item"]["meta"]["flags"]["unread"] for entry in page["items"]] == [True] * 4
    assert trending(site, site.owner)[1][0] == ("conversation", hidden)
    site.sql("UPDATE microcosm.items SET last_activity = last_activity - interval '40 days' WHERE item_id = %s", busy)
    assert trending(site)[1][0] == ("poll", poll)
    site.guest.get("/api/v1/trending?offset=25", expect=400)
    assert silent not in [item for _, item in trending(site)[1]]
    site.close()
