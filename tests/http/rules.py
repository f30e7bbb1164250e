"""Who may do what: a small model of docs/http, for test_authorisation.py to compare with.

It is written from the prose and tables of docs/http alone and knows nothing of the library. Every
rule names where it comes from:
  C  conventions.md: C3 methods, C5 statuses and errors, C12 PATCH, C14 permissions, C16 counters,
     C18 and C20 deleted, moderated and closed
  U  conventions.md: U4 the ban list, in "Credentials"
  M  microcosms.md, V conversations.md, K comments.md, P profiles.md, S sites.md, I system.md, L legal.md
  R  permissions.md, "The algorithm"
A set of several statuses stands where docs/http leaves it open, or names two.

The people: all but the guest have a profile.
  guest, member      nobody in particular
  author             wrote the conversations and comments in question; a member otherwise
  moderator          in a moderator role of the microcosm with all rights ticked
  keeper             owns the microcosm
  owner              owns the site
  banned             in a banned role of the microcosm
  outlaw             on the site's ban list
  stranger, landlord member and owner of another site, asking there for things of this one
"""

PEOPLE = ("guest", "member", "author", "moderator", "keeper", "owner", "banned", "outlaw", "stranger", "landlord")
FOREIGN = ("stranger", "landlord")

# States of a thing. "closed" is normal, but in a microcosm whose only regular role has no members.
MICROCOSM_STATES = ("normal", "deleted", "moderated", "closed")
CONVERSATION_STATES = MICROCOSM_STATES + ("microcosm deleted", "microcosm moderated")
COMMENT_STATES = CONVERSATION_STATES + ("item deleted", "item moderated")

ALL = {"create", "read", "update", "delete"}


def is_hidden(state):
    return state not in ("normal", "closed")


def is_moderator(who):
    """R, step 6 and 7: the site's owner, the microcosm's owner, members of a moderator role."""
    return who in ("owner", "keeper", "moderator")


def rights(who, kind, state):
    """R, "Effective permission", for who is on this site and not banned from all of it."""
    if who == "banned":
        return set()                                    # step 5
    if who in ("owner", "keeper"):
        return set(ALL)                                 # step 8, "super"
    if state == "closed":
        given = set()                                   # a first regular role replaces what is inherited
    else:
        given = {"read"} if who == "guest" else {"create", "read"}   # "Roles of a new site"
    if who == "moderator":
        given |= ALL                                    # moderator roles apply always
    if who == "author" and kind in ("conversation", "comment"):
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
        return {success} if is_moderator(who) else {404}
    return {success}


def loaded_first(who, kind, state, right, success):
    """Status of a PUT, which loads the thing before it asks for rights (C5)."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return {404}
    given = rights(who, kind, state)
    if is_hidden(state):
        if is_moderator(who) and "moderated" in state:
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
    return {200} if is_moderator(who) else {403, 404}


def deleting(who, kind, state):
    """Status of a DELETE. C5, last paragraph but two; C14: a role or moderator, never the author."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        # An unknown conversation can be deleted by who has rights, which the landlord has at home.
        return {200, 404} if (who, kind) == ("landlord", "conversation") else unknown(who, kind)
    if "delete" in rights(who, kind, state):
        if not is_hidden(state):
            return {200}
        if kind == "microcosm":
            return {404} if state == "deleted" else {200, 404}
        return {200} if state in ("deleted", "moderated") else {200, 404}
    return {403, 404} if is_hidden(state) else {403}


