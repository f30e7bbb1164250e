"""GET /permission: docs/http/permissions.md, "The algorithm", with roles put in by SQL."""

import pytest

import harness

PATH = "/api/v1/permission"
RIGHTS = "create read update delete closeOwn openOwn readOthers"
MEMBER = "create read closeOwn readOthers"


def rights(client, item_type=None, item_id=None, microcosm=None, **options):
    """What is true of a permission, in its order, as one text."""
    query = [f"{name}={value}" for name, value in
             (("itemType", item_type), ("itemId", item_id), ("microcosmId", microcosm)) if value is not None]
    data = client.get(PATH + ("?" + "&".join(query) if query else ""), expect=200, **options).data
    return " ".join(key for key, value in data.items() if value)


@pytest.fixture(scope="module")
def world(site, mira, tomas):
    """A microcosm with a moderator, an owner and somebody banned, and things of mira's in it."""
    class World:
        pass

    world = World()
    world.moderator, world.bare, world.keeper, world.banned = (
        site.person(name) for name in ("moderator", "bare", "keeper", "banned"))
    world.place = site.microcosm()
    site.sql("UPDATE microcosm.microcosms SET owned_by = %s WHERE site_id = %s AND microcosm_id = %s",
             world.keeper.profile_id, site.id, world.place)
    site.role(world.place, "all", moderator=True, people=[world.moderator])
    site.role(world.place, (), moderator=True, people=[world.bare])
    site.role(world.place, (), banned=True, people=[world.banned])
    world.child = site.microcosm(parent=world.place)
    world.conversation = site.conversation(world.place, by=mira)
    world.comment = site.comment(world.conversation, by=mira)
    world.deep = site.conversation(world.child, by=mira)
    world.biography = site.comment(mira.profile_id, by=mira, item_type="profile")
    return world


# The form of it


def test_has_twelve_booleans(site):
    data = site.guest.get(PATH, expect=200).data

    assert " ".join(data) == RIGHTS + " guest banned owner moderator siteOwner"


def test_without_a_type(site, mira, world):
    """Step 3."""
    assert rights(site.guest) == "guest"
    assert rights(mira) == ""
    assert rights(mira, microcosm=world.place) == ""
    assert rights(site.owner, microcosm=world.place) == "moderator siteOwner"
    assert rights(world.keeper, microcosm=world.place) == "moderator"


@pytest.mark.parametrize("name", ["site", "SITE", "Microcosm", "profile", "comment", "huddle", "conversation", "poll",
                                  "article", "event", "question", "classified", "album", "attendee", "user",
                                  "attribute", "update", "role", "update_type", "watcher", "auth", "attachment"])
def test_types_are_known_in_any_case(site, mira, name):
    for client in (site.guest, mira, site.owner):
        client.get(f"{PATH}?itemType={name}", expect=200)
        client.get(f"{PATH}?itemType={name}&itemId=888888888", expect=200)


@pytest.mark.parametrize("query",
                         ["itemType=nonsense", "itemType=5", "itemId=-1", "itemId=x", "itemId=1.5", "microcosmId=-1",
                                   "microcosmId=x", "itemType=conversation&itemId=99999999999999999999", "itemId=0x1",
                                   "itemType=%00", "itemId=1%00"])
def test_nonsense_is_refused(site, query):
    site.guest.get(f"{PATH}?{query}", expect=400)
    site.owner.get(f"{PATH}?{query}", expect=400)


@pytest.mark.parametrize("query", ["", "?itemId=0", "?microcosmId=0&itemId=0", "?other=1"])
def test_all_of_it_is_optional(site, query):
    site.guest.get(PATH + query, expect=200)


# The table of step 8


def test_site(site, mira):
    assert rights(site.guest, "site") == "read guest"
    assert rights(mira, "site") == "read"
    assert rights(site.owner, "site") == "create read update delete owner moderator siteOwner"


