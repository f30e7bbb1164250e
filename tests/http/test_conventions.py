"""What all resources share: docs/http/conventions.md, section by section.

Each reply's envelope, headers, encoding and page links are checked by contract.py as well; here
is what depends on what was asked.
"""

import json
import re

import pytest

import harness

INDEX_LINKS = [
    ("conversation", "conversations"), ("event", "events"), ("huddle", "huddles"), ("microcosm", "microcosms"),
    ("poll", "polls"), ("profile", "profiles"), ("search", "search"), ("site", "site"), ("update", "updates"),
    ("watcher", "watchers"), ("whoami", "whoami"),
]

PLAIN_404 = "404 page not found\n"


def is_plain_404(reply):
    return reply.status == 404 and reply.body == PLAIN_404.encode() \
        and reply.header("Content-Type") == "text/plain; charset=utf-8"


def is_enveloped_404(reply, code=0):
    """It says why in its data."""
    return reply.status == 404 and reply.header("Content-Type") == "application/json" \
        and reply.data["errorCode"] == code and reply.data["errorDetail"] == reply.error[0]


@pytest.fixture(scope="module")
def things(site, mira, tomas):
    """One thing of each kind, to ask about and to leave alone."""
    microcosm = site.microcosm()
    conversation = site.conversation(microcosm, by=mira)
    comment = site.comment(conversation, by=mira)
    return {"microcosm": microcosm, "conversation": conversation, "comment": comment,
            "profile": mira.profile_id}


# 1: hosts and routing


def test_a_site_is_found_by_its_host(site):
    data = site.guest.get("/api/v1/site", expect=200).data

    assert data["subdomainKey"] == site.key


@pytest.mark.parametrize("port", [":80", ":8080", ":65535"])
def test_the_port_in_the_host_is_ignored(site, port):
    assert site.guest.get("/api/v1/site", host=site.host + port, expect=200).data["siteId"] == site.id


def test_the_bare_domain_serves_the_root_site(site):
    data = site.guest.get("/api/v1/site", host=harness.ROOT_HOST, expect=200).data

    assert data["siteId"] == 1
    assert data["subdomainKey"] == "root"


@pytest.mark.parametrize("path", ["/api/v1/microcosms", "/api/v1/microcosms/tree", "/api/v1/conversations",
                                  "/api/v1/comments", "/api/v1/profiles", "/api/v1/ignored", "/api/v1/permission", "/api/v1"])
def test_the_root_site_has_fewer_routes(site, path):
    reply = site.guest.get(path, host=harness.ROOT_HOST)

    assert is_enveloped_404(reply)
    assert "host" in reply.error[0]


@pytest.mark.parametrize("path", ["/api", "/"])
def test_outside_of_the_api_a_404_is_plain(site, path):
    assert is_plain_404(site.guest.get(path, host=harness.ROOT_HOST))


@pytest.mark.parametrize("host", ["nosuchsite.localhost", "root.localhost", "nosuchsite.localhost:8080"])
@pytest.mark.parametrize("path", ["/api/v1/site", "/api/v1/microcosms", "/api/v1/comments/1"])
def test_an_unknown_site_says_so(site, host, path):
    reply = site.guest.get(path, host=host, expect=404)

    assert list(reply.data) == ["siteId", "errorCode", "errorDetail"]
    assert reply.data["siteId"] == 0
    assert reply.data["errorCode"] == 14


def test_a_deleted_site_is_unknown(daemon):
    gone = harness.Site(daemon)
    gone.sql("UPDATE microcosm.sites SET is_deleted = true WHERE site_id = %s", gone.id)

    def is_gone():
        reply = gone.guest.get("/api/v1/site")
        return reply.status == 404 and reply.data["errorCode"] == 14

    harness.wait_until(is_gone, "the site to be gone")
    gone.close()


@pytest.mark.parametrize("host", ["example.org", "localhost.example.org", "127.0.0.1", "a.b.localhost",
                                  "with-dash.localhost", "xlocalhost", ".localhost", "with_line.localhost"])
def test_a_host_outside_the_domain_is_no_site(site, host):
    reply = site.guest.get("/api/v1/site", host=host)

    assert is_enveloped_404(reply, 14)
    assert host in reply.data["errorDetail"] and "KEY.localhost" in reply.data["errorDetail"]


@pytest.mark.parametrize("path", [
    "/api/v1/site/", "/api/v1/microcosms/", "/api/v1/microcosms/1/", "/api/v1/", "/api/", "/api/v2", "/nothing",
    "/api/v1/nothing", "/api/v1/microcosms/abc", "/api/v1/microcosms/-1", "/api/v1/microcosms/1a",
    "/api/v1/microcosms/1.0", "/api/v1/microcosms/%31x", "/api/v1/Microcosms", "/API/v1/site", "/api/v1/SITE",
    "/api/v1/conversations/x", "/api/v1/conversations/-5", "/api/v1/comments/x", "/api/v1/comments/+5",
    "/api/v1/profiles/mira", "/api/v1/profiles/-1", "/api/v1/conversations/1/nothing",
    "/api/v1/microcosms/markread", "/api/v1/conversations/1/markread", "/favicon.ico", "/index.html",
])
def test_a_path_of_no_route_is_404(site, mira, path):
    """In the envelope below /api/, else as text."""
    for client in (site.guest, mira):
        reply = client.get(path)

        assert is_enveloped_404(reply) if path.startswith("/api/") else is_plain_404(reply)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_a_path_of_no_route_is_404_for_all_methods(site, method):
    reply = site.guest.request(method, "/api/v1/nothing")

    assert reply.status == 404
    assert reply.header("Content-Type") == "application/json"


@pytest.mark.parametrize("path, clean", [
    ("/api/v1//site", "/api/v1/site"), ("//api/v1/site", "/api/v1/site"), ("/api/./v1/site", "/api/v1/site"),
    ("/./api/v1/site", "/api/v1/site"), ("/api///v1/microcosms//tree", "/api/v1/microcosms/tree"),
])
def test_doubled_slashes_and_dots_are_cleaned_by_redirect(site, path, clean):
    reply = site.guest.get(path, expect=301)

    assert re.sub(r"^https?://[^/]+", "", reply.location) == clean


@pytest.mark.parametrize("path", ["//example.org/", "//example.org//x", "///example.org/..//"])
def test_the_redirect_never_leaves_the_site(site, path):
    reply = site.guest.get(path)

    assert not (reply.location or "").startswith("//")
    assert "://example.org" not in (reply.location or "")


def test_leading_zeros_of_an_id_do_not_matter(site, things):
    path = f"/api/v1/conversations/000{things['conversation']}"

    assert site.guest.get(path, expect=200).data["id"] == things["conversation"]


@pytest.mark.parametrize("alias", ["/api/v1/conversations/000{}", "/api/v1/%63onversations/{}"])
def test_an_alias_of_an_address_has_the_same_reply(site, things, alias):
    """Links have the one address, too."""
    query = "?limit=5"
    path = f"/api/v1/conversations/{things['conversation']}{query}"
    reply = site.guest.get(alias.format(things["conversation"]) + query, expect=200)

    assert reply.data["comments"]["links"][0]["href"] == path
    assert reply.data["comments"] == site.guest.get(path, expect=200).data["comments"]


@pytest.mark.parametrize("path", ["microcosms/{}", "conversations/{}", "comments/{}", "profiles/{}",
                                  "comments/{}/incontext", "conversations/{}/newcomment",
                                  "conversations/{}/lastcomment"])
@pytest.mark.parametrize("number", ["0", "00", "9223372036854775808", "99999999999999999999999999"])
def test_an_id_that_is_none_is_refused(site, path, number):
    for person in (site.guest, site.owner):
        person.get("/api/v1/" + path.format(number), expect=400)


@pytest.mark.parametrize("path, guest, owner", [
    ("microcosms/{}", 403, 404), ("conversations/{}", 403, 404), ("comments/{}", 403, 403), ("profiles/{}", 404, 404),
    ("comments/{}/incontext", 403, 403), ("conversations/{}/newcomment", 403, 404),
    ("conversations/{}/lastcomment", 403, 404),
])
@pytest.mark.parametrize("number", ["9223372036854775807", "888888888"])
def test_an_unknown_id_is_unknown_or_forbidden(site, mira, path, guest, owner, number):
    target = "/api/v1/" + path.format(number)

    site.guest.get(target, expect=guest)
    mira.get(target, expect=guest)
    site.owner.get(target, expect=owner)


# 2: authentication


def test_a_token_can_come_in_the_header_or_the_query(site, mira):
    assert mira.get("/api/v1/whoami", expect=200).data["id"] == mira.profile_id
    by_query = site.guest.get(f"/api/v1/whoami?access_token={mira.token}", expect=200)
    assert by_query.data["id"] == mira.profile_id


def test_the_header_wins_over_the_query(site, mira, tomas):
    assert mira.get(f"/api/v1/whoami?access_token={tomas.token}", expect=200).data["id"] == mira.profile_id
    assert mira.get("/api/v1/whoami?access_token=wrong", expect=200).data["id"] == mira.profile_id
    site.guest.get(f"/api/v1/whoami?access_token={mira.token}",
                   headers=[("Authorization", "Bearer wrong")], expect=401)