def creating_inside(who, kind, state):
    """Status of a POST of a conversation into a microcosm, or of a comment on a conversation."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        if kind == "conversation":
            return {403, 404}                           # K: must exist (404); C5 says 403
        return unknown(who, kind)                       # V: unknown microcosmId
    given = rights(who, kind, state)
    if is_hidden(state):
        refused = {404} if kind == "conversation" else {400, 403, 404}   # K: 404; V says nothing
        if is_moderator(who) and "moderated" in state:
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
        return {400, 404} if state == "deleted" else {302, 400, 404} if state == "moderated" else {302}
    return {403} if not is_hidden(state) else {400, 403, 404}


class Rule:
    """One route and method, the states it is tried in, and what it answers whom."""

    def __init__(self, name, source, method, path, states, decide, body=None, writes=False, kind=None):
        self.name = name
        self.source = source
        self.method = method
        self.path = path
        self.states = states
        self.decide = decide        # (who, state) -> set of statuses
        self.body = body            # (ids) -> JSON, or None
        self.writes = writes
        self.kind = kind            # what has to be there: microcosm, conversation, comment


def flag(name, value):
    return lambda ids: [{"op": "replace", "path": f"/meta/flags/{name}", "value": value}]


def edit(**fields):
    return lambda ids: {**fields, "meta": {"editReason": "a reason"}}


def things(kind, path, states, head=True):
    """The rules that all things of a kind share."""
    rules = [Rule(f"GET {path}", "C5 C14 C18", "GET", path, states,
                  lambda who, state: reading(who, kind, state, 200), kind=kind)]
    if head:
        rules.append(Rule(f"HEAD {path}", "C3", "HEAD", path, states,
                          lambda who, state: reading(who, kind, state, 200), kind=kind))
    rules.append(Rule(f"OPTIONS {path}", "C3 U4", "OPTIONS", path, ("normal", "deleted", "closed"),
                      lambda who, state: {403} if who == "outlaw" else {200}, kind=kind))
    rules.append(Rule(f"DELETE {path}", "C5 C14 C16", "DELETE", path, states,
                      lambda who, state: deleting(who, kind, state), writes=True, kind=kind))
    for name in ("deleted", "moderated"):
        rules.append(Rule(f"PATCH {path} {name}=true", "C12", "PATCH", path, ("normal", "closed"),
                          lambda who, state: patching(who, kind, state, is_moderator),
                          body=flag(name, True), writes=True, kind=kind))
        rules.append(Rule(f"PATCH {path} {name}=false", "C20", "PATCH", path, (name,),
                          lambda who, state: restoring(who, kind, state),
                          body=flag(name, False), writes=True, kind=kind))
    return rules


def all_rules():
    microcosm = "/api/v1/microcosms/{microcosm}"
    conversation = "/api/v1/conversations/{conversation}"
    comment = "/api/v1/comments/{comment}"
    rules = []
    rules += things("microcosm", microcosm, MICROCOSM_STATES)
    rules += things("conversation", conversation, CONVERSATION_STATES)
    rules += things("comment", comment, COMMENT_STATES)

    rules.append(Rule(f"PUT {microcosm}", "C5 M", "PUT", microcosm, MICROCOSM_STATES,
                      lambda who, state: loaded_first(who, "microcosm", state, "update", 302),
                      body=edit(title="Edited"), writes=True, kind="microcosm"))
    rules.append(Rule(f"PUT {conversation}", "C5 V", "PUT", conversation, CONVERSATION_STATES,
                      lambda who, state: loaded_first(who, "conversation", state, "update", 302),
                      body=edit(title="Edited"), writes=True, kind="conversation"))
    rules.append(Rule(f"PUT {comment}", "C5 K", "PUT", comment, COMMENT_STATES,
                      lambda who, state: loaded_first(who, "comment", state, "update", 302),
                      body=lambda ids: {"markdown": "Edited"}, writes=True, kind="comment"))

    for kind, path in (("microcosm", microcosm), ("conversation", conversation)):
        rules.append(Rule(f"PATCH {path} sticky", "C12", "PATCH", path, ("normal", "closed"),
                          lambda who, state, kind=kind: patching(who, kind, state, is_moderator),
                          body=flag("sticky", True), writes=True, kind=kind))
        rules.append(Rule(f"PATCH {path} open", "C12", "PATCH", path, ("normal", "closed"),
                          lambda who, state, kind=kind: patching(
                              who, kind, state,
                              lambda who: is_moderator(who) or (kind == "conversation" and who == "author")),
                          body=flag("open", False), writes=True, kind=kind))

    for name in ("lastcomment", "newcomment"):
        rules.append(Rule(f"GET {conversation}/{name}", "V", "GET", f"{conversation}/{name}", CONVERSATION_STATES,
                          lambda who, state: reading(who, "conversation", state, 307), kind="conversation"))
    for method in ("GET", "HEAD"):
        rules.append(Rule(f"{method} {comment}/incontext", "K", method, f"{comment}/incontext", COMMENT_STATES,
                          lambda who, state: reading(who, "comment", state, 307), kind="comment"))

    rules.append(Rule("POST /api/v1/microcosms", "M", "POST", "/api/v1/microcosms", MICROCOSM_STATES,
                      creating_microcosm,
                      body=lambda ids: {"title": "Below", "description": "x", "parentId": ids["microcosm"]},
                      writes=True, kind="microcosm"))
    rules.append(Rule("POST /api/v1/conversations", "V", "POST", "/api/v1/conversations", MICROCOSM_STATES,
                      lambda who, state: creating_inside(who, "microcosm", state),
                      body=lambda ids: {"title": "A new one", "microcosmId": ids["microcosm"]},
                      writes=True, kind="microcosm"))
    rules.append(Rule("POST /api/v1/comments", "K", "POST", "/api/v1/comments", CONVERSATION_STATES,
                      lambda who, state: creating_inside(who, "conversation", state),
                      body=lambda ids: {"itemType": "conversation", "itemId": ids["conversation"], "markdown": "New"},
                      writes=True, kind="conversation"))
    return rules


# Routes that no thing stands behind

def same(status, **others):
    """Everybody gets one status but those named. outlaw gets 403 unless named (U, rule 4)."""
    return lambda who: others.get(who, 403 if who == "outlaw" else status)


SITE_RULES = [
    # method, path, body, decide, source
    ("GET", "/", None, same(200), "I"),
    ("GET", "/api", None, same(200), "I"),
    ("GET", "/api/v1", None, same(200), "I"),
    ("GET", "/api/v1/site", None, same(200, outlaw=200), "S U4"),
    ("HEAD", "/api/v1/site", None, same(200, outlaw=200), "S U4"),
    ("PUT", "/api/v1/site", {"title": "Mine"}, same(400, outlaw=None), "S"),
    ("GET", "/api/v1/legal", None, same(200), "L"),
    ("GET", "/api/v1/legal/terms", None, same(200), "L"),
    ("GET", "/api/v1/legal/service", None, same(404), "L"),
    ("GET", "/api/v1/whoami", None, same(200, guest=403, outlaw=200), "U"),
    ("GET", "/api/v1/permission", None, same(200), "R"),
    ("HEAD", "/api/v1/permission", None, same(200), "R"),
    ("GET", "/api/v1/microcosms", None, same(200), "M"),
    ("HEAD", "/api/v1/microcosms", None, same(200), "M"),
    ("GET", "/api/v1/microcosms/tree", None, same(200), "M"),
    ("HEAD", "/api/v1/microcosms/tree", None, same(200), "M"),
    ("POST", "/api/v1/microcosms/tree", {}, same(405, outlaw=(403, 405)), "M"),
    ("GET", "/api/v1/conversations", None, same(200), "V, The list"),
    ("HEAD", "/api/v1/conversations", None, same(200), "V, The list"),
    ("GET", "/api/v1/comments", None, same(405, outlaw=(403, 405)), "K"),
    ("GET", "/api/v1/profiles", None, same(200), "P"),
    ("HEAD", "/api/v1/profiles", None, same(200), "P"),
    ("POST", "/api/v1/profiles", {"profileName": "second"}, same((400, 409), guest=400), "P"),
    ("GET", "/api/v1/profiles/options", None, same(200, guest=403), "P"),
    ("HEAD", "/api/v1/profiles/options", None, same(200, guest=403), "P"),
    ("PUT", "/api/v1/profiles/options", {"sendEmail": True}, same(302, guest=403), "P"),
    ("PUT", "/api/v1/profiles/read", {"itemType": "site"}, same(200, guest=403), "P"),
    # {author} is the author's profile, {own} one's own, {other} one of another site.
    ("GET", "/api/v1/profiles/{author}", None, same(200), "P"),
    ("HEAD", "/api/v1/profiles/{author}", None, same(200), "P"),
    ("GET", "/api/v1/profiles/{own}", None, same(200, guest=None, outlaw=200), "P U4"),
    ("GET", "/api/v1/profiles/{other}", None, same(404), "P"),
    ("PUT", "/api/v1/profiles/{author}", {"visible": True}, same(403, author=302, owner=302), "P"),
    ("PUT", "/api/v1/profiles/{own}", {"visible": True}, same(302, guest=None), "P R2"),
    ("PUT", "/api/v1/profiles/{other}", {"visible": True}, same(404, guest=(403, 404)), "P"),
    ("PATCH", "/api/v1/profiles/{author}", [{"op": "replace", "path": "/member", "value": True}],
     same(403, owner=200), "P"),
    ("PATCH", "/api/v1/profiles/{own}", [{"op": "replace", "path": "/member", "value": False}],
     same(403, owner=200, guest=None), "P"),
    ("DELETE", "/api/v1/profiles/{author}", None, same(501), "P"),
    ("GET", "/api/v1/ignored", None, same(200, guest=403), "P"),
    ("HEAD", "/api/v1/ignored", None, same(200, guest=403), "P"),
    ("PUT", "/api/v1/ignored", {"itemType": "event", "itemId": 888888888}, same(200, guest=403), "P"),
    ("DELETE", "/api/v1/ignored", {"itemType": "event", "itemId": 888888888}, same(200, guest=403), "P"),
]

# Of these, the outlaw may ask for Allow (U, rule 4).
OUTLAWS_OPTIONS = ("/api/v1/site", "/api/v1/whoami", "/api/v1/profiles/{own}")