ITEMS = [
    # Who, in the microcosm itself, and for a conversation in it, and for a comment on that.
    ("guest", "read guest", "read guest", "read guest"),
    ("tomas", MEMBER, MEMBER, MEMBER),
    ("mira", MEMBER, "create read update closeOwn readOthers owner", "create read update closeOwn readOthers owner"),
    ("moderator", RIGHTS + " moderator", RIGHTS + " moderator", RIGHTS + " moderator"),
    ("bare", MEMBER + " moderator", MEMBER + " moderator", MEMBER + " moderator"),
    ("keeper", RIGHTS + " owner moderator", RIGHTS + " moderator", RIGHTS + " moderator"),
    ("banned", "banned", "banned", "banned"),
    ("owner", RIGHTS + " owner moderator siteOwner", RIGHTS + " moderator siteOwner", RIGHTS + " moderator siteOwner"),
]


def client_of(site, world, mira, tomas, who):
    return {"guest": site.guest, "mira": mira, "tomas": tomas, "owner": site.owner}.get(who) or getattr(world, who)


@pytest.mark.parametrize("who, microcosm, conversation, comment", ITEMS, ids=[item[0] for item in ITEMS])
def test_things_in_a_microcosm(site, mira, tomas, world, who, microcosm, conversation, comment):
    client = client_of(site, world, mira, tomas, who)

    # The owner of the site made the microcosm; whoever owns it is its owner just as well.
    assert rights(client, "microcosm", world.place) == microcosm
    assert rights(client, "conversation", world.conversation) == conversation
    assert rights(client, "comment", world.comment) == comment


@pytest.mark.parametrize("who", [item[0] for item in ITEMS if item[0] != "banned"])
def test_answers_carry_the_same_permissions(site, mira, tomas, world, who):
    client = client_of(site, world, mira, tomas, who)

    for item_type, path, number in (("microcosm", "microcosms", world.place),
                                    ("conversation", "conversations", world.conversation),
                                    ("comment", "comments", world.comment)):
        meta = client.get(f"/api/v1/{path}/{number}", expect=200).data["meta"]
        assert meta["permissions"] == client.get(f"{PATH}?itemType={item_type}&itemId={number}", expect=200).data


NEW = [("guest", "read guest"), ("mira", MEMBER), ("moderator", RIGHTS + " moderator"), ("bare", MEMBER + " moderator"),
       ("keeper", RIGHTS + " moderator"), ("banned", "banned"), ("owner", RIGHTS + " moderator siteOwner")]


@pytest.mark.parametrize("who, wanted", NEW, ids=[item[0] for item in NEW])
@pytest.mark.parametrize("item_type", ["conversation", "event", "poll"])
def test_a_thing_yet_to_be_made(site, mira, tomas, world, item_type, who, wanted):
    assert rights(client_of(site, world, mira, tomas, who), item_type, microcosm=world.place) == wanted


def test_what_is_inherited_and_what_is_not(site, mira, world):
    """Moderators and the banned are so below as well; the owner of a microcosm isn't."""
    assert rights(world.moderator, "microcosm", world.child) == RIGHTS + " moderator"
    assert rights(world.bare, "microcosm", world.child) == MEMBER + " moderator"
    assert rights(world.banned, "microcosm", world.child) == "banned"
    assert rights(world.banned, "conversation", world.deep) == "banned"
    assert rights(world.keeper, "microcosm", world.child) == MEMBER
    assert rights(world.keeper, "conversation", world.deep) == MEMBER


def test_a_banned_role_reaches_nowhere_else(site, world):
    assert rights(world.banned, "microcosm", site.root) == MEMBER
    assert rights(world.banned, "site") == "read"
    assert rights(world.banned, "profile", world.banned.profile_id) == "create read update owner"


def test_a_microcosm_given_by_mistake_is_corrected(site, mira, world):
    """Step 4 looks up the microcosm of comments, whatever was given."""
    closed = site.closed_microcosm()

    assert rights(mira, "comment", world.comment, microcosm=closed) == rights(mira, "comment", world.comment)


def test_owners_cannot_be_banned(site, world):
    role = site.role(world.place, (), banned=True, people=[site.owner, world.keeper])

    assert rights(site.owner, "microcosm", world.place) == RIGHTS + " owner moderator siteOwner"
    assert rights(world.keeper, "microcosm", world.place) == "banned", "only the site's own owner is exempt"
    site.drop_role(role)


