"""Who may do what: a small model of docs/http, for test_authorisation.py to compare with.

It is written from the prose and tables of docs/http alone and knows nothing of the library. Every
rule names where it comes from:
  C  conventions.md: C3 methods, C5 statuses and errors, C12 PATCH, C14 permissions, C16 counters,
     C18 and C20 deleted, moderated and closed
  U  conventions.md: U4 the ban list, in "Credentials"
  M  microcosms.md, V conversations.md, K comments.md, P profiles.md, S sites.md, I system.md, G legal.md,
     N out.md
  R  permissions.md, "The algorithm"
  Y  users.md
  E  events.md, O polls.md, H huddles.md, L roles.md, A attributes.md, F files.md, B bans.md, Q tokens.md, sign-in.md, T audit.md,
  N calendars.md, D geocode.md, W watchers.md, J updates.md
A set of several statuses stands where docs/http leaves it open, or names two.

The people: all but the guest have a profile.
  guest, member      nobody in particular
  author             wrote the conversations and comments in question; a member otherwise
  moderator          in a moderator role of the microcosm with all rights ticked
  keeper             owns the microcosm
  owner              owns the site
  banned             in a banned role of the microcosm
  outlaw             on the site's ban list
  pardoned           was on it until the ban expired; a member otherwise
  qualified          in the regular role of closed microcosms by a criterion; a member otherwise
  attendee, voter    comes to the events, has voted in the polls; members otherwise
  founder, participant, left   began the huddles, takes part in them, has left them; members otherwise
  stranger, landlord member and owner of another site, asking there for things of this one
"""

PEOPLE = ("guest", "member", "author", "moderator", "keeper", "owner", "banned", "outlaw", "pardoned", "qualified",
          "stranger", "landlord")
HUDDLERS = ("founder", "participant", "left")
PARTAKERS = {"event": ("attendee",), "poll": ("voter",)}  # of things of a kind, on each of its routes
FOREIGN = ("stranger", "landlord")

# States of a thing. "closed" is normal, but in a microcosm whose only regular role has no members but by a criterion.
# "below deleted" is in a deleted microcosm, which keeper and moderator do not moderate.
SINGLE_STATES = ("normal", "deleted", "moderated", "closed")
MICROCOSM_STATES = SINGLE_STATES + ("below deleted",)
ITEM_STATES = SINGLE_STATES + ("microcosm deleted", "microcosm moderated")
COMMENT_STATES = ITEM_STATES + ("item deleted", "item moderated")

ITEMS = ("conversation", "event", "poll")

ALL = {"create", "read", "update", "delete"}


def is_hidden(state):
    return state not in ("normal", "closed")


def is_moderator(who):
    """R, step 6 and 7: the site's owner, the microcosm's owner, members of a moderator role."""
    return who in ("owner", "keeper", "moderator")


def may_undo(who, state):
    """C18: who moderates each microcosm that is hidden reads what is in it, and brings it back."""
    return who == "owner" if state == "below deleted" else is_moderator(who)


def rights(who, kind, state):
    """R, "Effective permission", for who is on this site and not banned from all of it."""
    if who == "banned":
        return set()                                    # step 5
    if who in ("owner", "keeper"):
        return set(ALL)                                 # step 8, "super"
    if state == "closed":
        given = set(ALL) if who == "qualified" else set()   # a first regular role replaces what is inherited
    else:
        given = {"read"} if who == "guest" else {"create", "read"}   # "Roles of a new site"
    if who == "moderator":
        given |= ALL                                    # moderator roles apply always
    if who == "author" and kind in (*ITEMS, "comment"):
        given |= {"create", "read", "update"}           # step 8: the owner of an item or comment
    return given


def unknown(who, kind):
    """C5, "403 versus 404": ids of another site are unknown ones."""
    if kind == "comment":
        return {403}                                    # K: for everyone
    return {404} if who == "landlord" else {403}


def reading(who, kind, state, success):
    """Status of a GET. C5; C18: hidden things are there for those who may bring them back."""
    if who == "outlaw":
        return {403}                                    # U, rule 4
    if who in FOREIGN:
        return unknown(who, kind)
    if "read" not in rights(who, kind, state):
        return {403, 404} if is_hidden(state) else {403}
    if is_hidden(state):
        return {success} if may_undo(who, state) else {404}
    return {success}


def loaded_first(who, kind, state, right, success):
    """Status of a PUT, which loads the thing before it asks for rights (C5)."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return {404}
    given = rights(who, kind, state)
    if is_hidden(state):
        if may_undo(who, state) and "moderated" in state:
            return {success, 404}                       # C20 speaks of reading one only
        return {404} if "read" in given else {403, 404}
    return {success} if right in given else {403}


def patching(who, kind, state, allowed):
    """Status of a PATCH of one flag on something that is not hidden. C12."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return unknown(who, kind)
    return {200} if allowed(who) and "update" in rights(who, kind, state) else {403}


def restoring(who, kind, state):
    """Status of a PATCH that takes deleted or moderated off again. C20: moderators may."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return unknown(who, kind)
    return {200} if may_undo(who, state) else {403, 404}


def deleting(who, kind, state):
    """Status of a DELETE. C5, last paragraph but two; C14: a role or moderator, never the author."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        # An unknown item can be deleted by who has rights, which the landlord has at home.
        return {200, 404} if who == "landlord" and kind in ITEMS else unknown(who, kind)
    if "delete" in rights(who, kind, state):
        if not is_hidden(state):
            return {200}
        if kind == "microcosm":
            return {404} if state == "deleted" else {200, 404}
        return {200} if state in ("deleted", "moderated") else {200, 404}
    return {403, 404} if is_hidden(state) else {403}


