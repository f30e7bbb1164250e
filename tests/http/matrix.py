"""The world that the matrix of rules.py is tried in, and how one row of it is judged."""

import itertools

import psycopg2

import harness
import rules

PATHS = {kind: f"/api/v1/{kind}s/{{}}" for kind in ("microcosm", "conversation", "event", "poll", "comment")}
PATHS["parent"] = PATHS["microcosm"]
POLL = {"question": "Which one?", "choices": [{"choice": "This"}, {"choice": "That"}]}


class World:
    """A site with one of each of the people, and things made for the asking."""

    def __init__(self, daemon):
        self.site = harness.Site(daemon, owner="owner")
        self.abroad = harness.Site(daemon, title="Next door", owner="landlord")
        named = ("member", "author", "moderator", "keeper", "banned", "outlaw", "pardoned", "qualified", "attendee", "voter",
                 "founder", "participant", "left", "stranger", "landlord")
        self.people = {name: self.site.person(name) for name in named if name not in rules.FOREIGN}
        self.people["guest"] = self.site.guest
        self.people["owner"] = self.site.owner
        self.people["stranger"] = self.abroad.person("stranger")
        self.people["landlord"] = self.abroad.owner
        self.people["qualified"].put(f"/api/v1/profiles/{self.people['qualified'].profile_id}/attributes/crew",
                                     {"value": True}, expect=302)
        for name, expires in (("outlaw", "1 hour"), ("pardoned", "-1 second")):
            self.site.ban(self.people[name], expires)
        harness.wait_until(lambda: self.people["outlaw"].get("/api/v1/microcosms").status == 403, "the ban")
        self.shared = {}
        self.connection = psycopg2.connect(daemon.conninfo)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute(f"SET microcosm.site_id = '{self.site.id}'")

    def close(self):
        self.connection.close()
        self.site.close()
        self.abroad.close()

    def id_of(self, who):
        """Somebody's profile; the author's for guests, who have none."""
        return getattr(self.people[who], "profile_id", None) or self.people["author"].profile_id

    def microcosm(self, closed=False, parent=None):
        """A microcosm with its keeper, a moderator and somebody banned."""
        site = self.site
        microcosm = site.microcosm(parent=parent)
        self.cursor.execute("UPDATE microcosm.microcosms SET owned_by = %s WHERE site_id = %s AND microcosm_id = %s",
                            (self.people["keeper"].profile_id, site.id, microcosm))
        site.role(microcosm, "all", moderator=True, people=[self.people["moderator"]])
        site.role(microcosm, (), banned=True, people=[self.people["banned"]])
        if closed:
            site.role(microcosm, "all", criteria=[(0, None, "crew", "eq", True)])
        return microcosm

    def place(self, closed):
        """A microcosm that many things may share, as nothing is done to it."""
        if closed not in self.shared:
            self.shared[closed] = self.microcosm(closed)
        return self.shared[closed]

    def item(self, kind, microcosm):
        """An item of the author's. They might not be let in, so the owner makes it and hands it over.

        Nobody has read it yet, so no cache need hear of it.
        """
        site = self.site
        body = {"microcosmId": microcosm, "title": site.unique("Which knot is number"), **(POLL if kind == "poll" else {})}
        item = site.owner.post(f"/api/v1/{kind}s", body, expect=302).id
        self.cursor.execute("UPDATE microcosm.items SET created_by = %s WHERE site_id = %s AND item_id = %s",
                            (self.people["author"].profile_id, site.id, item))
        return item

    def make(self, kind, state):
        """A fresh thing in a state, with what is around it; returns ids by kind."""
        if kind == "huddle":
            return self.huddle(state)
        site = self.site
        closed = state == "closed"
        ids = {}
        if state == "below deleted":
            ids["parent"] = site.microcosm()
        if kind in ("microcosm", "role") or state.startswith("microcosm "):
            ids["microcosm"] = self.microcosm(closed, ids.get("parent"))
        else:
            ids["microcosm"] = self.place(closed)
        if kind not in ("microcosm", "role"):
            item_kind = kind if kind in rules.ITEMS else "conversation"
            ids[item_kind] = self.item(item_kind, ids["microcosm"])
        if kind == "comment":
            ids["comment"] = site.comment(ids["conversation"])
            self.cursor.execute("UPDATE microcosm.comments SET created_by = %s WHERE site_id = %s AND comment_id = %s",
                                (self.people["author"].profile_id, site.id, ids["comment"]))
        if kind == "role":
            self.role(ids)
            kind = "microcosm"
        else:
            self.furnish(kind, ids)
        hidden = {"deleted": kind, "moderated": kind, "microcosm deleted": "microcosm", "below deleted": "parent",
                  "microcosm moderated": "microcosm",
                  "item deleted": "conversation", "item moderated": "conversation"}.get(state)
        if hidden:
            site.owner.set_flag(PATHS[hidden].format(ids[hidden]), state.split()[-1], True, expect=200)
        return ids

    def furnish(self, kind, ids):
        """An attribute, somebody who comes, a vote: whatever the thing may have."""
        site, do, ids["attendee"] = self.site, self.cursor.execute, self.people["attendee"].profile_id
        if kind == "event":
            do("INSERT INTO microcosm.attendees (site_id, item_id, profile_id, rsvp, created_by)"
               " VALUES (%s, %s, %s, 'yes', %s)", (site.id, ids["event"], ids["attendee"], ids["attendee"]))
            do("UPDATE microcosm.events SET rsvp_attending = 1, attendee_count = 1 WHERE site_id = %s AND item_id = %s",
               (site.id, ids["event"]))
        if kind == "poll":
            do("UPDATE microcosm.poll_choices SET votes = 1, voter_count = 1 WHERE site_id = %s AND item_id = %s"
               " AND position = 1 RETURNING choice_id", (site.id, ids["poll"]))
            ids["choice"], = self.cursor.fetchone()
            do("INSERT INTO microcosm.poll_votes (site_id, item_id, profile_id, choice_id) VALUES (%s, %s, %s, %s)",
               (site.id, ids["poll"], self.people["voter"].profile_id, ids["choice"]))
            do("UPDATE microcosm.polls SET voter_count = 1 WHERE site_id = %s AND item_id = %s", (site.id, ids["poll"]))
        do("INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text)"
           " VALUES (%s, %s, %s, 'colour', 'blue')", (site.id, site.ITEM_TYPES[kind], ids[kind]))
        if kind == "comment":
            ids["file"] = self.file(f"{ids['comment']}1", kind, ids["comment"])
            ids["shown_file"] = self.file(f"{ids['comment']}2", "profile", self.people["author"].profile_id)
            do("UPDATE microcosm.comments SET attachment_count = 1 WHERE site_id = %s AND comment_id = %s", (site.id, ids["comment"]))

    def file(self, number, kind, number_of_thing):
        """The hash of a file, without bytes, that the author has attached to something."""
        self.cursor.execute("WITH file AS (INSERT INTO microcosm.files (sha256, sha1, byte_count, mime_type, is_stored, unused_since)"
                            " VALUES (lpad(%s, 64, '0'), lpad(%s, 40, '0'), 1, 'text/plain', true, NULL) RETURNING file_id)"
                            " INSERT INTO microcosm.attachments (site_id, item_type, item_id, file_id, profile_id, file_name, file_ext)"
                            " SELECT %s, %s, %s, file_id, %s, 'a.txt', 'txt' FROM file",
                            (number, number, self.site.id, self.site.ITEM_TYPES[kind], number_of_thing,
                             self.people["author"].profile_id))
        return number.rjust(40, "0")

    def huddle(self, state):
        """A huddle with a comment of each, which one of three has left, or two."""
        site, people = self.site, self.people
        huddle = people["founder"].post("/api/v1/huddles", {
            "title": site.unique("Mooring"), "isConfidential": state == "confidential",
            "participants": [{"id": self.id_of(who)} for who in ("participant", "left")]}, expect=302).id
        said = {who: site.comment(huddle, by=people[who], item_type="huddle") for who in ("participant", "left")}
        for who in ("left", "founder") if state == "abandoned" else ("left",):
            people[who].delete(f"/api/v1/huddles/{huddle}", expect=200)
        return {"huddle": huddle, "participant": self.id_of("participant"), "newcomer": self.id_of("voter"),
                "said": said["participant"], "said_by_left": said["left"]}

    def role(self, ids):
        """A banned role, which so changes nobody's rights, with somebody on its list and a criterion."""
        ids["role"] = self.site.role(ids["microcosm"], (), banned=True, people=[self.people["outlaw"]],
                                     criteria=[(0, None, "nobody", "eq", True)])
        self.cursor.execute("SELECT criterion_id FROM microcosm.role_criteria WHERE site_id = %s AND role_id = %s",
                            (self.site.id, ids["role"]))
        ids["criterion"], = self.cursor.fetchone()
        ids.update(listed=self.id_of("outlaw"), unlisted=self.id_of("voter"))

    def ready(self, kind, state):
        """A thing that many may ask for, as nothing is done to it."""
        key = kind, state
        if key not in self.shared:
            self.shared[key] = self.make(kind, state)
        return self.shared[key]


