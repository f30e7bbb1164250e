"""Users, one by one and many at a time: docs/http/users.md."""

import pytest

import harness

USERS = "/api/v1/users"
BATCH = "/api/v1/users/batch"


@pytest.fixture
def domain(site):
    """A domain of addresses that nobody has."""
    return site.unique("m").replace(" ", "") + ".example"


def member_of(site, email):
    """Whether the user with an address is a member; None for nobody."""
    rows = site.sql("SELECT EXISTS (SELECT FROM microcosm.attributes a WHERE a.site_id = p.site_id AND a.item_type = 3"
                    "  AND a.item_id = p.profile_id AND a.key = 'is_member' AND a.value_boolean)"
                    " FROM microcosm.users u JOIN microcosm.profiles p ON p.site_id = %s AND p.user_id = u.user_id"
                    " WHERE u.canonical_email = %s", site.id, email)
    return rows[0][0] if rows else None


def send_csv(client, text, content_type="text/csv", **options):
    body = text if isinstance(text, bytes) else text.encode()
    return client.request("POST", BATCH, body, content_type=content_type, **options)


def counts(site):
    return site.sql("SELECT (SELECT count(*) FROM microcosm.users), (SELECT count(*) FROM microcosm.profiles WHERE site_id = %s),"
                    " (SELECT count(*) FROM microcosm.attributes WHERE site_id = %s)", site.id, site.id)


# One user


def test_an_account(site, mira):
    path = f"{USERS}/{mira.user_id}"
    data = mira.get(path, expect=200).data

    assert list(data) == ["userId", "email", "gender", "created", "state", "dobDay", "dobMonth", "dobYear", "canonicalEmail",
                          "meta"]
    assert data["userId"] == mira.user_id and data["email"] == f"mira@{site.key}.example" == data["canonicalEmail"]
    assert data["state"] == {"String": "", "Valid": False} and data["dobYear"] == {"Int64": 0, "Valid": False}
    assert data["gender"] == {"String": "", "Valid": False}
    assert data["meta"] == {"links": [{"rel": "self", "href": path}]}
    assert site.owner.get(path, expect=200).data == data


def test_who_may_see_an_account(site, other_site, mira, tomas):
    stranger = other_site.person("stranger")
    for client in (site.guest, tomas):
        reply = client.get(f"{USERS}/{mira.user_id}", expect=403)
        assert b"mira@" not in reply.body
        client.get(f"{USERS}/888888888", expect=403)
    site.owner.get(f"{USERS}/888888888", expect=404)
    assert b"stranger@" not in site.owner.get(f"{USERS}/{stranger.user_id}", expect=403).body
    # Whoever owns another site has no rights on accounts here.
    visitor = harness.Client(site.daemon, site.host, other_site.owner.token)
    visitor.get(f"{USERS}/{mira.user_id}", expect=403)


def test_accounts_are_neither_changed_nor_deleted(site, mira):
    for method in ("PUT", "DELETE"):
        body = {"email": "new@mail.example"} if method == "PUT" else None
        for client in (site.guest, mira):
            client.request(method, f"{USERS}/{mira.user_id}", json_body=body, expect=403)
        site.owner.request(method, f"{USERS}/{mira.user_id}", json_body=body, expect=501)


# POST /users


def test_users_are_made_in_order(site, mira, domain):
    emails = [f"b@{domain}", f"a@{domain}", f"Mira@{site.key}.example", f"B+x@{domain}"]
    profiles = site.owner.post(USERS, [{"email": email} for email in emails], expect=200).data

    assert [list(profile) for profile in profiles] == [
        ["id", "siteId", "userId", "profileName", "visible", "styleId", "itemCount", "commentCount", "profileComment", "created",
         "lastActive", "avatar", "meta"]] * 4
    assert all("permissions" not in profile["meta"] for profile in profiles)
    assert profiles[2]["id"] == mira.profile_id
    assert profiles[0]["id"] == profiles[3]["id"] != profiles[1]["id"]
    assert profiles[0]["profileName"] == f"user{profiles[0]['userId'] + 5830}"
    assert profiles[0]["meta"]["links"][0]["href"] == f"/api/v1/profiles/{profiles[0]['id']}"
    assert site.owner.post(USERS, [{"email": email} for email in emails], expect=200).data == profiles
    token = site.token(emails[0])
    assert harness.Client(site.daemon, site.host, token).get("/api/v1/whoami").data["id"] == profiles[0]["id"]