def test_without_credentials_one_is_a_guest(site):
    assert site.guest.get("/api/v1/permission", expect=200).data["guest"] is True


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Basic {}", "bearer {}", "BEARER {}", "Token {}", "{}",
                                    "Bearer  {}", "Bearer {} x", "Bearer wrong", "Bearer {}x", "Bearer " + "a" * 2000])
def test_a_malformed_or_unknown_token_is_refused(site, mira, header):
    site.guest.get("/api/v1/site", headers=[("Authorization", header.format(mira.token))], expect=401)


@pytest.mark.parametrize("token", ["wrong", "%00", "%ff%fe", "a" * 3000, "'; DROP TABLE microcosm.users; --"])
def test_an_unknown_token_in_the_query_is_refused(site, token):
    site.guest.get("/api/v1/site?access_token=" + token.replace(" ", "+"), expect=401)


@pytest.mark.parametrize("method, path", [
    ("GET", "/"), ("GET", "/api"), ("GET", "/api/v1"), ("GET", "/api/v1/site"), ("HEAD", "/api/v1/site"),
    ("OPTIONS", "/api/v1/site"), ("OPTIONS", "/api/v1/microcosms"), ("GET", "/api/v1/whoami"),
    ("GET", "/api/v1/permission"), ("GET", "/api/v1/microcosms"), ("GET", "/api/v1/microcosms/tree"),
    ("POST", "/api/v1/microcosms"), ("PUT", "/api/v1/microcosms/1"), ("PATCH", "/api/v1/conversations/1"),
    ("DELETE", "/api/v1/comments/1"), ("POST", "/api/v1/comments"), ("PUT", "/api/v1/profiles/read"),
    ("GET", "/api/v1/profiles"), ("GET", "/api/v1/profiles/options"), ("GET", "/api/v1/profiles/1"),
])
def test_a_bad_token_is_refused_on_every_route_and_method(site, method, path):
    site.guest.request(method, path, headers=[("Authorization", "Bearer wrong")], expect=401)


def test_a_token_ends_when_its_time_has_run_out(site):
    late = site.person("late")
    late.get("/api/v1/whoami", expect=200)

    harness.expire_token(site, late.token)

    harness.wait_until(lambda: late.get("/api/v1/whoami").status == 401, "the token to expire")


def test_the_first_visit_to_a_site_makes_a_profile(site, other_site):
    wanderer = site.person("wanderer")
    abroad = harness.Client(site.daemon, other_site.host, wanderer.token)

    me = abroad.get("/api/v1/whoami", expect=200).data

    assert me["siteId"] == other_site.id
    assert me["userId"] == wanderer.user_id
    assert me["id"] != wanderer.profile_id
    assert 2 <= len(me["profileName"]) <= 25
    assert other_site.guest.get(f"/api/v1/profiles/{me['id']}", expect=200).data["userId"] == wanderer.user_id
    assert abroad.get("/api/v1/whoami", expect=200).data["id"] == me["id"], "it stays the same one"


def test_first_visits_at_once_make_one_profile(site, other_site):
    wanderer = site.person("hasty")

    def visit(_):
        return harness.Client(site.daemon, other_site.host, wanderer.token).get("/api/v1/whoami", expect=200).data["id"]

    assert len(set(harness.parallel(visit, range(8)))) == 1


@pytest.fixture(scope="module")
def outlaw(site):
    outlaw = site.person("outlaw")
    site.ban(outlaw)
    harness.wait_until(lambda: outlaw.get("/api/v1/microcosms").status == 403, "the ban to hold")
    return outlaw


@pytest.mark.parametrize("method, path", [
    (method, path)
    for path in ("/", "/api", "/api/v1", "/api/v1/permission", "/api/v1/microcosms", "/api/v1/microcosms/tree",
                 "/api/v1/microcosms/{microcosm}", "/api/v1/conversations", "/api/v1/conversations/{conversation}",
                 "/api/v1/comments/{comment}", "/api/v1/profiles", "/api/v1/profiles/{profile}",
                 "/api/v1/profiles/options")
    for method in ("GET", "HEAD", "OPTIONS")
    if method != "HEAD" or path not in ("/", "/api", "/api/v1")
] + [("POST", "/api/v1/comments"), ("PUT", "/api/v1/profiles/read"), ("POST", "/api/v1/conversations"),
     ("DELETE", "/api/v1/conversations/{conversation}")])
def test_who_is_banned_from_the_site_gets_nowhere(outlaw, things, method, path):
    outlaw.request(method, path.format(**things), expect=403)


def test_who_is_banned_may_see_the_site_and_oneself(outlaw):
    outlaw.get("/api/v1/site", expect=200)
    me = outlaw.get("/api/v1/whoami", expect=200).data
    outlaw.get(f"/api/v1/profiles/{outlaw.profile_id}", expect=200)

    permissions = me["meta"]["permissions"]
    assert [key for key, value in permissions.items() if value] == ["read", "banned"]


def test_who_is_banned_changes_nothing(outlaw):
    profile = f"/api/v1/profiles/{outlaw.profile_id}"
    for path in ("/api/v1/site", "/api/v1/whoami", profile):
        outlaw.request("OPTIONS", path, expect=200)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            reply = outlaw.request(method, path, json_body={"profileName": "Free"}, expect=403)
            assert reply.data["errorCode"] == 13, (method, path)
    assert outlaw.get(profile, expect=200).data["profileName"] == outlaw.name


def test_a_ban_ends_when_its_time_has_run_out(site):
    pardoned = site.person("pardoned")
    site.ban(pardoned, expires="-1 minute")

    pardoned.get("/api/v1/microcosms", expect=200)


def test_a_ban_holds_on_its_site_only(outlaw, other_site):
    harness.Client(outlaw.daemon, other_site.host, outlaw.token).get("/api/v1/microcosms", expect=200)


# 3: methods

# Path, and what Allow says.
METHODS = [
    ("/", "OPTIONS,GET"),
    ("/api", "OPTIONS,GET"),
    ("/api/v1", "OPTIONS,GET"),
    ("/api/v1/version", "OPTIONS,GET"),
    ("/api/v1/site", "OPTIONS,HEAD,GET,PUT"),
    ("/api/v1/whoami", "OPTIONS,GET"),
    ("/api/v1/permission", "OPTIONS,HEAD,GET"),
    ("/api/v1/profiles", "OPTIONS,POST,HEAD,GET"),
    ("/api/v1/profiles/{profile}", "OPTIONS,HEAD,GET,PUT,PATCH,DELETE"),
    ("/api/v1/profiles/options", "OPTIONS,HEAD,GET,PUT"),
    ("/api/v1/profiles/read", "OPTIONS,PUT"),
    ("/api/v1/ignored", "OPTIONS,HEAD,GET,PUT,DELETE"),
    ("/api/v1/search", "OPTIONS,HEAD,GET"),
    ("/api/v1/search/suggest", "OPTIONS,HEAD,GET"),
    ("/api/v1/trending", "OPTIONS,GET,HEAD"),
    ("/api/v1/resolve", "OPTIONS,GET"),
    ("/api/v1/microcosms", "OPTIONS,POST,HEAD,GET"),
    ("/api/v1/microcosms/tree", "OPTIONS,POST,HEAD,GET"),
    ("/api/v1/microcosms/{microcosm}", "OPTIONS,HEAD,GET,PUT,PATCH,DELETE"),
    ("/api/v1/conversations", "OPTIONS,GET,HEAD,POST"),
    ("/api/v1/conversations/{conversation}", "OPTIONS,GET,HEAD,PUT,PATCH,DELETE"),
    ("/api/v1/conversations/{conversation}/lastcomment", "OPTIONS,GET"),
    ("/api/v1/conversations/{conversation}/newcomment", "OPTIONS,GET"),
    ("/api/v1/comments", "OPTIONS,POST"),
    ("/api/v1/comments/{comment}", "OPTIONS,GET,HEAD,PUT,PATCH,DELETE"),
    ("/api/v1/comments/{comment}/incontext", "OPTIONS,GET,HEAD"),
]


@pytest.mark.parametrize("path, allow", METHODS)
def test_options_names_the_methods(site, mira, things, path, allow):
    for person in (site.guest, mira, site.owner):
        assert person.options(path.format(**things), expect=200).header("Allow") == allow


@pytest.mark.parametrize("path", ["/api/v1/microcosms/{}", "/api/v1/conversations/{}", "/api/v1/comments/{}",
                                  "/api/v1/profiles/{}"])
def test_options_does_not_tell_whether_a_thing_exists(site, path):
    site.guest.options(path.format(888888888), expect=200)


@pytest.mark.parametrize("path, allow", METHODS)
def test_other_methods_are_refused(site, things, path, allow):
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        if method not in allow.split(","):
            site.guest.request(method, path.format(**things), expect=405)
            site.owner.request(method, path.format(**things), expect=405)


def test_posting_to_the_tree_is_refused_though_allow_names_it(site):
    site.owner.post("/api/v1/microcosms/tree", {}, expect=405)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FROBNICATE", "get"])