def test_profile(site, mira, tomas):
    number = mira.profile_id

    assert rights(site.guest, "profile", number) == "read guest"
    assert rights(tomas, "profile", number) == "read"
    assert rights(mira, "profile", number) == "create read update owner"
    assert rights(site.owner, "profile", number) == "create read update delete moderator siteOwner"


def test_comment_on_a_profile(site, mira, tomas, world):
    number = world.biography

    assert rights(site.guest, "comment", number) == "read guest"
    assert rights(tomas, "comment", number) == "read"
    assert rights(mira, "comment", number) == "create read update delete owner"
    assert rights(site.owner, "comment", number) == "create read update delete moderator siteOwner"


def test_huddle(site, mira):
    assert rights(site.guest, "huddle") == "guest"
    assert rights(mira, "huddle").startswith("create")
    assert rights(mira, "huddle", 888888888) == ""
    assert "create" not in rights(site.owner, "huddle", 888888888), "no special access for the site's owner"


def test_unknown_things(site, mira):
    for item_type in ("conversation", "event", "poll", "microcosm"):
        assert rights(site.guest, item_type, 888888888) == "guest"
        assert rights(mira, item_type, 888888888) == ""
        assert "read" in rights(site.owner, item_type, 888888888)


def test_things_of_other_sites_are_unknown(site, other_site, mira):
    foreign = other_site.conversation(other_site.root)
    comment = other_site.comment(foreign)

    assert rights(mira, "conversation", foreign) == ""
    assert rights(mira, "microcosm", other_site.root) == ""
    assert rights(mira, "comment", comment) == ""
    assert rights(site.guest, "conversation", foreign) == "guest"


# What it says is what a write answers