def all_sites(daemon, statement, *values):
    """Run a statement that no site's walls hold back."""
    connection = psycopg2.connect(daemon.conninfo)
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute("SET microcosm.site_id = '0'")
        cursor.execute(statement, values)
        daemon.forget_everything(connection)
    finally:
        connection.close()


def as_set(wanted):
    return wanted if isinstance(wanted, (set, frozenset)) else set(wanted) if isinstance(wanted, tuple) else {wanted}


def ask(world, rule, ids, who):
    """One request of the matrix."""
    ids = {**ids, "own": world.id_of(who)}
    body = rule.body(ids) if rule.body else None
    path = rule.path.format(**ids, attribute="colour")
    return world.people[who].request(rule.method, path, json_body=body)


def judge(world, rule, state):
    """All that is wrong with one row of the matrix.

    Those who are refused share a thing, whoever is let in to write gets a fresh one. What was refused must not have
    happened, and what was done must show in the rows.
    """
    wrong = []
    wanted = {who: as_set(rule.decide(who, state)) for who in rule.people}
    done = {who for who in rule.people if wanted[who] & {200, 302}} if rule.writes else set()

    def try_one(who, ids):
        reply = ask(world, rule, ids, who)
        if reply.status not in wanted[who]:
            wrong.append(f"by {rule.source}: {sorted(wanted[who])} for {who}; {reply}")
        if reply.status >= 400:
            wrong.extend(f"a refusal tells {who} of {word}" for word in ("Mooring", "Which knot", "Try a bowline", "colour")
                         if word.encode() in reply.body and word not in rule.path)
        return reply

    shared = world.ready(rule.kind, state)
    refused = [who for who in rule.people if who not in done]
    before = harness.dump(world.site) if rule.writes and refused else None
    for who in refused:
        try_one(who, shared)
    if before is not None:
        after = harness.dump(world.site)
        if after != before:
            wrong.append(f"refused to all, but done to {harness.changed(before, after)}")
    fresh = {who: world.make(rule.kind, state) for who in rule.people if who in done}
    before = harness.dump(world.site) if fresh else None
    for who, ids in fresh.items():
        reply = try_one(who, ids)
        after = harness.dump(world.site)
        difference, before = harness.changed(before, after), after
        nothing_to_do = rule.method == "DELETE" and (state.endswith("deleted") or who in rules.FOREIGN)
        if reply.status >= 400 and difference:
            wrong.append(f"refused to {who}, but done to {difference}")
        if reply.status < 400 and not difference and not nothing_to_do:
            wrong.append(f"answered {who} with {reply.status}, but nothing was done")
    return wrong


def rows_of(all_rules):
    """Rows of the matrix, and a name for each."""
    rows = list(itertools.chain.from_iterable(((rule, state) for state in rule.states) for rule in all_rules))
    return {"argnames": "rule, state", "argvalues": rows, "ids": [f"{rule.name}, {state}" for rule, state in rows]}
