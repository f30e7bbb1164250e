"""Old addresses: docs/http/resolve.md."""

import urllib.parse

import harness
import pytest

KINDS = {"microcosm": 2, "profile": 3, "comment": 4, "huddle": 5, "conversation": 6, "attachment": 21}


def moved(site, product, **things):
    """Notes what the site has from a product: kind=(old id, id here)."""
    origin = site.sql("INSERT INTO microcosm.import_origins (site_id, product, title) VALUES (%s, %s, %s) RETURNING origin_id",
                      site.id, product, product)[0][0]
    for kind, (old, new) in things.items():
        site.sql("INSERT INTO microcosm.imported_items (site_id, origin_id, item_type, old_id, new_id)"
                 " VALUES (%s, %s, %s, %s, %s)", site.id, origin, KINDS[kind], str(old), new)


def resolve(site, url, who=None):
    return (who or site.guest).get("/api/v1/resolve?" + urllib.parse.urlencode({"url": url}), expect=200).data


def found(url, kind, number=0, href=None, **more):
    paths = {"microcosm": "microcosms", "conversation": "conversations", "comment": "comments", "profile": "profiles",
             "huddle": "huddles", "update": "updates"}
    href = href or f"/api/v1/{paths[kind]}" + (f"/{number}" if number else "")
    redirect = {"rel": kind, "href": href + (f"?offset={more['offset']}" if "offset" in more else "")}
    return {"url": url, "status": 301, "redirect": redirect, "itemType": kind, **({"itemId": number} if number else {}), **more}


def nothing(url):
    return {"url": url, "status": 404, "redirect": {"href": ""}}


@pytest.fixture(scope="module")
def harbour(daemon):
    site = harness.Site(daemon)
    site.area = site.microcosm()
    site.item = site.conversation(site.area)
    site.first, site.second = site.comment(site.item), site.comment(site.item)
    site.author = site.person("author")
    site.huddle = site.author.post("/api/v1/huddles", {"title": "Old words"}, expect=302).id
    moved(site, "vbulletin", microcosm=(7, site.area), conversation=(900, site.item), comment=(4321, site.first),
          huddle=(12, site.huddle), profile=(55, site.author.profile_id))
    yield site
    site.close()


def test_vbulletin(harbour):
    item, area, comment, profile = harbour.item, harbour.area, harbour.first, harbour.author.profile_id
    cases = [
        ("http://old.example/showthread.php?t=900&page=3", "conversation", item, {"offset": 100}),
        ("/showthread.php?t=0900", "conversation", item, {}),
        ("/showthread.php?threadid=900&page=1", "conversation", item, {}),
        ("/forumdisplay.php?f=7&page=2", "microcosm", area, {"offset": 25}),
        ("/forumdisplay.php?forumid=7", "microcosm", area, {}),
        ("/showthread.php?p=4321#post4321", "comment", comment, {}),
        ("/showpost.php?postid=4321&t=900", "comment", comment, {}),
        ("/private.php?do=showpm&pmid=12", "huddle", harbour.huddle, {}),
        ("/member.php?u=55", "profile", profile, {}),
        ("/member.php?userid=55", "profile", profile, {}),
        ("/a/printthread900-2.html", "conversation", item, {"offset": 50}),
        ("/thread900.html", "conversation", item, {}),
        ("/thread900-4.html", "conversation", item, {}),
        ("/post4321-9.html", "comment", comment, {"action": "incontext"}),
        ("/post4321.html", "comment", comment, {"action": "incontext"}),
        ("/forum7-3.html", "microcosm", area, {"offset": 50}),
        ("/forum7.html", "microcosm", area, {}),
        ("/announcement7-3.html", "microcosm", area, {}),
        ("/member55-mira.html", "profile", profile, {}),
        ("/online.php", "profile", 0, {"action": "online", "href": "/api/v1/profiles?online=true"}),
        ("/memberslist/q12.html", "profile", 0, {"action": "search", "search": "q", "href": "/api/v1/profiles?q=q"}),
        ("/memberslist", "profile", 0, {}),
        ("/memberslist/", "profile", 0, {}),
        ("/private.php", "huddle", 0, {}),
        ("/subscription.php", "update", 0, {}),
        ("/usercp.php", "update", 0, {}),
        ("/showthread.php?900-Some-words/page3", "conversation", item, {"offset": 100}),
        ("/showthread.php/900-Some-words", "conversation", item, {}),
        ("/threads/900-Some-words/page2", "conversation", item, {"offset": 50}),
        ("/forums/7-Boats", "microcosm", area, {}),
        ("/members/55-mira", "profile", profile, {}),
    ]
    for url, kind, number, more in cases:
        assert resolve(harbour, url) == found(url, kind, number, **more), url


def test_newest_comments(harbour):
    newest = {"action": "incontext"}
    for url in ("/newpostinthread900.html", "/lastpostinthread900.html", "/showthread.php?t=900&goto=newpost",
                "/showthread.php?goto=lastpost&t=900"):
        assert resolve(harbour, url) == found(url, "comment", harbour.second, **newest)
    member = harbour.author
    harbour.sql("UPDATE microcosm.profiles SET all_read_at = '-infinity' WHERE profile_id = %s", member.profile_id)
    assert resolve(harbour, "/newpostinthread900.html", member) == found("/newpostinthread900.html", "comment", harbour.first, **newest)
    harbour.role(harbour.area, ())
    assert resolve(harbour, "/newpostinthread900.html") == nothing("/newpostinthread900.html")
    assert resolve(harbour, "/thread900.html")["status"] == 301