def test_methods_of_other_protocols_are_refused(site, method):
    reply = site.guest.request(method, "/api/v1/site", check=False)

    assert reply.status in (400, 405, 501)
    assert site.daemon.is_alive()


@pytest.mark.parametrize("path", ["/api/v1/site", "/api/v1/permission", "/api/v1/profiles", "/api/v1/microcosms",
                                  "/api/v1/microcosms/tree", "/api/v1/microcosms/{microcosm}",
                                  "/api/v1/conversations", "/api/v1/conversations/{conversation}",
                                  "/api/v1/comments/{comment}", "/api/v1/profiles/{profile}",
                                  "/api/v1/conversations/888888888", "/api/v1/conversations/0"])
def test_head_is_get_without_its_body(site, things, path):
    path = path.format(**things)
    site.guest.get(path)  # the first visit may change numbers that later ones only repeat
    get = site.guest.get(path)
    head = site.guest.head(path)

    assert head.status == get.status
    assert head.header("Content-Length") == str(len(get.body))
    assert head.header("Content-Type") == get.header("Content-Type")


def test_head_of_a_redirect_has_its_location(site, things):
    path = f"/api/v1/comments/{things['comment']}/incontext"

    assert site.guest.head(path, expect=307).location == site.guest.get(path, expect=307).location


class TestMethodOverride:
    """Only a real POST can stand for another method."""

    @pytest.mark.parametrize("query", ["method=DELETE", "method=delete", "method=Delete", "x=1&method=DELETE"])
    def test_by_query(self, site, microcosm, query):
        conversation = site.conversation(microcosm)

        site.owner.request("POST", f"/api/v1/conversations/{conversation}?{query}", expect=200)

        site.guest.get(f"/api/v1/conversations/{conversation}", expect=404)

    def test_by_header(self, site, microcosm):
        conversation = site.conversation(microcosm)

        site.owner.request("POST", f"/api/v1/conversations/{conversation}",
                           headers=[("X-HTTP-Method-Override", "DELETE")], expect=200)

        site.guest.get(f"/api/v1/conversations/{conversation}", expect=404)

    def test_query_wins_over_header(self, site, conversation):
        site.guest.request("POST", f"/api/v1/conversations/{conversation}?method=GET",
                           headers=[("X-HTTP-Method-Override", "DELETE")], expect=200)

    def test_put_as_the_official_client_sends_it(self, site, conversation, mira):
        mira.post(f"/api/v1/conversations/{conversation}?method=PUT",
                  {"title": "Another title", "meta": {"editReason": "better"}}, expect=302)

        assert site.guest.get(f"/api/v1/conversations/{conversation}").data["title"] == "Another title"

    @pytest.mark.parametrize("value", ["HEAD", "head", "PROPFIND", "", "GETS", "get post"])
    def test_other_values_are_ignored(self, site, conversation, value):
        site.guest.request("POST", f"/api/v1/conversations/{conversation}?method={value.replace(' ', '+')}", expect=405)

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_other_methods_cannot_be_overridden(self, site, conversation, method):
        path = f"/api/v1/conversations/{conversation}"
        site.owner.request(method, path + "?method=DELETE", expect=200)
        site.owner.request(method, path, headers=[("X-HTTP-Method-Override", "DELETE")], expect=200)

        site.owner.get(path, expect=200)

    def test_trace_is_known_but_not_supported(self, site):
        site.guest.request("POST", "/api/v1/site?method=TRACE", expect=405)

    def test_options(self, site):
        assert site.guest.request("POST", "/api/v1/site?method=OPTIONS", expect=200).header("Allow")

    @pytest.mark.parametrize("query, headers", [
        ("?method=GET", []), ("?method=get", []), ("", [("X-HTTP-Method-Override", "GET")]),
    ])
    def test_a_get_made_of_a_post_is_not_for_caches(self, site, query, headers):
        """Its body may have decided about the reply, and the cache has no part of it in its key."""
        reply = site.guest.request("POST", "/api/v1/site" + query, headers=headers, expect=200)

        assert reply.header("Cache-Control") == "no-cache, max-age=0"

    def test_it_stays_in_the_links_of_pages(self, site):
        reply = site.guest.request("POST", "/api/v1/microcosms?method=GET&limit=5", expect=200)

        assert reply.data["items"]["links"][0]["href"] == "/api/v1/microcosms?limit=5&method=GET"


# 4: envelope and switches


def test_the_envelope_has_four_keys_and_no_newline(site):
    reply = site.guest.get("/api/v1", expect=200)

    assert reply.body.startswith(b'{"context":"","status":200,"data":{')
    assert reply.body.endswith(b',"error":null}')


def test_a_redirect_carries_the_empty_envelope(site, mira):
    reply = mira.put(f"/api/v1/profiles/{mira.profile_id}", {"visible": True}, expect=302)

    assert reply.body == b'{"context":"","status":302,"data":null,"error":null}'


def test_a_refused_method_says_why_in_its_data_alone(site):
    reply = site.guest.get("/api/v1/comments", expect=405)

    assert reply.json["error"] is None
    assert reply.data["errorDetail"] == "this address does not take the method; it takes OPTIONS,POST"


def test_every_error_says_what_to_do(site, mira, things):
    """Data is an object with the API's number for the reason, if it has one, and a sentence."""
    closed = site.microcosm()
    site.owner.patch(f"/api/v1/microcosms/{closed}", [{"op": "replace", "path": "/meta/flags/open", "value": False}])
    conversation = {"microcosmId": things["microcosm"], "title": "x"}
    json_type = {"content_type": "application/json"}
    cases = [
        (site.guest, "GET", "/api/v1/whoami", None, {}, 403, 5, "sign in"),
        (site.guest, "POST", "/api/v1/conversations", conversation, {}, 403, 5, "sign in"),
        (site.guest, "DELETE", f"/api/v1/conversations/{things['conversation']}", None, {}, 403, 5, "sign in"),
        (mira, "DELETE", f"/api/v1/conversations/{things['conversation']}", None, {}, 403, 0, "roles"),
        (mira, "PUT", f"/api/v1/microcosms/{things['microcosm']}",
         {"title": "x", "meta": {"editReason": "x"}}, {}, 403, 0, "roles"),
        (mira, "GET", "/api/v1/conversations/999999", None, {}, 403, 0, "roles"),
        (mira, "POST", "/api/v1/conversations", {**conversation, "microcosmId": closed}, {}, 403, 17, "closed"),
        (site.owner, "GET", "/api/v1/conversations/999999", None, {}, 404, 0, "no such thing"),
        (mira, "GET", "/api/v1/nothing", None, {}, 404, 0, "no such address"),
        (mira, "POST", "/api/v1/site", None, {}, 405, 0, "GET"),
        (mira, "GET", "/api/v1/conversations/0", None, {}, 400, 0, "id"),
        (mira, "GET", "/api/v1/microcosms?limit=7", None, {}, 400, 0, "limit"),
        (mira, "GET", "/api/v1/microcosms?offset=x", None, {}, 400, 0, "offset"),
        (mira, "GET", "/api/v1/microcosms?callback=a-b", None, {}, 400, 0, "callback"),
        (mira, "POST", "/api/v1/conversations", {}, {}, 400, 0, "title: is required"),
        (mira, "POST", "/api/v1/conversations", "{", json_type, 400, 0, "JSON"),
        (mira, "POST", "/api/v1/conversations", "{}", {"content_type": "text/plain"}, 400, 1, "application/json"),
        (mira, "DELETE", f"/api/v1/profiles/{mira.profile_id}", None, {}, 501, 0, "deleted"),
    ]
    for client, method, path, body, options, status, code, words in cases:
        given = {"json_body": body} if isinstance(body, dict) else {"body": body}
        reply = client.request(method, path, **given, expect=status, **options)
        assert reply.data["errorCode"] == code, reply
        assert words in reply.data["errorDetail"], reply
        if words in ("no such address", "callback"):  # looked at before the site is
            assert reply.data["siteId"] == 0
            continue
        assert reply.data["siteId"] == site.id
        assert reply.data.get("profileId") == (None if client is site.guest else client.profile_id)

    for token in ("Bearer nonsense", "Bearer", "Basic abc"):
        reply = site.guest.get("/api/v1/site", headers=[("Authorization", token)], expect=401)
        assert reply.data["errorCode"] == 7 and "sign in" in reply.data["errorDetail"]


@pytest.mark.parametrize("sent, shown", [("abc", "abc"), ("a%20b", "a b"), ("a+b", "a b"), ("%C3%A9", "é"),
                                         ("%22%3Cx%3E%26", '"<x>&'), ("", ""), ("%E2%80%A8", "\u2028")])
def test_context_is_echoed(site, sent, shown):
    assert site.guest.get(f"/api/v1?context={sent}", expect=200).json["context"] == shown
    assert site.guest.get(f"/api/v1/conversations/0?context={sent}", expect=400).json["context"] == shown