def test_users_are_answered_as_they_are_shown_alone(site, mira, tomas):
    site.comment(mira.profile_id, "Ropes", by=mira, item_type="profile")
    site.comment(site.owner.profile_id, "Tides", by=site.owner, item_type="profile")
    site.owner.patch(f"/api/v1/profiles/{tomas.profile_id}", [{"op": "replace", "path": "/member", "value": True}], expect=200)
    site.ignore(site.owner, "profile", tomas.profile_id)
    people = [tomas, mira, site.owner, mira]

    profiles = site.owner.post(USERS, [{"email": f"{person.name}@{site.key}.example"} for person in people], expect=200).data

    for person, profile in zip(people, profiles):
        alone = site.owner.get(f"/api/v1/profiles/{person.profile_id}", expect=200).data
        del alone["email"], alone["meta"]["permissions"]
        assert {**profile, "lastActive": 0} == {**alone, "lastActive": 0}
    assert profiles[0]["member"] and profiles[0]["meta"]["flags"] == {"ignored": True}
    assert [profile["profileComment"] and profile["profileComment"]["markdown"] for profile in profiles] == \
        [None, "Ropes", "Tides", "Ropes"]
    assert profiles[2]["meta"]["stats"] == [{"metric": "unreadHuddles", "value": 0}]
    site.stop_ignoring(site.owner)


def test_comments_of_many_users_end_after_4_mib(site, domain):
    people = [{"email": f"writer{n}@{domain}"} for n in range(40)]
    made = site.owner.post(USERS, people, expect=200).data
    for profile in made:
        site.comment(profile["id"], "Tides " * 10000, by=site.owner, item_type="profile")

    profiles = site.owner.post(USERS, people, expect=200).data

    has_comment = [profile["profileComment"] is not None for profile in profiles]
    assert [profile["id"] for profile in profiles] == [profile["id"] for profile in made]
    assert has_comment == sorted(has_comment, reverse=True) and 20 < sum(has_comment) < 40


def test_no_address_is_answered(site, domain):
    assert b"@" not in site.owner.post(USERS, [{"email": f"ann@{domain}"}], expect=200).body


def test_nobody_is_nothing(site):
    assert site.owner.post(USERS, [], expect=200).data == []


@pytest.mark.parametrize("bad", [{"email": ""}, {"email": "x"}, {}, {"email": None}, {"email": 5}, {"email": "a@b.example", "userId": 5},
                                 {"email": "a@b.example", "created": "2024-01-01T00:00:00Z"}, {"email": "a b@c.example"}])
def test_one_bad_address_refuses_all(site, domain, bad):
    before = counts(site)

    reply = site.owner.post(USERS, [{"email": f"a@{domain}"}, bad, {"email": f"b@{domain}"}], expect=400)

    assert "[1].email" in reply.error[0] or "[1]" in reply.error[0]
    assert counts(site) == before


def test_each_bad_row_is_told(site, domain):
    reply = site.owner.post(USERS, [{"email": "x"}, {"email": f"a@{domain}"}, {"email": "y@"}], expect=400)

    assert "[0].email" in reply.error[0] and "[2].email" in reply.error[0] and "[1]" not in reply.error[0]


@pytest.mark.parametrize("body", [{}, {"email": "a@b.example"}, "a@b.example", [5], [[]], None])
def test_a_bad_body_is_told_before_the_owner_is_asked_for(site, mira, body):
    for client in (site.owner, mira):
        client.post(USERS, body, expect=400)


def test_both_are_for_the_owner(site, mira, domain):
    before = counts(site)
    for client in (site.guest, mira):
        client.post(USERS, [{"email": f"a@{domain}"}], expect=403)
        client.post(BATCH, [{"email": f"a@{domain}", "isMember": True}], expect=403)
        client.post(BATCH, {"not": "a list"}, expect=403)
        send_csv(client, "not a line", expect=403)
        send_csv(client, "x", content_type="text/plain", expect=403)
    assert counts(site) == before


def test_a_taken_default_name_is_no_hindrance(site, domain):
    """Somebody has chosen the name that one of those to come would get."""
    squatter = site.newcomer()
    (newest,), = site.sql("SELECT last_value FROM microcosm.users_user_id_seq")
    for ahead in range(1, 4):
        squatter.put(f"/api/v1/profiles/{squatter.profile_id}", {"profileName": f"user{newest + ahead + 1 + 5830}"}, expect=302)
        made = site.owner.post(USERS, [{"email": f"n{ahead}.{n}@{domain}"} for n in range(4)], expect=200).data
        assert len({profile["profileName"] for profile in made}) == 4
        (newest,), = site.sql("SELECT last_value FROM microcosm.users_user_id_seq")