class TestWrites:
    """In each of these, who may update is let in by PUT, and so on; moderators are where things live in a microcosm."""

    WHO = [item[0] for item in ITEMS] + ["stranger"]

    def can(self, client, item_type, item_id, verb, moderated=False):
        given = client.get(f"{PATH}?itemType={item_type}&itemId={item_id}", expect=200).data
        return given[verb] or (moderated and given["moderator"] and verb != "create")

    def check(self, client, verb, kind, number, method, path, body=None, moderated=True):
        allowed = self.can(client, kind, number, verb, moderated)
        reply = client.request(method, path, json_body=body)
        assert (reply.status != 403) == allowed, (client.name, verb, kind, path, reply.status, allowed)
        assert not allowed or reply.status < 400, (client.name, path, reply.status, reply.body)

    @pytest.fixture(scope="class")
    def clients(self, site, mira, tomas, world):
        named = {who: client_of(site, world, mira, tomas, who) for who in self.WHO if who != "stranger"}
        for who, client in named.items():
            client.name = who
        return {**named, "stranger": site.newcomer()}

    @pytest.mark.parametrize("who", WHO)
    def test_things_in_a_microcosm(self, site, mira, world, clients, who):
        client, reason = clients[who], {"meta": {"editReason": "to see"}}
        for kind, more in (("conversation", {}), ("event", {}), ("poll", {"question": "Which?", "choices": [{"choice": "a"}, {"choice": "b"}]})):
            path = f"/api/v1/{kind}s"
            number = mira.post(path, {"microcosmId": world.place, "title": "A thing", **more}, expect=302).id
            comment = site.comment(number, by=mira, item_type=kind)
            self.check(client, "create", kind, number, "POST", "/api/v1/comments",
                       {"itemType": kind, "itemId": number, "markdown": f"by {who}"})
            self.check(client, "update", kind, number, "PUT", f"{path}/{number}", {"title": "Another", **reason})
            self.check(client, "update", "comment", comment, "PUT", f"/api/v1/comments/{comment}", {"markdown": "Another"})
            self.check(client, "delete", "comment", comment, "DELETE", f"/api/v1/comments/{comment}")
            self.check(client, "delete", kind, number, "DELETE", f"{path}/{number}")
        place = site.microcosm(parent=world.place)
        self.check(client, "create", "microcosm", place, "POST", "/api/v1/conversations",
                   {"microcosmId": place, "title": f"By {who}"})
        self.check(client, "update", "microcosm", place, "PUT", f"/api/v1/microcosms/{place}", {"title": "Another", **reason})

    @pytest.mark.parametrize("who", ["guest", "author", "mate", "left", "stranger", "owner"])
    def test_things_in_a_huddle(self, site, who):
        author, mate, left, stranger = (site.newcomer() for _ in range(4))
        client = {"guest": site.guest, "author": author, "mate": mate, "left": left, "stranger": stranger,
                  "owner": site.owner}[who]
        huddle = author.post("/api/v1/huddles", {"title": "Psst", "participants": [
            {"id": mate.profile_id}, {"id": left.profile_id}]}, expect=302).id
        comments = [site.comment(huddle, by=person, item_type="huddle") for person in (author, mate, left)]
        left.delete(f"/api/v1/huddles/{huddle}", expect=200)

        for comment in comments:
            allowed = self.can(client, "comment", comment, "update")
            reply = client.put(f"/api/v1/comments/{comment}", {"markdown": "Another"})
            assert (reply.status == 302) == allowed, (who, reply.status, allowed)
            reply = client.get(f"/api/v1/comments/{comment}")
            assert (reply.status == 200) == self.can(client, "comment", comment, "read"), (who, reply.status)
        allowed = self.can(client, "huddle", huddle, "create")
        reply = client.post("/api/v1/comments", {"itemType": "huddle", "itemId": huddle, "markdown": f"by {who}"})
        assert (reply.status == 302) == allowed, (who, reply.status, allowed)

    @pytest.mark.parametrize("who", ["guest", "self", "tomas", "owner"])
    def test_profiles(self, site, tomas, who):
        person = site.newcomer()
        client = {"guest": site.guest, "self": person, "tomas": tomas, "owner": site.owner}[who]
        client.name = who
        self.check(client, "update", "profile", person.profile_id, "PUT", f"/api/v1/profiles/{person.profile_id}",
                   {"profileName": person.name}, moderated=False)
        comment = site.comment(person.profile_id, by=person, item_type="profile")
        self.check(client, "update", "comment", comment, "PUT", f"/api/v1/comments/{comment}", {"markdown": "Another"},
                   moderated=False)
        self.check(client, "delete", "comment", comment, "DELETE", f"/api/v1/comments/{comment}", moderated=False)


# Applicable roles