@pytest.mark.parametrize("query", ["disableBoiler", "disableBoiler=1", "disableBoiler=false", "x=y&disableBoiler=1"])
def test_the_boiler_can_be_taken_off_by_query(site, query):
    bare = site.guest.get(f"/api/v1?{query}", expect=200)

    assert bare.json == site.guest.get("/api/v1").data


def test_the_boiler_can_be_taken_off_by_header(site):
    bare = site.guest.get("/api/v1", headers=[("X-Disable-Boiler", "1")], expect=200)

    assert bare.json == site.guest.get("/api/v1").data


def test_without_boiler_nothing_is_null(site, mira):
    reply = mira.put(f"/api/v1/profiles/{mira.profile_id}?disableBoiler", {"visible": True}, expect=302)

    assert reply.body == b"null"
    assert reply.location == f"/api/v1/profiles/{mira.profile_id}"


def test_without_boiler_an_error_is_its_data(site):
    reply = site.guest.get("/api/v1/site?disableBoiler", host="nosuchsite.localhost", expect=404)

    assert reply.json["errorCode"] == 14


@pytest.mark.parametrize("query, headers", [("?always200", []), ("?always200=0", []), ("?always200=no", []),
                                            ("", [("X-Always-200", "1")]), ("", [("X-Always-200", "0")])])
def test_the_status_line_can_always_be_200(site, mira, things, query, headers):
    failed = site.guest.get("/api/v1/whoami" + query, headers=headers, expect=200)
    assert failed.json["status"] == 403
    assert failed.header("Cache-Control") == "no-cache, max-age=0"

    moved = mira.put(f"/api/v1/profiles/{mira.profile_id}" + query, {"visible": True}, headers=headers, expect=200)
    assert moved.json["status"] == 302
    assert moved.location == f"/api/v1/profiles/{mira.profile_id}"

    missing = mira.get("/api/v1/profiles/888888888" + query, headers=headers, expect=200)
    assert missing.json["status"] == 404

    wrong = site.guest.get("/api/v1/comments" + query, headers=headers, expect=200)
    assert wrong.json["status"] == 405


@pytest.mark.parametrize("headers", [[("X-Always-200", "")], [("X-Disable-Boiler", "")]])
def test_empty_switch_headers_do_nothing(site, headers):
    reply = site.guest.get("/api/v1/whoami", headers=headers, expect=403)

    assert list(reply.json) == ["context", "status", "data", "error"]


def test_both_switches_together(site):
    reply = site.guest.get("/api/v1/conversations/0?always200&disableBoiler", expect=200, check=False)

    assert reply.json in (None, {}) or "errorCode" in reply.json


@pytest.mark.parametrize("name", ["fn", "_", "$", "a.b.c", "jQuery_1234", "$x9._y"])
def test_a_callback_is_called_with_the_envelope(site, name):
    plain = site.guest.get("/api/v1", expect=200)
    reply = site.guest.get(f"/api/v1?callback={name}", expect=200)

    assert reply.body == name.encode() + b"(" + plain.body + b")"
    assert reply.header("Content-Type") == "application/json"


def test_a_callback_gets_the_context_as_well(site):
    reply = site.guest.get("/api/v1?callback=fn&context=c1", expect=200)

    assert reply.body.startswith(b'fn({"context":"c1",')
    assert reply.body.endswith(b'}, "c1")')


def test_a_callback_is_called_for_failures_too(site):
    reply = site.guest.get("/api/v1/conversations/0?callback=fn", expect=400)

    assert reply.body.startswith(b"fn({") and reply.body.endswith(b"})")


def test_the_context_of_a_callback_is_escaped(site):
    reply = site.guest.get("/api/v1?callback=fn&context=%22%29%3Balert%281%29%3B%2F%2F%3C%2Fscript%3E", expect=200,
                           check=False)

    assert b"</script>" not in reply.body
    inside = reply.body.rpartition(b"}, ")[2][:-1]
    assert json.loads(inside) == '");alert(1);//</script>'


@pytest.mark.parametrize("name", ["alert(1)", "a%0Ab", "1a", "a b", "a-b", "%3Cscript%3E", "a;b", "a[0]", "%C3%A9",
                                  "fn%2F%2F", ".a", "a%00"])
def test_a_callback_that_is_no_name_is_refused(site, name):
    reply = site.guest.get(f"/api/v1?callback={name.replace(' ', '+')}", check=False)

    assert reply.status == 400
    assert reply.json["status"] == 400, "and not called"


# 6: bodies


def read_comment(site, reply):
    return site.guest.get(reply.location, expect=200).data


class TestBodies:
    def body(self, conversation, markdown="Body of a comment", **more):
        return {"itemType": "conversation", "itemId": conversation, "markdown": markdown, **more}

    @pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8",
                                              "application/json;charset=UTF-8"])
    def test_json(self, site, mira, conversation, content_type):
        reply = mira.post("/api/v1/comments", self.body(conversation), content_type=content_type, expect=302)

        assert read_comment(site, reply)["markdown"] == "Body of a comment"

    @pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded",
                                              "application/x-www-form-urlencoded; charset=utf-8", None])
    def test_form_with_pascal_case_keys(self, site, mira, conversation, content_type):
        first = site.comment(conversation, by=mira)
        body = f"ItemType=conversation&ItemID={conversation}&Markdown=From+a%20form+%C3%A9%26&InReplyTo={first}"

        reply = mira.request("POST", "/api/v1/comments", body, content_type=content_type, expect=302)

        data = read_comment(site, reply)
        assert data["markdown"] == "From a form é&"
        assert data["inReplyTo"] == first

    def test_form_with_camel_case_keys_is_ignored(self, mira, conversation):
        mira.request("POST", "/api/v1/comments", form=self.body(conversation), expect=400)

    @pytest.mark.parametrize("content_type",
                             ["text/plain", "text/json", "application/xml", "multipart/form-data; boundary=x",
                                              "application/jsonx", "nonsense"])
    def test_other_content_types_are_refused(self, mira, conversation, content_type):
        mira.post("/api/v1/comments", self.body(conversation), content_type=content_type, expect=400)

    def test_json_without_its_content_type_is_no_json(self, mira, conversation):
        mira.request("POST", "/api/v1/comments", json.dumps(self.body(conversation)), expect=400)

    @pytest.mark.parametrize("keys", [("itemtype", "itemid", "markdown"), ("ITEMTYPE", "ITEMID", "MARKDOWN"),
                                      ("ItemType", "ItemID", "Markdown")])
    def test_keys_match_in_any_case(self, site, mira, conversation, keys):
        body = dict(zip(keys, ("conversation", conversation, "Any case")))

        assert read_comment(site, mira.post("/api/v1/comments", body, expect=302))["markdown"] == "Any case"

    def test_unknown_keys_are_ignored(self, site, mira, conversation):
        body = self.body(conversation, nonsense={"deep": [1, 2, {"x": None}]}, html="<b>mine</b>", revisions=99,
                         permissions={"create": True})

        data = read_comment(site, mira.post("/api/v1/comments", body, expect=302))

        assert data["revisions"] == 1
        assert "mine" not in data["html"]

    def test_null_is_as_good_as_absent(self, site, mira, conversation):
        mira.post("/api/v1/comments", self.body(conversation, inReplyTo=None, meta=None), expect=302)
        mira.post("/api/v1/comments", self.body(conversation, markdown=None), expect=400)

    def test_the_last_of_two_equal_keys_counts(self, site, mira, conversation):
        body = f'{{"itemType":"conversation","itemId":{conversation},"markdown":"first","Markdown":"second"}}'

        reply = mira.request("POST", "/api/v1/comments", body, content_type="application/json", expect=302)

        assert read_comment(site, reply)["markdown"] == "second"

    @pytest.mark.parametrize("after", [" ", "\n", "garbage", "{}", "]]]]"])
    def test_what_follows_the_first_value_is_ignored(self, mira, conversation, after):
        mira.request("POST", "/api/v1/comments", json.dumps(self.body(conversation)) + after,
                     content_type="application/json", expect=302)

    @pytest.mark.parametrize("body",
                             ["", " ", "null", "[]", "[{}]", '"text"', "1", "true", "{", '{"itemType":', "nonsense",
                                      "{'itemType':'conversation'}", '{"itemType":"conversation",}', "\ufeff{}"])
    def test_what_is_no_object_is_refused(self, mira, body):
        mira.request("POST", "/api/v1/comments", body, content_type="application/json", expect=400)

    @pytest.mark.parametrize("item_id", ["{0}.0", "{0}.5", '"{0}"', "[{0}]", '{{"id":{0}}}', "true", "{0}e0", "1e400"])
    def test_whole_numbers_only(self, mira, conversation, item_id):
        body = '{"itemType":"conversation","markdown":"x","itemId":' + item_id.format(conversation) + "}"

        mira.request("POST", "/api/v1/comments", body, content_type="application/json", expect=400)

    @pytest.mark.parametrize("field, value", [("markdown", 1), ("markdown", ["x"]), ("markdown", {"x": 1}),
                                              ("markdown", True), ("itemType", 6), ("itemType", ["conversation"])])
    def test_text_only(self, mira, conversation, field, value):
        mira.post("/api/v1/comments", {**self.body(conversation), field: value}, expect=400)

    def test_put_merges(self, site, mira):
        microcosm = site.microcosm("Sails", description="Of canvas", visibility="private",
                                   itemTypes=["conversation"], logoUrl="https://img.example/s.png")

        site.owner.put(f"/api/v1/microcosms/{microcosm}",
                       {"title": "Ropes", "meta": {"editReason": "a new name"}}, expect=302)

        data = site.guest.get(f"/api/v1/microcosms/{microcosm}", expect=200).data
        assert (data["title"], data["description"], data["visibility"]) == ("Ropes", "Of canvas", "private")
        assert data["itemTypes"] == ["conversation"]
        assert data["logoUrl"] == "https://img.example/s.png"

    def test_what_the_server_owns_cannot_be_set(self, site, mira, tomas, conversation):
        before = site.guest.get(f"/api/v1/conversations/{conversation}").data
        body = {
            "id": 1, "siteId": 1, "title": "Still mine", "totalComments": 99, "breadcrumb": [], "comments": {},
            "createdBy": {"id": tomas.profile_id},
            "meta": {"editReason": "why not", "created": "2001-01-01T00:00:00Z", "createdBy": {"id": tomas.profile_id},
                     "edited": "2001-01-01T00:00:00Z", "editedBy": {"id": tomas.profile_id},
                     "flags": {"sticky": True, "deleted": True, "moderated": True, "open": False, "visible": False},
                     "links": [{"rel": "self", "href": "/"}], "permissions": {"delete": True}},
        }

        mira.put(f"/api/v1/conversations/{conversation}", body, expect=302)

        after = site.guest.get(f"/api/v1/conversations/{conversation}", expect=200).data
        assert after["id"] == conversation
        assert after["meta"]["flags"] == before["meta"]["flags"]
        assert after["meta"]["created"] == before["meta"]["created"]
        assert after["meta"]["createdBy"]["id"] == mira.profile_id
        assert after["meta"]["editedBy"]["id"] == mira.profile_id
        assert not after["meta"]["edited"].startswith("2001")