def test_banned_addresses_are_told(site, domain):
    site.owner.post("/api/v1/bans", {"email": domain}, expect=302)
    before = counts(site)

    reply = site.owner.post(USERS, [{"email": f"a@free{domain}"}, {"email": f"a@{domain}"}], expect=400)
    assert "[1].email" in reply.error[0] and "[0]" not in reply.error[0]
    reply = send_csv(site.owner, f"a@free{domain},1\n\na@{domain},1\n", expect=400)
    assert "line 3" in reply.error[0]
    assert counts(site) == before


# POST /users/batch


def test_membership_by_json(site, domain):
    yes, no = f"yes@{domain}", f"no@{domain}"
    reply = site.owner.post(BATCH, [{"email": yes, "isMember": True}, {"email": no, "isMember": False}], expect=200)

    assert reply.data is None
    assert member_of(site, yes) is True and member_of(site, no) is False
    site.owner.post(BATCH, [{"email": yes.upper(), "isMember": False}, {"email": no, "isMember": True}], expect=200)
    assert member_of(site, yes) is False and member_of(site, no) is True


def test_membership_counts_at_once(site, mira):
    place = site.microcosm()
    site.role(place, ("read",), criteria=[(0, None, "is_member", "eq", True)])
    mira.get(f"/api/v1/microcosms/{place}", expect=403)

    send_csv(site.owner, f"mira@{site.key}.example,true", expect=200)
    mira.get(f"/api/v1/microcosms/{place}", expect=200)
    assert mira.get("/api/v1/whoami").data["member"] is True
    send_csv(site.owner, f"mira@{site.key}.example,false", expect=200)
    mira.get(f"/api/v1/microcosms/{place}", expect=403)


@pytest.mark.parametrize("text, yes, no", [
    ("a@{d},1\nb@{d},0", ["a"], ["b"]),
    ("a@{d},t\r\nb@{d},F\r\n", ["a"], ["b"]),
    ("a@{d},TRUE\rb@{d},false\r", ["a"], ["b"]),
    ("\ufeffa@{d},True\n", ["a"], []),
    ('"a@{d}","1"\n"b@{d}",0', ["a"], ["b"]),
    ('Ann <a@{d}>,1\n"Bo ""the"" B, <b@{d}>",1', ["a", "b"], []),
    (" a@{d} , 1 \n\n\nb@{d},1", ["a", "b"], []),
    ("a@{d},1,more\nb@{d},0,\n", ["a"], ["b"]),
    ('a@{d},1,"two\nlines"\nb@{d},0,x', ["a"], ["b"]),
    ("a@{d},1\n,1\nb@{d},\n<>,1\n", ["a"], []),
    ("a@{d},0\nA+x@{d},1\n", ["a"], []),
    ("a@{d},1\nA+x@{d},0\n", [], ["a"])])
def test_membership_by_csv(site, domain, text, yes, no):
    send_csv(site.owner, text.replace("{d}", domain), content_type="Text/CSV; charset=utf-8", expect=200)

    assert all(member_of(site, f"{name}@{domain}") is True for name in yes)
    assert all(member_of(site, f"{name}@{domain}") is False for name in no)
    assert site.sql("SELECT count(*) FROM microcosm.users WHERE canonical_email LIKE %s", f"%@{domain}") == [(len(yes) + len(no),)]


@pytest.mark.parametrize("text, place", [
    ("a@{d},1\nb@{d}\n", "line 2"), ("a@{d}\n", "line 1"), ("a@{d},1\nb@{d},1,x\n", "line 2"),
    ("a@{d},1\nb@{d},maybe\n", "line 2"), ("a@{d},1\nnobody,1\n", "line 2"), ('a@{d},1\n"b@{d},1\n', "line 2"),
    ('a@{d},1\nb"@{d},1\n', "line 2"), ('a@{d},1\n"b@{d}"x,1\n', "line 2"), ("a@{d},1\nx@y@z <,1\n", "line 2"),
    ("", "nobody"), ("\n\r\n", "nobody"), (",\n,\n", "nobody"), ("\ufeff", "nobody"),
    ("a@{d},1\n" + "x," * 200 + "\n", "line 2"), ("email,isMember\na@{d},1\n", "line 1"),
    (b"a@x.example,1\nb\xff@x.example,1\n", "UTF-8"), (b"a@x.example,1\nb\x00@x.example,1\n", "UTF-8"),
    (b"\xff\xfea\x00", "UTF-8")])