def test_unknown_addresses(harbour):
    for url in ("/", "?", "thread", "/thread901.html", "/showthread.php?t=-900", "/showthread.php?t=900x", "/showthread.php?t=",
                "/showthread.php?t=99999999999999999999999", "/viewtopic.php?x=900", "/threads/title.900/", "/t/title/900",
                "http://", "://", "/%ff%00", "/" + "thread" * 1000, "/c/" + "a/" * 1000, "/\u0456\u0301", "/thread900.html?t=1"):
        assert resolve(harbour, url) == nothing(url), url
    for query in ("", "?url=", "?url"):
        harbour.guest.get("/api/v1/resolve" + query, expect=400)


def test_a_site_without_a_past(daemon):
    site = harness.Site(daemon)
    for url in ("/showthread.php?t=900", "/private.php", "/members", "/profiles/"):
        assert resolve(site, url) == nothing(url)
    site.close()


def test_other_products(daemon):
    site = harness.Site(daemon)
    area, item = site.microcosm(), None
    item = site.conversation(area)
    comment, profile = site.comment(item), site.person("author").profile_id
    things = {"microcosm": (7, area), "conversation": (900, item), "comment": (4321, comment), "profile": (55, profile)}
    for product in ("phpbb", "discourse", "xenforo", "microcosm"):
        moved(site, product, **things)
    context = {"action": "incontext"}
    cases = [
        ("/phpBB3/viewtopic.php?f=7&t=900&start=60", "conversation", item, {"offset": 50}),
        ("/viewtopic.php?p=4321#p4321", "comment", comment, context),
        ("/viewforum.php?f=7", "microcosm", area, {}),
        ("/memberlist.php?mode=viewprofile&u=55", "profile", profile, {}),
        ("/memberlist.php", "profile", 0, {}),
        ("/viewonline.php", "profile", 0, {"action": "online", "href": "/api/v1/profiles?online=true"}),
        ("/boats-f7/old-words-t900.html", "conversation", item, {}),
        ("/t/some-words/900", "conversation", item, {}),
        ("/t/some-words/900/52", "conversation", item, {"offset": 50}),
        ("/t/900/3", "conversation", item, {}),
        ("/p/4321", "comment", comment, context),
        ("/c/boats/sails/7", "microcosm", area, {}),
        ("/c/boats/7", "microcosm", area, {}),
        ("/u/mira/summary", "profile", 0, {"action": "search", "search": "mira", "href": "/api/v1/profiles?q=mira"}),
        ("/threads/some-words.900/", "conversation", item, {}),
        ("/threads/some-words.900/page-3", "conversation", item, {"offset": 25}),
        ("/threads/some-words.900/post-4321", "comment", comment, context),
        ("/posts/4321/", "comment", comment, context),
        ("/forums/boats.7/page-2", "microcosm", area, {"offset": 25}),
        ("/members/mira.55/", "profile", profile, {}),
        ("/index.php?threads/some-words.900/", "conversation", item, {}),
        ("/index.php?threads/some-words.900/page-6", "conversation", item, {"offset": 100}),
        ("/threads/some-words.900/latest", "comment", comment, context),
        ("https://old.example/conversations/900/?offset=25", "conversation", item, {}),
        ("/viewtopic.php?f=7&amp;t=900&amp;view=unread#unread", "comment", comment, context),
        ("/viewtopic.php?sid=0af&t=900&f=7&start=60", "conversation", item, {"offset": 50}),
        ("//old.example/viewtopic.php?t=900", "conversation", item, {}),
        ("https://old.example:8443/phpBB3/viewtopic.php?t=%39%300", "conversation", item, {}),
        ("/t/caf%C3%A9/900?page=3", "conversation", item, {"offset": 25}),
        ("/t/900/last", "comment", comment, context),
        ("/c/boats/sails/old/7/l/latest", "microcosm", area, {}),
        ("/users/mira", "profile", 0, {"action": "search", "search": "mira", "href": "/api/v1/profiles?q=mira"}),
        ("/threads/900/unread", "comment", comment, context),
        ("/categories/boats.7/", "microcosm", area, {}),
        ("/index.php?threads/some-words.900/latest", "comment", comment, context),
        ("/index.php?threads/900/", "conversation", item, {}),
        ("/index.php?goto/post&id=4321", "comment", comment, context),
        ("/index.php?forums/7/", "microcosm", area, {}),
        ("/index.php?members/55/", "profile", profile, {}),
        ("/conversations/900/newest/", "comment", comment, context),
        ("/comments/4321/incontext/", "comment", comment, context),
        ("/microcosms/7/", "microcosm", area, {}),
        ("/profiles/55/", "profile", profile, {}),
    ]
    for url, kind, number, more in cases:
        assert resolve(site, url) == found(url, kind, number, **more), url
    for url in ("/viewtopic.php?t=+900", "/viewtopic.php?t=900x&t=900", "/viewtopic.php?t=9999999999999999999", "/t/-900", "/t/0", "//",
                "/viewtopic.php?t=%00900", "/index.php?", "?", "#", "http://", "/t/" + "a/" * 900 + "900x"):
        assert resolve(site, url) == nothing(url), url
    site.close()