# 8, 9: headers and output


def test_guests_reads_may_be_cached_and_nothing_else(site, mira, things):
    path = f"/api/v1/conversations/{things['conversation']}"

    assert site.guest.get(path, expect=200).header("Cache-Control") == "public, max-age=300"
    assert mira.get(path, expect=200).header("Cache-Control") == "no-cache, max-age=0"
    assert site.guest.get("/api/v1/whoami", expect=403).header("Cache-Control") == "no-cache, max-age=0"
    by_query = site.guest.get(f"{path}?access_token={mira.token}", expect=200)
    assert by_query.header("Cache-Control") == "no-cache, max-age=0"


@pytest.mark.parametrize("headers", [
    [("If-None-Match", "*")], [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")], [("Accept", "text/html")],
    [("Accept-Encoding", "gzip, br")], [("Accept-Charset", "latin1")], [("If-Match", '"x"')], [("Range", "bytes=0-10")],
])
def test_conditional_and_accept_headers_are_ignored(site, headers):
    plain = site.guest.get("/api/v1/site", expect=200)
    reply = site.guest.get("/api/v1/site", headers=headers, expect=200)

    assert len(reply.body) == len(plain.body)


def test_some_characters_are_escaped_in_json(site, mira, conversation):
    text = "<b>&amp;</b> \u2028 \u2029 é 漢字 \U0001f600 tab\t quote\" back\\slash"
    comment = site.comment(conversation, text, by=mira)

    reply = site.guest.get(f"/api/v1/comments/{comment}", expect=200)

    assert reply.data["markdown"] == text
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        assert character.encode() not in reply.body
    assert b"\\u003cb\\u003e\\u0026amp;\\u003c/b\\u003e \\u2028 \\u2029" in reply.body
    for text in ("é", "漢字", "\U0001f600"):
        assert text.encode() in reply.body


def test_times_are_utc_to_the_microsecond_without_zeros(site, mira, conversation):
    for stored, shown in [("2027-03-01 09:30:00.5+00", "2027-03-01T09:30:00.5Z"),
                          ("2027-03-01 09:30:00+00", "2027-03-01T09:30:00Z"),
                          ("2027-03-01 09:30:00.120001+02", "2027-03-01T07:30:00.120001Z"),
                          ("2027-03-01 09:30:00.100000+00", "2027-03-01T09:30:00.1Z"),
                          ("1999-12-31 23:59:59.000001+00", "1999-12-31T23:59:59.000001Z")]:
        comment = site.comment(conversation, by=mira)
        site.sql("UPDATE microcosm.comments SET created = %s WHERE site_id = %s AND comment_id = %s",
                 stored, site.id, comment)
        assert site.guest.get(f"/api/v1/comments/{comment}").data["meta"]["created"] == shown


# 10: shared objects


def test_a_profile_summary_looks_the_same_everywhere(site, mira, conversation):
    wanted = {"id": mira.profile_id, "siteId": site.id, "userId": mira.user_id, "profileName": "mira",
              "visible": True, "avatar": f"/api/v1/files/profiles/{mira.profile_id}.svg",
              "meta": {"flags": {}, "links": [{"rel": "self", "href": f"/api/v1/profiles/{mira.profile_id}"},
                                              {"rel": "site", "href": f"/api/v1/sites/{site.id}"}]}}
    comment = site.comment(conversation, by=mira)

    data = site.guest.get(f"/api/v1/conversations/{conversation}", expect=200).data
    listed = site.guest.get("/api/v1/profiles?q=mira", expect=200).data["profiles"]["items"]

    assert data["meta"]["createdBy"] == wanted
    assert data["comments"]["items"][0]["meta"]["createdBy"] == wanted
    assert data["comments"]["items"][0]["meta"]["editedBy"] == wanted
    assert site.guest.get(f"/api/v1/comments/{comment}").data["meta"]["createdBy"] == wanted
    assert listed == [wanted]


def test_breadcrumbs_lead_from_the_outside_in(site):
    outer = site.microcosm("Sailing")
    middle = site.microcosm("Dinghies & co", parent=outer)
    inner = site.microcosm("Rigging", parent=middle)
    conversation = site.conversation(inner)
    in_root = site.conversation(site.root)

    crumbs = [{"rel": "microcosm ancestor", "href": f"/api/v1/microcosms/{outer}", "title": "Sailing", "id": outer,
               "level": 2},
              {"rel": "microcosm ancestor", "href": f"/api/v1/microcosms/{middle}", "title": "Dinghies &amp; co",
               "id": middle, "level": 3},
              {"rel": "microcosm ancestor", "href": f"/api/v1/microcosms/{inner}", "title": "Rigging", "id": inner,
               "level": 4}]

    def breadcrumb(path):
        return site.guest.get(path, expect=200).data.get("breadcrumb")

    assert breadcrumb(f"/api/v1/conversations/{conversation}") == crumbs
    assert breadcrumb(f"/api/v1/conversations/{in_root}") == []
    assert breadcrumb(f"/api/v1/microcosms/{inner}") == crumbs[:2]
    assert breadcrumb(f"/api/v1/microcosms/{middle}") == crumbs[:1]
    assert breadcrumb(f"/api/v1/microcosms/{outer}") is None
    assert breadcrumb("/api/v1/microcosms") is None
    assert all(list(crumb) == ["rel", "href", "title", "id", "level"]
               for crumb in breadcrumb(f"/api/v1/conversations/{conversation}"))


def test_flags_are_those_of_the_thing(site, mira, conversation):
    comment = site.comment(conversation, by=mira)

    guest = site.guest.get(f"/api/v1/conversations/{conversation}").data
    assert list(guest["meta"]["flags"]) == ["sticky", "open", "deleted", "moderated", "visible"]
    single = site.guest.get(f"/api/v1/comments/{comment}").data
    for flags in (guest["comments"]["items"][0]["meta"]["flags"], single["meta"]["flags"]):
        assert flags == {"deleted": False, "moderated": False, "visible": True, "unread": False}
    microcosm = site.guest.get(f"/api/v1/microcosms/{guest['microcosmId']}").data
    assert list(microcosm["meta"]["flags"]) == ["sticky", "open", "deleted", "moderated", "visible", "unread"]
    entry = microcosm["items"]["items"][0]["item"]
    assert list(entry["meta"]["flags"]) == ["sticky", "open", "deleted", "moderated", "visible", "unread"]
    assert microcosm["meta"]["flags"]["unread"] is False, "guests have nothing unread"
    assert entry["meta"]["flags"]["unread"] is False


# 11: pages


@pytest.fixture(scope="module")
def long_conversation(site, mira, tomas):
    """A conversation of 62 comments."""
    conversation = site.conversation(site.microcosm(), by=mira)
    ids = [site.comment(conversation, f"Comment {number}", by=mira if number % 2 else tomas) for number in range(62)]
    return conversation, ids


class TestPages:
    def path(self, long_conversation):
        return f"/api/v1/conversations/{long_conversation[0]}"

    def page(self, client, target):
        return client.get(target, expect=200).data["comments"]

    def test_the_page_of_the_docs(self, site, long_conversation):
        path = self.path(long_conversation)

        page = self.page(site.guest, f"{path}?limit=5&offset=10")

        items = page.pop("items")
        assert page == {
            "total": 62, "limit": 5, "offset": 10, "maxOffset": 60, "totalPages": 13, "page": 3,
            "links": [{"rel": "first", "href": f"{path}?limit=5", "title": "1"},
                      {"rel": "prev", "href": f"{path}?limit=5&offset=5", "title": "2"},
                      {"rel": "self", "href": f"{path}?limit=5&offset=10", "title": "3"},
                      {"rel": "next", "href": f"{path}?limit=5&offset=15", "title": "4"},
                      {"rel": "last", "href": f"{path}?limit=5&offset=60", "title": "13"}],
            "type": "/api/v1/comments"}
        assert [item["id"] for item in items] == long_conversation[1][10:15]

    def test_its_bytes(self, site, long_conversation):
        path = self.path(long_conversation)

        body = site.guest.get(f"{path}?limit=5&offset=10", expect=200).body.decode()

        assert (f'"comments":{{"total":62,"limit":5,"offset":10,"maxOffset":60,"totalPages":13,"page":3,'
                f'"links":[{{"rel":"first","href":"{path}?limit=5","title":"1"}},'
                f'{{"rel":"prev","href":"{path}?limit=5\\u0026offset=5","title":"2"}},'
                f'{{"rel":"self","href":"{path}?limit=5\\u0026offset=10","title":"3"}},'
                f'{{"rel":"next","href":"{path}?limit=5\\u0026offset=15","title":"4"}},'
                f'{{"rel":"last","href":"{path}?limit=5\\u0026offset=60","title":"13"}}],'
                f'"type":"/api/v1/comments","items":[{{') in body

    @pytest.mark.parametrize("limit", [5, 10, 20, 25, 30, 60, 65, 250])
    def test_all_pages_together_are_the_whole(self, site, long_conversation, limit):
        seen = []
        offset = 0
        while True:
            page = self.page(site.guest, f"{self.path(long_conversation)}?limit={limit}&offset={offset}")
            seen += [item["id"] for item in page["items"]]
            if offset == page["maxOffset"]:
                break
            offset += limit

        assert seen == long_conversation[1]

    def test_without_a_limit_a_page_has_25(self, site, long_conversation):
        path = self.path(long_conversation)
        page = self.page(site.guest, path)

        assert (page["limit"], page["offset"], len(page["items"])) == (25, 0, 25)
        assert [link["href"] for link in page["links"]] == [path, f"{path}?offset=25", f"{path}?offset=50"]

    @pytest.mark.parametrize("query", [
        "limit=0", "limit=-5", "limit=1", "limit=3", "limit=26", "limit=251", "limit=255", "limit=abc", "limit=5.0",
        "limit=5a", "limit=1e1", "limit=99999999999999999999", "limit=0x5", "limit=%00", "limit=-9223372036854775808",
        "offset=-5", "offset=-25", "offset=3", "offset=24", "offset=75", "offset=abc", "offset=25.0",
        "offset=99999999999999999999", "limit=5&offset=7", "limit=5&offset=65", "limit=250&offset=250",
        "limit=10&offset=5", "offset=9223372036854775800", "limit=5&offset=9223372036854775805",
    ])
    def test_what_fits_no_page_is_refused(self, site, long_conversation, query):
        site.guest.get(f"{self.path(long_conversation)}?{query}", expect=400)

    @pytest.mark.parametrize("path", ["/api/v1/microcosms", "/api/v1/conversations", "/api/v1/profiles"])
    @pytest.mark.parametrize("query", ["limit=3", "limit=251", "offset=1", "offset=100000", "limit=x"])
    def test_all_lists_refuse_alike(self, site, path, query):
        site.guest.get(f"{path}?{query}", expect=400)

    def test_an_empty_list_has_one_page(self, site, conversation):
        page = self.page(site.guest, f"/api/v1/conversations/{conversation}")

        assert (page["total"], page["maxOffset"], page["totalPages"], page["page"], page["items"]) == (0, 0, 0, 1, [])
        site.guest.get(f"/api/v1/conversations/{conversation}?offset=0", expect=200)
        site.guest.get(f"/api/v1/conversations/{conversation}?offset=25", expect=400)

    def test_other_parameters_stay_sorted(self, site, long_conversation):
        path = self.path(long_conversation)

        page = self.page(site.guest, f"{path}?zebra=1&limit=5&apple=a+b&offset=5")

        links = {link["rel"]: link["href"] for link in page["links"]}
        assert links["self"] == f"{path}?zebra=1&limit=5&apple=a+b&offset=5", "as received"
        assert links["next"] == f"{path}?apple=a+b&limit=5&offset=10&zebra=1"
        assert links["prev"] == f"{path}?apple=a+b&limit=5&zebra=1"
        assert links["last"] == f"{path}?apple=a+b&limit=5&offset=60&zebra=1"

    def test_without_offset_self_is_sorted_too(self, site, long_conversation):
        path = self.path(long_conversation)

        page = self.page(site.guest, f"{path}?zebra=1&limit=5&apple=%C3%A9%2F")

        assert page["links"][0]["href"] == f"{path}?apple=%C3%A9%2F&limit=5&zebra=1"

    @pytest.mark.parametrize("key", ["access_token", "access%5Ftoken", "%61ccess_token", "access%5ftoke%6E"])
    @pytest.mark.parametrize("offset", ["offset", "%6Fffset"])
    def test_the_token_never_appears(self, site, mira, long_conversation, key, offset):
        path = self.path(long_conversation)

        reply = site.guest.get(f"{path}?{offset}=25&{key}={mira.token}&limit=5", expect=200)

        assert mira.token.encode() not in reply.body
        links = {link["rel"]: link["href"] for link in reply.data["comments"]["links"]}
        assert links["self"] == f"{path}?limit=5&offset=25"
        assert links["first"] == f"{path}?limit=5"

    @pytest.mark.parametrize("query", ["disableBoiler=1", "context=c", "always200=1", "callback=fn"])
    def test_switches_stay_in_links(self, site, long_conversation, query):
        site.guest.get(f"{self.path(long_conversation)}?{query}&limit=5&offset=10", expect=200)


# 12: PATCH

OPEN = {"op": "replace", "path": "/meta/flags/open", "value": False}

# Body, status for a guest, for somebody else, for the author, for the site's owner.
PATCHES = [
    # not an array, bad JSON, empty
    ("nothing", "", (400, 400, 400, 400)),
    ("null", "null", (400, 400, 400, 400)),
    ("an object", json.dumps(OPEN), (400, 400, 400, 400)),
    ("broken JSON", '[{"op":"replace"', (400, 400, 400, 400)),
    ("no operation", "[]", (400, 400, 400, 400)),
    ("not operations", "[1]", (400, 400, 400, 400)),
    # incomplete or unknown operations
    ("replace without path", [{"op": "replace", "value": True}], (400, 400, 400, 400)),
    ("replace without value", [{"op": "replace", "path": "/meta/flags/open"}], (400, 400, 400, 400)),
    ("replace with null", [{"op": "replace", "path": "/meta/flags/open", "value": None}], (400, 400, 400, 400)),
    ("add without value", [{"op": "add", "path": "/meta/flags/open"}], (400, 400, 400, 400)),
    ("test without path", [{"op": "test", "value": True}], (400, 400, 400, 400)),
    ("move without from", [{"op": "move", "path": "/meta/flags/open"}], (400, 400, 400, 400)),
    ("copy without path", [{"op": "copy", "from": "/meta/flags/open"}], (400, 400, 400, 400)),
    ("remove without path", [{"op": "remove"}], (400, 400, 400, 400)),
    ("unknown operation", [{"op": "frob", "path": "/meta/flags/open", "value": True}], (400, 400, 400, 400)),
    ("no operation named", [{"path": "/meta/flags/open", "value": True}], (400, 400, 400, 400)),
    # operations that are not offered
    ("add", [{"op": "add", "path": "/meta/flags/open", "value": True}], (501, 501, 501, 501)),
    ("test", [{"op": "test", "path": "/meta/flags/open", "value": True}], (501, 501, 501, 501)),
    ("remove", [{"op": "remove", "path": "/meta/flags/open"}], (501, 501, 501, 501)),
    ("move", [{"op": "move", "path": "/meta/flags/open", "from": "/meta/flags/sticky"}], (501, 501, 501, 501)),
    ("copy", [{"op": "copy", "path": "/meta/flags/open", "from": "/meta/flags/sticky"}], (501, 501, 501, 501)),
    # values
    ("a number", [{"op": "replace", "path": "/meta/flags/open", "value": 1}], (403, 403, 501, 501)),
    ("an object as value", [{"op": "replace", "path": "/meta/flags/open", "value": {}}], (403, 403, 501, 501)),
    ("an array as value", [{"op": "replace", "path": "/meta/flags/open", "value": [True]}], (403, 403, 501, 501)),
    ("a string", [{"op": "replace", "path": "/meta/flags/open", "value": "true"}], (403, 403, 400, 400)),
    # paths
    ("unknown path", [{"op": "replace", "path": "/title", "value": True}], (403, 403, 400, 400)),
    ("unknown flag", [{"op": "replace", "path": "/meta/flags/visible", "value": True}], (403, 403, 400, 400)),
    ("path in other case", [{"op": "replace", "path": "/meta/flags/Open", "value": True}], (403, 403, 400, 400)),
    ("number on an unknown path", [{"op": "replace", "path": "/title", "value": 1}], (403, 403, 501, 501)),
    # who may
    ("open", [OPEN], (403, 403, 200, 200)),
    ("sticky", [{"op": "replace", "path": "/meta/flags/sticky", "value": True}], (403, 403, 403, 200)),
    ("moderated", [{"op": "replace", "path": "/meta/flags/moderated", "value": True}], (403, 403, 403, 200)),
    ("deleted", [{"op": "replace", "path": "/meta/flags/deleted", "value": True}], (403, 403, 403, 200)),
    # a good one with a bad one
    ("open and then an unknown path", [OPEN, {"op": "replace", "path": "/x", "value": True}], (403, 403, 400, 400)),
    ("open and then add", [OPEN, {"op": "add", "path": "/x", "value": True}], (501, 501, 501, 501)),
    ("open and then sticky", [OPEN, {"op": "replace", "path": "/meta/flags/sticky", "value": True}],
     (403, 403, 403, 200)),
]


@pytest.mark.parametrize("name, body, statuses", PATCHES, ids=[name for name, _, _ in PATCHES])
def test_patch_of_a_conversation(site, mira, tomas, conversation, name, body, statuses):
    path = f"/api/v1/conversations/{conversation}"
    before = site.guest.get(path, expect=200).data["meta"]["flags"]
    for person, status in zip((site.guest, tomas, mira, site.owner), statuses):
        text = body if isinstance(body, str) else json.dumps(body)
        person.request("PATCH", path, text, content_type="application/json", expect=status)
        if status != 200:
            assert site.guest.get(path, expect=200).data["meta"]["flags"] == before, "nothing was done"
        else:
            break  # what follows would meet another conversation


@pytest.mark.parametrize("name, body, statuses", PATCHES, ids=[name for name, _, _ in PATCHES])
def test_patch_of_a_microcosm(site, tomas, name, body, statuses):
    microcosm = site.microcosm()
    text = body if isinstance(body, str) else json.dumps(body)
    for person, status in ((site.guest, statuses[0]), (tomas, statuses[1]), (site.owner, statuses[3])):
        person.request("PATCH", f"/api/v1/microcosms/{microcosm}", text, content_type="application/json", expect=status)


@pytest.mark.parametrize("path, status", [("/meta/flags/sticky", 400), ("/meta/flags/open", 400),
                                          ("/meta/flags/moderated", 200), ("/meta/flags/deleted", 200)])
def test_patch_of_a_comment_knows_two_flags(site, mira, conversation, path, status):
    comment = site.comment(conversation, by=mira)
    body = [{"op": "replace", "path": path, "value": True}]

    mira.patch(f"/api/v1/comments/{comment}", body, expect=403 if status == 200 else 400)
    site.owner.patch(f"/api/v1/comments/{comment}", body, expect=status)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_patch_has_to_be_json(site, conversation, content_type):
    site.owner.request("PATCH", f"/api/v1/conversations/{conversation}", json.dumps([OPEN]),
                       content_type=content_type, expect=400)


def test_patch_leaves_a_note_of_the_last_operation(site, mira, conversation):
    path = f"/api/v1/conversations/{conversation}"

    site.owner.patch(path, [OPEN, {"op": "replace", "path": "/meta/flags/sticky", "value": True}], expect=200)

    meta = site.guest.get(path, expect=200).data["meta"]
    assert meta["flags"]["open"] is False and meta["flags"]["sticky"] is True
    assert meta["editedBy"]["id"] == site.owner.profile_id
    assert "sticky" in meta["editReason"].lower() and "true" in meta["editReason"].lower()
    assert harness.when(meta["edited"]) > harness.when(meta["created"])


def test_the_last_of_two_equal_operations_counts(site, conversation):
    path = f"/api/v1/conversations/{conversation}"
    flag = {"op": "replace", "path": "/meta/flags/sticky"}

    site.owner.patch(path, [{**flag, "value": True}, {**flag, "value": False}, {**flag, "value": True}], expect=200)

    assert site.guest.get(path).data["meta"]["flags"]["sticky"] is True


# 13: text

SENTENCES = [
    # sent, shown with the rule on shouting
    ("Tea & cake", "Tea &amp; cake"),
    ("\"q\" 'a' <", "&#34;q&#34; &#39;a&#39; &lt;"),
    ("<b>bold</b> text", "bold text"),
    ("<b onclick=\"x()\">bold</b>", "bold"),
    ("a<script>alert(1)</script>b", "ab"),
    ("a<SCRIPT type='x'>alert('<b>')</SCRIPT >b", "ab"),
    ("a<style>p { color: red }</style>b", "ab"),
    ("a<!-- comment -->b", "ab"),
    ("<img src=x onerror=alert(1)>pic", "pic"),
    ("tea &amp; cake", "tea &amp; cake"),
    ("&lt;script&gt;", "&lt;script&gt;"),
    ("&#34;x&#39;", "&#34;x&#39;"),
    ("tab\there\nnew\r\nline", "tabherenewline"),
    ("  padded  ", "  padded  "),
    ("two  spaces", "two  spaces"),
    ("bell\u0007 and del\u007f", "bell and del"),
    ("no-break\u00a0space", "no-break space"),
    ("em\u2003space and \u2028line", "em space and line"),
    ("byte\ufeff order", "byte order"),
    ("c1\u0085 control", "c1 control"),
    ("right\u202eto left", "rightto left"),
    ("é ü 漢字 \U0001f600 ok", "é ü 漢字 \U0001f600 ok"),
    ("a < b", "a &lt; b"),
    ("5 > 3 and more", "5 &gt; 3 and more"),
    ("I <3 you", "I &lt;3 you"),
    ("SHOUTING TITLE", "shouting title"),
    ("ÀÉÎÕÜ ÀÉÎÕÜ", "àéîõü àéîõü"),
    ("C++ <vector>", "C++ &lt;vector&gt;"),
    ("ÀÉ", "ÀÉ"),
    ("ABC 123", "ABC 123"),
    ("Not SHOUTING", "Not SHOUTING"),
    ("123 456", "123 456"),
]


@pytest.mark.parametrize("sent, shown", SENTENCES, ids=range(len(SENTENCES)))
def test_titles_of_conversations_are_cleaned(site, mira, microcosm, sent, shown):
    conversation = site.conversation(microcosm, sent, by=mira)

    assert site.guest.get(f"/api/v1/conversations/{conversation}").data["title"] == shown


@pytest.mark.parametrize("sent, shown", SENTENCES, ids=range(len(SENTENCES)))
def test_edit_reasons_are_cleaned(site, mira, conversation, sent, shown):
    path = f"/api/v1/conversations/{conversation}"
    mira.put(path, {"meta": {"editReason": sent}}, expect=302)

    assert site.guest.get(path).data["meta"]["editReason"] == shown


@pytest.mark.parametrize("sent, shown", [case for case in SENTENCES if case[0].upper() != case[0]]
                         + [("SHOUTING", "SHOUTING"), ("ÀÉ", "ÀÉ"), ("ABC 123", "ABC 123")])
def test_titles_of_microcosms_may_shout(site, sent, shown):
    microcosm = site.microcosm(sent)

    assert site.guest.get(f"/api/v1/microcosms/{microcosm}").data["title"] == shown


@pytest.mark.parametrize("sent, shown", [
    ("line one\nline two\ttab", "line one\nline two\ttab"), ("<p>text</p> & more", "text &amp; more"),
    ("LOUD\nTEXT & MORE", "loud\ntext &amp; more"), ("bell\u0007", "bell"), ("a<script>x</script>b", "ab"),
    ("Some LOUD words", "Some LOUD words"),
])
def test_descriptions_are_cleaned_as_blocks(site, sent, shown):
    microcosm = site.microcosm(description=sent)

    assert site.guest.get(f"/api/v1/microcosms/{microcosm}").data["description"] == shown


def test_edit_reasons_of_microcosms_may_shout(site, microcosm):
    path = f"/api/v1/microcosms/{microcosm}"
    site.owner.put(path, {"meta": {"editReason": "BECAUSE <b>I</b> CAN"}}, expect=302)

    assert site.guest.get(path).data["meta"]["editReason"] == "BECAUSE I CAN"


@pytest.mark.parametrize("sent, shown", SENTENCES, ids=range(len(SENTENCES)))
def test_what_was_read_can_be_sent_back(site, mira, microcosm, sent, shown):
    path = f"/api/v1/conversations/{site.conversation(microcosm, sent, by=mira)}"
    title = site.guest.get(path).data["title"]

    mira.put(path, {"title": title, "meta": {"editReason": "nothing changed"}}, expect=302)

    assert site.guest.get(path).data["title"] == title


@pytest.mark.parametrize("blank", ["", " ", "     ", "<b></b>", "<b> </b>", "\t\n", "\u0007", "<!-- x -->",
                                   "<script>x</script>", "\u00a0"])
def test_what_cleans_to_nothing_is_missing(site, mira, microcosm, blank):
    mira.post("/api/v1/conversations", {"microcosmId": microcosm, "title": blank}, expect=400)
    site.owner.post("/api/v1/microcosms", {"title": blank, "description": "x"}, expect=400)
    if blank != "\u00a0":  # of a block only spaces are trimmed, so this one may stay
        site.owner.post("/api/v1/microcosms", {"title": "Fine", "description": blank}, expect=400)


def test_comments_may_shout_but_their_html_does_not(site, mira, conversation):
    comment = site.comment(conversation, "ALL CAPS HERE", by=mira)

    data = site.guest.get(f"/api/v1/comments/{comment}").data
    assert data["markdown"] == "ALL CAPS HERE"
    assert data["html"] == "<p>all caps here</p>\n"


# 17: duplicates


class TestDuplicates:
    """A repeat within five minutes leads to the first one."""

    def test_conversation(self, site, mira, microcosm):
        body = {"microcosmId": microcosm, "title": "Twice <b>the</b> same"}
        first = mira.post("/api/v1/conversations", body, expect=302)
        again = mira.post("/api/v1/conversations", body, expect=302)
        cleaned = mira.post("/api/v1/conversations", {**body, "title": "Twice the same"}, expect=302)

        assert first.location == again.location == cleaned.location
        assert site.guest.get(f"/api/v1/microcosms/{microcosm}").data["items"]["total"] == 1

    def test_conversation_of_somebody_else_or_elsewhere(self, site, mira, tomas, microcosm):
        body = {"microcosmId": microcosm, "title": "The same again"}
        first = mira.post("/api/v1/conversations", body, expect=302).id

        assert tomas.post("/api/v1/conversations", body, expect=302).id != first
        assert mira.post("/api/v1/conversations", {**body, "microcosmId": site.microcosm()}, expect=302).id != first
        assert mira.post("/api/v1/conversations", {**body, "title": "Another"}, expect=302).id != first

    def test_conversation_after_five_minutes(self, site, mira, microcosm):
        body = {"microcosmId": microcosm, "title": "Now and later"}
        first = mira.post("/api/v1/conversations", body, expect=302).id
        site.age("items", "item_id", first, "6 minutes")

        assert mira.post("/api/v1/conversations", body, expect=302).id != first

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_conversation_that_is_hidden(self, site, mira, microcosm, flag):
        body = {"microcosmId": microcosm, "title": f"Soon {flag}"}
        first = mira.post("/api/v1/conversations", body, expect=302).id
        site.owner.set_flag(f"/api/v1/conversations/{first}", flag, True, expect=200)

        second = mira.post("/api/v1/conversations", body, expect=302).id

        assert second != first
        site.guest.get(f"/api/v1/conversations/{second}", expect=200)

    def test_comment(self, site, mira, tomas, conversation):
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "Me too"}
        first = mira.post("/api/v1/comments", body, expect=302)
        again = mira.post("/api/v1/comments", body, expect=302)

        assert first.location == again.location
        assert tomas.post("/api/v1/comments", body, expect=302).id != first.id
        assert mira.post("/api/v1/comments", {**body, "markdown": "me too"}, expect=302).id != first.id
        assert site.guest.get(f"/api/v1/conversations/{conversation}").data["comments"]["total"] == 3

    def test_comment_elsewhere(self, site, mira, microcosm, conversation):
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "Me too"}
        first = mira.post("/api/v1/comments", body, expect=302).id

        elsewhere = site.conversation(microcosm, by=mira)

        assert mira.post("/api/v1/comments", {**body, "itemId": elsewhere}, expect=302).id != first

    def test_comment_after_five_minutes(self, site, mira, conversation):
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "Bump"}
        first = mira.post("/api/v1/comments", body, expect=302).id
        site.age("comments", "comment_id", first, "6 minutes")

        assert mira.post("/api/v1/comments", body, expect=302).id != first

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_comment_that_is_hidden(self, site, mira, conversation, flag):
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "Gone"}
        first = mira.post("/api/v1/comments", body, expect=302).id
        site.owner.set_flag(f"/api/v1/comments/{first}", flag, True, expect=200)

        second = mira.post("/api/v1/comments", body, expect=302).id

        assert second != first
        site.guest.get(f"/api/v1/comments/{second}", expect=200)

    def test_a_refused_attempt_is_not_remembered(self, site, mira, microcosm):
        closed = site.closed_microcosm()
        body = {"microcosmId": closed, "title": "Let me in"}
        mira.post("/api/v1/conversations", body, expect=403)
        site.role(closed, ("create", "read"), people=[mira])

        created = mira.post("/api/v1/conversations", body, expect=302).id

        mira.get(f"/api/v1/conversations/{created}", expect=200)

    def test_many_at_once(self, site, mira, conversation):
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "Impatient"}

        ids = harness.parallel(lambda _: mira.post("/api/v1/comments", body, expect=302).id, range(8))

        total = site.guest.get(f"/api/v1/conversations/{conversation}").data["comments"]["total"]
        assert total == len(set(ids)) == 1

    def test_microcosms_may_be_equal(self, site):
        body = {"title": "Twin", "description": "One of two"}

        first = site.owner.post("/api/v1/microcosms", body, expect=302).id
        assert site.owner.post("/api/v1/microcosms", body, expect=302).id != first