class TestRoles:
    def test_the_first_regular_role_replaces_what_was_inherited(self, site, mira):
        outer = site.microcosm()
        inner = site.microcosm(parent=outer)
        assert rights(mira, "microcosm", inner) == MEMBER

        role = site.role(outer, ("read",), users=True)
        assert rights(mira, "microcosm", outer) == rights(mira, "microcosm", inner) == "read"
        assert rights(site.guest, "microcosm", inner) == "guest", "the guests' role was replaced as well"
        own = site.role(inner, ("create",), users=True)
        assert rights(mira, "microcosm", inner) == "create"
        site.drop_role(own)
        assert rights(mira, "microcosm", inner) == "read"
        site.drop_role(role)
        assert rights(mira, "microcosm", inner) == MEMBER

    def test_moderator_and_banned_roles_replace_nothing(self, site, mira, tomas):
        place = site.microcosm()
        site.role(place, ("update",), moderator=True, people=[tomas])
        site.role(place, (), banned=True, people=[site.newcomer()])

        assert rights(mira, "microcosm", place) == MEMBER
        assert rights(tomas, "microcosm", place) == "create read update closeOwn readOthers moderator"

    def test_roles_add_up(self, site, mira):
        place = site.microcosm()
        site.role(place, ("read",), users=True)
        site.role(place, ("close_own", "open_own"), people=[mira])
        site.role(place, ("delete",), people=[site.newcomer()])

        assert rights(mira, "microcosm", place) == "read closeOwn openOwn"

    def test_guests_and_members_are_apart(self, site, mira):
        place = site.microcosm()
        role = site.role(place, ("read", "create"), guests=True)

        assert rights(site.guest, "microcosm", place) == "read guest", "what is written needs a profile"
        assert rights(mira, "microcosm", place) == ""
        site.drop_role(role)
        role = site.role(place, "all", guests=True, moderator=True)
        conversation = site.conversation(place)
        comment = site.comment(conversation)
        assert rights(site.guest, "conversation", conversation) == "read readOthers guest"
        flags = [{"op": "replace", "path": "/meta/flags/open", "value": False}]
        edit = {"title": "Mine", "markdown": "Mine", "description": "Mine", "meta": {"editReason": "Mine"}}
        for path, body in (("conversations", {"title": "Mine"}), ("microcosms", {"title": "Mine", "description": "x"}),
                           ("comments", {"itemType": "conversation", "itemId": conversation, "markdown": "Mine"})):
            site.guest.post(f"/api/v1/{path}", {**body, "microcosmId": place, "parentId": place}, expect=403)
        for path in (f"conversations/{conversation}", f"microcosms/{place}", f"comments/{comment}"):
            site.guest.put(f"/api/v1/{path}", edit, expect=403)
            site.guest.delete(f"/api/v1/{path}", expect=403)
        for path in (f"conversations/{conversation}", f"microcosms/{place}"):
            site.guest.patch(f"/api/v1/{path}", flags, expect=403)
        site.drop_role(role)
        site.role(place, ("read",), users=True)
        assert rights(site.guest, "microcosm", place) == "guest"
        assert rights(mira, "microcosm", place) == "read"

    def test_the_owner_cannot_be_banned(self, daemon):
        site = harness.Site(daemon)
        site.ban(site.owner)
        harness.wait_until(lambda: site.owner.get("/api/v1/whoami").status == 200, "the ban")

        assert site.owner.get("/api/v1/whoami", expect=200).data["meta"]["permissions"]["banned"] is False
        place = site.microcosm()
        assert "update" in rights(site.owner, "microcosm", place) and "banned" not in rights(site.owner, "microcosm", place)
        site.owner.get("/api/v1/profiles", expect=200)
        site.conversation(place)
        site.close()

    def test_an_empty_role_shuts_all_out_but_owners(self, site, mira):
        place = site.microcosm()
        site.role(place, "all")

        assert rights(mira, "microcosm", place) == ""
        assert rights(site.guest, "microcosm", place) == "guest"
        assert "read" in rights(site.owner, "microcosm", place)

    def test_roles_without_a_microcosm_never_apply(self, site, mira, microcosm):
        site.role(None, "all", users=True, guests=True, moderator=True)

        assert rights(mira, "microcosm", microcosm) == MEMBER
        assert rights(site.guest, "microcosm", microcosm) == "read guest"

    def test_an_author_keeps_some_rights_without_any_role(self, site, mira):
        place = site.microcosm()
        conversation = site.conversation(place, by=mira)
        comment = site.comment(conversation, by=mira)
        site.role(place, ())

        assert rights(mira, "conversation", conversation) == "create read update owner"
        assert rights(mira, "comment", comment) == "create read update owner"
        assert rights(mira, "microcosm", place) == ""
        mira.get(f"/api/v1/conversations/{conversation}", expect=200)
        mira.get(f"/api/v1/comments/{comment}", expect=200)
        mira.get(f"/api/v1/microcosms/{place}", expect=403)

    def test_a_ban_goes_before_all_else(self, site, mira):
        place = site.microcosm()
        conversation = site.conversation(place, by=mira)
        site.role(place, "all", moderator=True, people=[mira])
        site.role(place, (), banned=True, people=[mira])

        assert rights(mira, "conversation", conversation) == "banned"
        mira.get(f"/api/v1/conversations/{conversation}", expect=403)
        mira.get(f"/api/v1/microcosms/{place}", expect=403)

    def test_a_ban_of_all_members(self, site, mira):
        place = site.microcosm()
        site.role(place, (), banned=True, users=True)

        assert rights(mira, "microcosm", place) == "banned"
        assert rights(site.guest, "microcosm", place) == "read guest"
        assert "siteOwner" in rights(site.owner, "microcosm", place)

    def test_a_ban_on_the_root_hides_all_content(self, daemon):
        site = harness.Site(daemon)
        person = site.person("mallory")
        site.role(site.root, (), banned=True, people=[person])
        conversation = site.conversation(site.root)

        person.get("/api/v1/microcosms", expect=403)
        person.get(f"/api/v1/conversations/{conversation}", expect=403)
        assert person.get("/api/v1/microcosms/tree", expect=200).data == []
        assert person.get("/api/v1/conversations", expect=200).data["conversations"]["items"] == []
        person.get("/api/v1/site", expect=200)
        person.get("/api/v1/profiles", expect=200)
        person.get("/api/v1/profiles/options", expect=200)
        assert person.get("/api/v1/whoami", expect=200).data["meta"]["permissions"]["banned"] is False
        site.close()