def creating_inside(who, kind, state):
    """Status of a POST of an item into a microcosm, or of a comment on an item."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        if kind in ITEMS:
            return {403, 404}                           # K: must exist (404); C5 says 403
        return unknown(who, kind)                       # V: unknown microcosmId
    given = rights(who, kind, state)
    if is_hidden(state):
        refused = {404} if kind in ITEMS else {400, 403, 404}   # K: 404; V says nothing
        if may_undo(who, state) and "moderated" in state:
            return refused | {302}
        return refused if "create" in given else refused | {403}
    return {302} if "create" in given else {403}


def creating_microcosm(who, state):
    """Status of a POST of a microcosm under another. M, note 1: only the site's owner by default."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return {400, 404} if who == "landlord" else {400, 403, 404}
    if who == "owner":
        return {400, 404} if state.endswith("deleted") else {302, 400, 404} if state == "moderated" else {302}
    return {403} if not is_hidden(state) else {400, 403, 404}


class Rule:
    """One route and method, the states it is tried in, and what it answers whom."""

    def __init__(self, source, method, path, states, decide, body=None, kind=None, people=None, name=""):
        self.name = f"{method} {path}{name and ' ' + name}"
        self.source = source
        self.method = method
        self.path = path            # placeholders are ids of what has to be there; {own} is the caller's profile
        self.states = states
        self.decide = decide        # (who, state) -> set of statuses
        self.body = body            # (ids) -> JSON, or None
        self.kind = kind            # what has to be there: World.make() makes it
        self.people = people or (*PEOPLE, *PARTAKERS.get(kind, ()))

    @property
    def writes(self):
        return self.method not in ("GET", "HEAD", "OPTIONS")


def flag(name, value):
    return lambda ids: [{"op": "replace", "path": f"/meta/flags/{name}", "value": value}]


def edit(**fields):
    return lambda ids: {**fields, "meta": {"editReason": "a reason"}}


def things(kind, path, states):
    """The rules that all things of a kind share."""
    rules = [Rule("C3 C5 C14 C18", method, path, states, lambda who, state: reading(who, kind, state, 200), kind=kind)
             for method in ("GET", "HEAD")]
    rules.append(Rule("C3 U4", "OPTIONS", path, ("normal", "deleted", "closed"),
                      lambda who, state: {403} if who == "outlaw" else {200}, kind=kind))
    rules.append(Rule("C5 C14 C16", "DELETE", path, states, lambda who, state: deleting(who, kind, state), kind=kind))
    rules.append(Rule("C5", "PUT", path, states, lambda who, state: loaded_first(who, kind, state, "update", 302),
                      body=(lambda ids: {"markdown": "Edited"}) if kind == "comment" else edit(title="Edited"), kind=kind))
    for name in ("deleted", "moderated"):
        rules.append(Rule("C12", "PATCH", path, ("normal", "closed"),
                          lambda who, state: patching(who, kind, state, is_moderator),
                          body=flag(name, True), kind=kind, name=f"{name}=true"))
        rules.append(Rule("C20", "PATCH", path, (name,), lambda who, state: restoring(who, kind, state),
                          body=flag(name, False), kind=kind, name=f"{name}=false"))
    if kind == "comment":
        return rules
    rules.append(Rule("C12", "PATCH", path, ("normal", "closed"),
                      lambda who, state: patching(who, kind, state, is_moderator),
                      body=flag("sticky", True), kind=kind, name="sticky"))
    rules.append(Rule("C12", "PATCH", path, ("normal", "closed"),
                      lambda who, state: patching(
                          who, kind, state, lambda who: is_moderator(who) or (kind in ITEMS and who == "author")),
                      body=flag("open", False), kind=kind, name="open"))
    return rules


def items(kind, **fields):
    """The rules that conversations, events and polls share. fields: what a new one needs besides its title."""
    path = f"/api/v1/{kind}s/{{{kind}}}"
    rules = things(kind, path, ITEM_STATES)
    rules += [Rule("V", "GET", f"{path}/{name}", ITEM_STATES, lambda who, state: reading(who, kind, state, 307), kind=kind)
              for name in ("lastcomment", "newcomment")]
    rules.append(Rule("V", "POST", f"/api/v1/{kind}s", MICROCOSM_STATES,
                      lambda who, state: creating_inside(who, "microcosm", state),
                      body=lambda ids: {"title": "A new one", "microcosmId": ids["microcosm"], **fields},
                      kind="microcosm"))
    rules.append(Rule("K", "POST", "/api/v1/comments", ITEM_STATES, lambda who, state: creating_inside(who, kind, state),
                      body=lambda ids: {"itemType": kind, "itemId": ids[kind], "markdown": "New"}, kind=kind,
                      name=f"on {kind}"))
    return rules


def content():
    """Microcosms, conversations, comments."""
    comment = "/api/v1/comments/{comment}"
    rules = things("microcosm", "/api/v1/microcosms/{microcosm}", MICROCOSM_STATES)
    rules += items("conversation")
    rules += things("comment", comment, COMMENT_STATES)
    rules += [Rule("K", method, f"{comment}/incontext", COMMENT_STATES,
                   lambda who, state: reading(who, "comment", state, 307), kind="comment") for method in ("GET", "HEAD")]
    rules.append(Rule("M", "POST", "/api/v1/microcosms", MICROCOSM_STATES, creating_microcosm,
                      body=lambda ids: {"title": "Below", "description": "x", "parentId": ids["microcosm"]},
                      kind="microcosm"))
    return rules