# 18: deleted and moderated


class TestHidden:
    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_a_conversation_takes_its_comments_along(self, site, mira, microcosm, conversation, flag):
        comment = site.comment(conversation, by=mira)
        site.owner.set_flag(f"/api/v1/conversations/{conversation}", flag, True, expect=200)

        for person in (site.guest, mira):
            person.get(f"/api/v1/conversations/{conversation}", expect=404)
            person.get(f"/api/v1/comments/{comment}", expect=404)
            person.get(f"/api/v1/comments/{comment}/incontext", expect=404)
            assert person.get(f"/api/v1/microcosms/{microcosm}").data["items"]["total"] == 0
        # test_rights.py has what moderators see

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_a_microcosm_takes_all_along(self, site, mira, microcosm, conversation, flag):
        comment = site.comment(conversation, by=mira)
        child = site.microcosm(parent=microcosm)
        deep = site.conversation(child)
        site.owner.set_flag(f"/api/v1/microcosms/{microcosm}", flag, True, expect=200)

        for person in (site.guest, mira):
            person.get(f"/api/v1/microcosms/{microcosm}", expect=404)
            person.get(f"/api/v1/conversations/{conversation}", expect=404)
            person.get(f"/api/v1/comments/{comment}", expect=404)
            person.get(f"/api/v1/conversations/{deep}", expect=404)
            tree = [link["id"] for link in person.get("/api/v1/microcosms/tree").data]
            assert microcosm not in tree and child not in tree
            listed = person.get("/api/v1/conversations?limit=250").data["conversations"]["items"]
            assert not {conversation, deep} & {item["id"] for item in listed}

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    @pytest.mark.parametrize("kind", ["microcosms", "conversations", "comments"])
    def test_moderators_can_bring_things_back(self, site, mira, microcosm, conversation, kind, flag):
        thing = {"microcosms": microcosm, "conversations": conversation,
                 "comments": site.comment(conversation, by=mira)}[kind]
        path = f"/api/v1/{kind}/{thing}"
        site.owner.set_flag(path, flag, True, expect=200)
        site.guest.get(path, expect=404)

        mira.set_flag(path, flag, False, expect={403, 404})
        site.owner.set_flag(path, flag, False, expect=200)

        assert site.guest.get(path, expect=200).data["meta"]["flags"]["visible"] is True

    def test_deleting_is_soft(self, site, conversation):
        site.owner.delete(f"/api/v1/conversations/{conversation}", expect=200)

        assert site.sql("SELECT is_deleted FROM microcosm.items WHERE site_id = %s AND item_id = %s",
                        site.id, conversation) == [(True,)]


# 19: index routes


@pytest.mark.parametrize("path, links", [
    ("/", [("api", "/api")]),
    ("/api", [("v1", "/api/v1")]),
    ("/api/v1", [(rel, "/api/v1/" + name) for rel, name in INDEX_LINKS]),
])
def test_the_index_leads_to_everything(site, mira, path, links):
    wanted = {"links": [{"rel": rel, "href": href} for rel, href in links]}

    assert site.guest.get(path, expect=200).data == wanted
    assert mira.get(path, expect=200).data == wanted


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1"])
def test_each_link_of_the_index_leads_somewhere(site, mira, path):
    for link in mira.get(path, expect=200).data["links"]:
        mira.get(link["href"], expect=200)



@pytest.mark.parametrize("host", ["site", "root"])
def test_the_version_can_be_asked(site, host):
    host = site.host if host == "site" else harness.ROOT_HOST

    data = site.guest.get("/api/v1/version", host=host, expect=200).data

    assert list(data) == ["date", "version"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", data["date"])
    assert 1 <= len(data["version"]) <= 8


# The daemon's own routes


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_operators_need_no_site(site, daemon, path):
    assert daemon.probe(path) == 200