# Criteria


class TestCriteria:
    @pytest.fixture(scope="class")
    def anna(self, site):
        """Somebody with 3 conversations, 5 comments, 40 days and a few attributes."""
        anna = site.person("Anna")
        place = site.microcosm()
        for _ in range(3):
            site.conversation(place, by=anna)
        conversation = site.conversation(place)
        for _ in range(5):
            site.comment(conversation, by=anna)
        site.sql("UPDATE microcosm.profiles SET created = created - interval '40 days 3 hours', gender = 'female'"
                 " WHERE site_id = %s AND profile_id = %s", site.id, anna.profile_id)
        for key, column, value in (("team", "value_text", "Red Sails"), ("score", "value_number", 7.5),
                                   ("is_member", "value_boolean", True)):
            site.sql(f"INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, {column})"
                     " VALUES (%s, 3, %s, %s, %s)", site.id, anna.profile_id, key, value)
        return anna

    def holds(self, site, client, *criteria, **options):
        """Whether a role of these criteria lets somebody read."""
        place = site.microcosm()
        site.role(place, ("read",), criteria=criteria, **options)
        return "read" in rights(client, "microcosm", place).split()

    @pytest.mark.parametrize("column, predicate, value, wanted", [
        ("itemCount", "eq", 3, True), ("itemCount", "eq", 4, False), ("itemCount", "ne", 3, False),
        ("itemCount", "ne", 4, True), ("itemCount", "lt", 4, True), ("itemCount", "lt", 3, False),
        ("itemCount", "le", 3, True), ("itemCount", "le", 2, False), ("itemCount", "ge", 3, True),
        ("itemCount", "ge", 4, False), ("itemCount", "gt", 2, True), ("itemCount", "gt", 3, False),
        ("commentCount", "ge", 5, True), ("commentCount", "ge", 6, False), ("commentCount", "ge", "5", True),
        ("commentCount", "ge", "10", False), ("commentCount", "gt", "-1", True),
        ("created", "ge", 40, True), ("created", "gt", 40, False), ("created", "eq", 40, True),
        ("created", "lt", 41, True),
        ("created", "lt", 40, False), ("created", "ne", 40, False), ("created", "ge", "40", True),
        ("profileName", "eq", "anna", True), ("profileName", "eq", "ANNA", True), ("profileName", "eq", "ann", False),
        ("profileName", "ne", "anna", False), ("profileName", "ne", "ann", True), ("profileName", "substr", "NN", True),
        ("profileName", "substr", "x", False), ("profileName", "nsubstr", "nn", False),
        ("profileName", "nsubstr", "x", True),
        ("profileName", "substr", "%", False), ("profileName", "substr", "_", False),
        ("email", "substr", ".EXAMPLE", True), ("email", "substr", "nowhere", False),
        ("email", "nsubstr", "nowhere", True),
        ("gender", "eq", "Female", True), ("gender", "ne", "male", True), ("gender", "substr", "male", True),
        ("isBanned", "eq", False, True), ("isBanned", "eq", True, False), ("isBanned", "ne", True, True),
        ("isBanned", "ne", False, False),
    ])
    def test_columns(self, site, anna, column, predicate, value, wanted):
        assert self.holds(site, anna, (0, column, None, predicate, value)) is wanted

    @pytest.mark.parametrize("predicate, wanted",
                             [("eq", True), ("ne", False), ("le", True), ("lt", False), ("ge", True)])
    def test_the_id(self, site, anna, predicate, wanted):
        assert self.holds(site, anna, (0, "id", None, predicate, anna.profile_id)) is wanted

    @pytest.mark.parametrize("key, predicate, value, wanted", [
        ("team", "eq", "Red Sails", True), ("team", "eq", "red sails", False), ("team", "ne", "Blue", True),
        ("team", "ne", "Red Sails", False), ("team", "substr", "SAIL", True), ("team", "substr", "x", False),
        ("team", "nsubstr", "sail", False), ("team", "nsubstr", "x", True),
        ("score", "eq", 7.5, True), ("score", "ne", 7.5, False), ("score", "lt", 8, True), ("score", "lt", 7.5, False),
        ("score", "le", 7.5, True), ("score", "ge", 7.5, True), ("score", "gt", 7.5, False), ("score", "gt", 7, True),
        ("is_member", "eq", True, True), ("is_member", "eq", False, False), ("is_member", "ne", False, True),
        ("team", "eq", 7.5, False), ("score", "eq", "7.5", False), ("is_member", "eq", "true", False),
        ("missing", "eq", "x", False), ("missing", "ne", "x", True), ("missing", "nsubstr", "x", True),
        ("missing", "substr", "x", False), ("missing", "gt", 0, False), ("missing", "eq", True, False),
    ])
    def test_attributes(self, site, anna, key, predicate, value, wanted):
        assert self.holds(site, anna, (0, None, key, predicate, value)) is wanted

    def test_without_gender_nothing_about_it_holds(self, site, mira):
        for predicate in ("eq", "ne", "substr", "nsubstr"):
            assert self.holds(site, mira, (0, "gender", None, predicate, "male")) is False

    def test_all_of_a_group_must_hold(self, site, anna):
        yes, no = (0, "itemCount", None, "ge", 1), (0, "commentCount", None, "ge", 99)

        assert self.holds(site, anna, yes) is True
        assert self.holds(site, anna, yes, no) is False

    def test_groups_are_alternatives(self, site, anna):
        yes, no, also_no = ((group, "commentCount", None, "ge", value) for group, value in ((1, 1), (2, 99), (-1, 98)))

        assert self.holds(site, anna, no, yes) is True
        assert self.holds(site, anna, no, also_no) is False

    def test_without_criteria_nobody_is_meant(self, site, anna):
        assert self.holds(site, anna) is False

    def test_people_by_name_stay_members(self, site, anna, mira):
        assert self.holds(site, mira, (0, "commentCount", None, "ge", 99), people=[mira]) is True

    def test_guests_are_kept(self, site):
        assert self.holds(site, site.guest, (0, "commentCount", None, "ge", 99), guests=True) is True

    def test_guests_match_no_criterion(self, site):
        for criterion in ((0, "commentCount", None, "ge", 0), (0, "isBanned", None, "ne", True),
                          (0, None, "x", "ne", "y")):
            assert self.holds(site, site.guest, criterion) is False

    @pytest.mark.parametrize("column, value", [("commentCount", "many"), ("created", "yesterday"), ("id", ""),
                                               ("itemCount", "1e9999"), ("commentCount", "5x"),
                                               ("isBanned", "perhaps")])
    def test_a_broken_criterion_matches_nobody_and_harms_nobody(self, site, anna, mira, column, value):
        place = site.microcosm()
        site.role(place, ("read",), criteria=[(0, column, None, "ge" if column != "isBanned" else "eq", value)])
        site.role(place, ("read", "create"), people=[mira])

        assert rights(anna, "microcosm", place) == ""
        assert rights(mira, "microcosm", place) == "create read"
        assert "siteOwner" in rights(site.owner, "microcosm", place)

    def test_they_follow_what_happens(self, site):
        person = site.newcomer()
        place = site.microcosm()
        site.role(place, ("read",), criteria=[(0, "commentCount", None, "ge", 1)])
        conversation = site.conversation(site.root)
        assert rights(person, "microcosm", place) == ""

        site.comment(conversation, by=person)

        assert rights(person, "microcosm", place) == "read"

    def test_they_can_ban(self, site, anna, mira):
        place = site.microcosm()
        site.role(place, (), banned=True, criteria=[(0, "profileName", None, "eq", "anna")])

        assert rights(anna, "microcosm", place) == "banned"
        assert rights(mira, "microcosm", place) == MEMBER