def test_bad_csv_is_refused_as_a_whole(site, domain, text, place):
    before = counts(site)

    reply = send_csv(site.owner, text if isinstance(text, bytes) else text.replace("{d}", domain), expect=400)

    assert place in reply.error[0]
    assert counts(site) == before


def test_each_bad_line_is_told(site, domain):
    reply = send_csv(site.owner, f"x,1\na@{domain},1\ny,1\nb@{domain},?\n", expect=400)
    assert "line 4" in reply.error[0] and "line 2" not in reply.error[0]
    reply = send_csv(site.owner, f"x,1\na@{domain},1\ny,1\n", expect=400)
    assert "line 1" in reply.error[0] and "line 3" in reply.error[0] and "line 2" not in reply.error[0]
    reply = send_csv(site.owner, "x,1\n" * 5000, expect=400)
    assert "line 100" in reply.error[0] and "line 101" not in reply.error[0]


@pytest.mark.parametrize("content_type", ["text/plain", "application/csv", "application/x-www-form-urlencoded", "text/csvs"])
def test_other_content_is_refused(site, content_type):
    send_csv(site.owner, "a@b.example,1", content_type=content_type, expect=400)


@pytest.mark.parametrize("body", [[], {}, [{}], [{"email": "a@b.example"}], [{"isMember": True}], [{"email": "a@b.example", "isMember": 1}],
                                  [{"email": "", "isMember": True}], [{"email": "x", "isMember": True}]])
def test_bad_json_is_refused(site, body):
    site.owner.post(BATCH, body, expect=400)


def test_ten_thousand_at_once(site, domain):
    emails = [f"m{n}@{domain}" for n in range(10000)]
    send_csv(site.owner, "".join(f"{email},{n % 2}\n" for n, email in enumerate(emails)), expect=200)

    assert site.sql("SELECT count(*), count(a.value_boolean) FROM microcosm.users u"
                    " JOIN microcosm.profiles p ON p.site_id = %s AND p.user_id = u.user_id"
                    " LEFT JOIN microcosm.attributes a ON a.site_id = p.site_id AND a.item_type = 3 AND a.item_id = p.profile_id"
                    " WHERE u.canonical_email LIKE %s", site.id, f"%@{domain}") == [(10000, 5000)]
    assert "10,000" in send_csv(site.owner, f"a@{domain},1\n" * 10001, expect=400).error[0]
    site.owner.post(BATCH, [{"email": email, "isMember": False} for email in emails[:1500]], expect=200)
    assert member_of(site, emails[1]) is False and member_of(site, emails[1501]) is True
    site.owner.post(BATCH, [{"email": email, "isMember": False} for email in emails + emails[:1]], expect=400)


def test_the_same_at_the_same_time(site, domain):
    """Several owners' browsers at once: each user is made once, and nobody is left out."""
    text = "".join(f"p{n}@{domain},1\n" for n in range(50))
    turned = "".join(f"p{n}@{domain},1\n" for n in reversed(range(50)))
    harness.parallel(lambda body: send_csv(site.owner, body, expect=200), [text, turned] * 4)

    assert site.sql("SELECT count(*) FROM microcosm.users WHERE canonical_email LIKE %s", f"%@{domain}") == [(50,)]
    assert all(member_of(site, f"p{n}@{domain}") is True for n in range(50))


def test_two_sites(site, other_site, domain):
    site.owner.post(USERS, [{"email": f"a@{domain}"}], expect=200)
    send_csv(other_site.owner, f"a@{domain},1", expect=200)

    assert member_of(site, f"a@{domain}") is False and member_of(other_site, f"a@{domain}") is True
    visitor = harness.Client(site.daemon, site.host, other_site.owner.token)
    send_csv(visitor, f"a@{domain},1", expect=403)


def test_new_users_and_profiles_are_audited(site, domain):
    def rows():
        return site.sql("SELECT item_type, action, count(*) FROM microcosm.audit WHERE site_id = %s AND item_type IN (3, 14)"
                        " GROUP BY 1, 2", site.id)

    before = {row[:2]: row[2] for row in rows()}
    send_csv(site.owner, f"a@{domain},1\nb@{domain},0", expect=200)
    after = {row[:2]: row[2] for row in rows()}
    assert {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key)} == {
        (14, "C"): 2, (3, "C"): 2, (3, "U"): 2}