class TestWhy:
    """?why=true: which role, criterion or state has decided each of them."""

    RIGHTS = {"create", "read", "update", "delete", "closeOwn", "openOwn", "readOthers"}

    def why(self, client, **about):
        query = "&".join(f"{key}={value}" for key, value in {**about, "why": "true"}.items())
        data = client.get(f"/api/v1/permission?{query}", expect=200).data
        reasons = data.pop("why")
        plain = client.get(f"/api/v1/permission?{query.replace('why=true', 'why=false')}", expect=200).data
        assert data == plain and "why" not in plain
        told = {name for reason in reasons for name in reason["decides"]}
        assert self.RIGHTS <= told and {name for name, yes in data.items() if yes and name != "guest"} <= told
        for reason in reasons:  # one either gives what it names, or says that nothing does
            assert {data[name] for name in reason["decides"]} == {not reason["reason"].startswith("no, ")}, reasons
        return {name: [r["reason"] for r in reasons if name in r["decides"]] for name in told}

    def test_a_role_with_the_way_into_it(self, site, mira):
        place = site.microcosm()
        listed = site.role(place, ("read", "create"), people=[mira])
        matching = site.role(place, ("read",), criteria=[(0, "profileName", None, "eq", "nobody"),
                                                         (1, "profileName", None, "eq", mira.name),
                                                         (1, "commentCount", None, "ge", 0)])
        criteria = [str(number) for number, in site.sql(
            "SELECT criterion_id FROM microcosm.role_criteria WHERE site_id = %s AND role_id = %s AND or_group = 1"
            " ORDER BY criterion_id", site.id, matching)]

        reasons = self.why(mira, itemType="microcosm", itemId=place)

        assert reasons["create"] == [f"member of role {listed} of microcosm {place}, which lists the profile"]
        assert reasons["read"] == [reasons["create"][0], f"member of role {matching} of microcosm {place},"
                                                         f" by criteria {', '.join(criteria)}"]
        assert reasons["delete"][0].startswith("no, ")

    def test_states(self, site, mira, conversation):
        assert self.why(mira, itemType="conversation", itemId=conversation)["update"] == [
            "authors may go on with what they have made"]
        assert "the site's owner" in self.why(site.owner, itemType="conversation", itemId=conversation)["delete"][0]
        assert "guests" in self.why(site.guest, itemType="conversation", itemId=conversation)["create"][0]
        self.why(site.owner, itemType="site")
        self.why(mira, itemType="profile", itemId=mira.profile_id)
        self.why(mira)

    def test_bans(self, site):
        person = site.newcomer()
        place = site.microcosm()
        role = site.role(place, (), banned=True, criteria=[(0, "profileName", None, "eq", person.name)])

        reasons = self.why(person, itemType="microcosm", itemId=place)
        assert reasons["banned"][0].startswith(f"member of role {role} of microcosm {place}, by criteria ")
        assert reasons["read"] == ["no, as the actor is banned"]

    def test_unknown_things_are_like_those_that_one_may_not_read(self, site, mira):
        place = site.closed_microcosm()
        conversation = site.conversation(place)
        comment = site.comment(conversation)

        for client in (mira, site.guest):
            for kind, number in (("microcosm", place), ("conversation", conversation), ("comment", comment)):
                known = client.get(f"/api/v1/permission?itemType={kind}&itemId={number}&why=true", expect=200)
                unknown = client.get(f"/api/v1/permission?itemType={kind}&itemId=888888888&why=true", expect=200)
                assert known.body == unknown.body
