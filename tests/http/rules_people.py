"""Who may do what with huddles and roles, and on routes that no thing stands behind: more of rules.py."""

from rules import (FOREIGN, HUDDLERS, MICROCOSM_STATES, PEOPLE, Rule, is_hidden, is_moderator, may_undo, reading,
                   unknown)

# Huddles. "abandoned": who began it has left.

TALKERS = (*PEOPLE, *HUDDLERS)
HUDDLE_STATES = ("open", "confidential", "abandoned")


def inside(who):
    """H: participants, and who began it even after leaving. The site's owner is like anybody else."""
    return who in ("founder", "participant")


def huddling(status):
    """All others are refused with 403, and so is an id that doesn't exist."""
    return lambda who, state: {status} if inside(who) else {403}


def adding(status):
    return lambda who, state: {status} if inside(who) and state != "confidential" else {403}


def huddles():
    path = "/api/v1/huddles/{huddle}"
    one = f"{path}/participants"
    comment = "/api/v1/comments/{said}"
    rules = [Rule("H", method, address, HUDDLE_STATES, huddling(200), kind="huddle", people=TALKERS)
             for method in ("GET", "HEAD") for address in (path, one, f"{one}/{{participant}}")]
    rules += [Rule("H", "GET", f"{path}/{name}", HUDDLE_STATES, huddling(307), kind="huddle", people=TALKERS)
              for name in ("lastcomment", "newcomment")]
    rules += [
        Rule("H", "DELETE", path, ("open", "confidential"), huddling(200), kind="huddle", people=TALKERS),
        Rule("H", "PUT", one, HUDDLE_STATES, adding(302), body=lambda ids: [{"id": ids["newcomer"]}], kind="huddle",
             people=TALKERS),
        Rule("H", "PUT", f"{one}/{{newcomer}}", HUDDLE_STATES, adding(302), kind="huddle", people=TALKERS),
        Rule("H", "DELETE", f"{one}/{{participant}}", HUDDLE_STATES,
             lambda who, state: {"participant": {200}, "founder": {400, 403}}.get(who, {403}), kind="huddle", people=TALKERS),
        Rule("H", "POST", "/api/v1/comments", HUDDLE_STATES, huddling(302),
             body=lambda ids: {"itemType": "huddle", "itemId": ids["huddle"], "markdown": "New"}, kind="huddle",
             people=TALKERS, name="in a huddle"),
        Rule("H", "PATCH", comment, ("open",), lambda who, state: {403},
             body=lambda ids: [{"op": "replace", "path": "/meta/flags/deleted", "value": True}], kind="huddle",
             people=TALKERS, name="in a huddle"),
        Rule("H", "DELETE", comment, ("open",), lambda who, state: {403}, kind="huddle", people=TALKERS, name="in a huddle"),
        Rule("H K", "PUT", comment, HUDDLE_STATES,
             lambda who, state: {302} if who == "participant" else {403} if inside(who) or who == "outlaw" else {404},
             body=lambda ids: {"markdown": "Edited"}, kind="huddle", people=TALKERS, name="in a huddle"),
        Rule("H", "GET", "/api/v1/comments/{said_by_left}", HUDDLE_STATES,
             lambda who, state: {200} if inside(who) or who == "left" else {403}, kind="huddle", people=TALKERS,
             name="of who left")]
    rules += [Rule("H", method, address, HUDDLE_STATES, huddling(status), kind="huddle", people=TALKERS, name="in a huddle")
              for method in ("GET", "HEAD") for address, status in ((comment, 200), (f"{comment}/incontext", 307))]
    return rules


# Roles


def moderating(status):
    """L: the site's owner, the microcosm's own, members of a moderator role."""
    def decide(who, state):
        if who == "outlaw":
            return {403}
        if who in FOREIGN:
            return unknown(who, "role")
        if is_hidden(state):
            return {status, 404} if may_undo(who, state) else {403, 404}
        return {status} if is_moderator(who) else {403}
    return decide


def owning(status):
    """L: what begins with /api/v1/roles is for the site's owner."""
    def decide(who, state):
        return {404} if who == "landlord" else {status} if who == "owner" else {403}
    return decide


def role_rules(path, decide, states):
    """The rules of one role and what is below it, for both of its addresses."""
    listed, criteria = f"{path}/profiles", f"{path}/criteria"
    rules = [Rule("L", method, address, states, decide(200), kind="role") for method in ("GET", "HEAD")
             for address in (path, listed, f"{listed}/{{listed}}", criteria, f"{criteria}/{{criterion}}", f"{path}/members")]

    def write(method, address, status, body=None, name=""):
        rules.append(Rule("L", method, address, states, decide(status), body=body and (lambda ids: body(ids)), kind="role",
                          name=name))

    write("PUT", path, 302, lambda ids: {"title": "Edited"})
    write("PATCH", path, 200, lambda ids: [{"op": "replace", "path": "/closeOwn", "value": True}])
    write("DELETE", path, 200)
    write("PUT", listed, 200, lambda ids: [{"id": ids["unlisted"]}])
    write("DELETE", listed, 200, lambda ids: [])
    write("PUT", f"{listed}/{{unlisted}}", 302)
    write("DELETE", f"{listed}/{{listed}}", 200)
    write("POST", criteria, 302, lambda ids: {"attrKey": "nobody", "predicate": "eq", "value": True})
    write("DELETE", criteria, 200, lambda ids: [])
    write("PUT", f"{criteria}/{{criterion}}", 302, lambda ids: {"value": "nothing"})
    write("DELETE", f"{criteria}/{{criterion}}", 200)
    return rules


def roles():
    below = "/api/v1/microcosms/{microcosm}/roles"
    rules = [Rule("L", method, below, MICROCOSM_STATES, lambda who, state: reading(who, "microcosm", state, 200), kind="role")
             for method in ("GET", "HEAD")]
    rules.append(Rule("L", "POST", below, MICROCOSM_STATES, moderating(302),
                      body=lambda ids: {"title": "New", "banned": True}, kind="role"))
    rules += role_rules(f"{below}/{{role}}", moderating, MICROCOSM_STATES)
    rules += role_rules("/api/v1/roles/{role}", owning, ("normal", "deleted"))
    return rules


def all_rules():
    return huddles() + roles()


# Routes that no thing stands behind

def same(status, **others):
    """Everybody gets one status but those named; None: not tried. outlaw gets 403 unless named (U, rule 4)."""
    return lambda who: others.get(who, 403 if who == "outlaw" else status)


def both(path, body, decide, source):
    """GET and HEAD."""
    return [(method, path, body, decide, source) for method in ("GET", "HEAD")]


OWN = [{"op": "replace", "path": "/member", "value": True}]

# method, path, body, decide, source. {author}: the author's profile, {own}: one's own, {other}: one of another site,
# {site}: this site, {elsewhere}: the other one; {attribute} is "colour" where it is set;
# {file}: that of the author's avatar.
SITE_RULES = [
    ("GET", "/", None, same(200), "I"),
    ("GET", "/api", None, same(200), "I"),
    ("GET", "/api/v1", None, same(200), "I"),
    ("GET", "/api/v1/version", None, same(200), "I"),
    *both("/healthz", None, same(200, outlaw=200), "I"),
    *both("/readyz", None, same(200, outlaw=200), "I"),
    *both("/metrics", None, same(200, outlaw=200), "I"),
    *both("/api/v1/site", None, same(200, outlaw=200), "S U4"),
    ("PUT", "/api/v1/site", {"title": "Mine"}, same(400), "S"),
    *both("/api/v1/site/menu", None, same(200), "S"),
    ("PUT", "/api/v1/site/menu", [{"href": "/x", "text": "X"}], same(403, owner=200), "S"),
    ("DELETE", "/api/v1/site/menu", None, same(403, owner=200), "S"),
    ("GET", "/api/v1/legal", None, same(200), "G"),
    ("GET", "/api/v1/legal/terms", None, same(200), "G"),
    ("GET", "/api/v1/legal/service", None, same(404), "G"),
    ("GET", "/api/v1/out/none", None, same(404, outlaw=404), "N"),
    *both("/api/v1/codes/email-none", None, same(401, outlaw=401), "Q"),
    ("POST", "/api/v1/codes/email-none", {}, same(400, outlaw=400), "Q"),
    *both("/api/v1/unsubscribe/none", None, same(200, outlaw=200), "U"),
    ("POST", "/api/v1/unsubscribe/none", {}, same(404, outlaw=404), "U"),
    ("GET", "/api/v1/whoami", None, same(200, guest=403, outlaw=200), "U"),
    *both("/api/v1/permission", None, same(200), "R"),
    *both("/api/v1/microcosms", None, same(200), "M"),
    *both("/api/v1/microcosms/tree", None, same(200), "M"),
    *both("/api/v1/conversations", None, same(200), "V, The list"),
    *both("/api/v1/events", None, same(200), "E"),
    *both("/api/v1/polls", None, same(200), "O"),
    *both("/api/v1/huddles", None, same(200), "H"),
    ("POST", "/api/v1/huddles", {"title": "Crew"}, same(302, guest=403), "H"),
    *both("/api/v1/roles", None, same(403, owner=200), "L"),
    *both("/api/v1/profiles", None, same(200), "P"),
    ("POST", "/api/v1/profiles", {"profileName": "second"}, same((400, 409), guest=400), "P"),
    *both("/api/v1/profiles/options", None, same(200, guest=403), "P"),
    *both("/api/v1/profiles/calendar", None, same(404, guest=403), "N"),
    ("DELETE", "/api/v1/profiles/calendar", None, same(200, guest=403), "N"),
    ("POST", "/api/v1/profiles/calendar", None, same(200, guest=403), "N"),
    ("GET", "/api/v1/geocode?q=London", None, same(501, guest=403), "D"),
    *both("/api/v1/events.ics", None, same(200, guest=403), "N"),
    ("PUT", "/api/v1/profiles/options", {"sendEmail": True}, same(302, guest=403), "P"),
    ("PUT", "/api/v1/profiles/read", {"itemType": "site"}, same(200, guest=403), "P"),
    *both("/api/v1/profiles/{author}", None, same(200), "P"),
    ("GET", "/api/v1/profiles/{own}", None, same(200, guest=None, outlaw=200), "P U4"),
    ("GET", "/api/v1/profiles/{other}", None, same(404), "P"),
    ("PUT", "/api/v1/profiles/{author}", {"visible": True}, same(403, author=302, owner=302), "P"),
    ("PUT", "/api/v1/profiles/{own}", {"visible": True}, same(302, guest=None), "P R2"),
    ("PUT", "/api/v1/profiles/{other}", {"visible": True}, same(404, guest=(403, 404)), "P"),
    ("PATCH", "/api/v1/profiles/{author}", OWN, same(403, owner=200), "P"),
    ("PATCH", "/api/v1/profiles/{own}", OWN, same(403, owner=200, guest=None), "P"),
    ("PATCH", "/api/v1/profiles/{other}", OWN, same((403, 404), owner=404), "P"),
    ("DELETE", "/api/v1/profiles/{author}", None, same(501), "P"),
    *both("/api/v1/profiles/{author}/attributes", None, same(200), "A"),
    *both("/api/v1/profiles/{author}/attributes/{attribute}", None, same(200), "A"),
    ("GET", "/api/v1/profiles/{other}/attributes/{attribute}", None, same(404), "A"),
    ("PUT", "/api/v1/profiles/{author}/attributes", [{"key": "shape", "value": "round"}],
     same(403, author=200, owner=200), "A"),
    ("PUT", "/api/v1/profiles/{author}/attributes", [{"key": "is_member", "value": True}], same(403, owner=200), "A"),
    ("PUT", "/api/v1/profiles/{author}/attributes/is_member", {"value": True}, same(403, owner=302), "A"),
    ("DELETE", "/api/v1/profiles/{author}/attributes/is_member", None, same(403, owner=200), "A"),
    ("PUT", "/api/v1/profiles/{author}/attributes/{attribute}", {"value": "green"}, same(403, author=302, owner=302), "A"),
    ("PUT", "/api/v1/profiles/{other}/attributes/{attribute}", {"value": "green"}, same((403, 404)), "A"),
    ("DELETE", "/api/v1/profiles/{author}/attributes", [{"key": "shape"}], same(403, owner=200, author=None), "A"),
    ("DELETE", "/api/v1/profiles/{author}/attributes/{attribute}", None, same(403, author=200, owner=None), "A"),
    *both("/api/v1/site/{site}/attributes", None, same(200), "A"),
    *both("/api/v1/site/{site}/attributes/{attribute}", None, same(200), "A"),
    ("GET", "/api/v1/site/{elsewhere}/attributes/{attribute}", None, same((403, 404)), "A"),
    ("PUT", "/api/v1/site/{site}/attributes", [{"key": "shape", "value": "round"}], same(403, owner=200), "A"),
    ("PUT", "/api/v1/site/{site}/attributes/{attribute}", {"value": "green"}, same(403, owner=302), "A"),
    ("PUT", "/api/v1/site/{elsewhere}/attributes/{attribute}", {"value": "green"}, same((403, 404)), "A"),
    ("DELETE", "/api/v1/site/{site}/attributes", [{"key": "shape"}], same(403, owner=200), "A"),
    ("DELETE", "/api/v1/site/{site}/attributes/{attribute}", None, same(403, owner=200), "A"),
    *both("/api/v1/ignored", None, same(200, guest=403), "P"),
    ("PUT", "/api/v1/ignored", {"itemType": "event", "itemId": 888888888}, same(200, guest=403), "P"),
    ("DELETE", "/api/v1/ignored", {"itemType": "event", "itemId": 888888888}, same(200, guest=403), "P"),
    ("GET", "/api/v1/watchers", None, same(200, guest=403), "W"),
    ("POST", "/api/v1/watchers", {"itemType": "profile", "itemId": 888888888}, same(404, guest=403), "W"),
    ("POST", "/api/v1/watchers", {"itemType": "profile", "itemId": 0, "updateTypeId": 9}, same(200, guest=403), "W"),
    ("PUT", "/api/v1/watchers", {"itemType": "tea", "itemId": 1}, same(400, guest=403), "W"),
    ("PATCH", "/api/v1/watchers/patch", {"itemType": "event", "itemId": 888888888}, same(400, guest=403), "W"),
    ("PATCH", "/api/v1/watchers/1", {"itemType": "event", "itemId": 888888888}, same(400, guest=403), "W"),
    ("DELETE", "/api/v1/watchers/delete?itemType=event&itemId=888888888", None, same(404, guest=403), "W"),
    ("DELETE", "/api/v1/watchers/888888888", None, same(404, guest=403), "W"),
    *both("/api/v1/updates", None, same(200, guest=403), "J"),
    *both("/api/v1/updates/preferences", None, same(200, guest=403), "J"),
    *both("/api/v1/updates/preferences/3", None, same(200, guest=403), "J"),
    *both("/api/v1/updates/preferences/10", None, same(404, guest=403), "J"),
    ("PUT", "/api/v1/updates/preferences/3", {"sendEmail": False}, same(302, guest=403), "J"),
    ("PUT", "/api/v1/updates/preferences/10", {"sendEmail": False}, same(404, guest=403), "J"),
    *both("/api/v1/search", None, same(200), "Q"),
    *both("/api/v1/search?q=words&type=comment&authorId={author}", None, same(200), "Q"),
    ("GET", "/api/v1/search?q=words&offset=25", None, same(400), "Q"),
    *both("/api/v1/search/suggest?q=words", None, same(200), "Q"),
    *both("/api/v1/trending", None, same(200), "Q"),
    ("GET", "/api/v1/resolve?url=/showthread.php%3Ft=1", None, same(200), "Q"),
    ("GET", "/api/v1/resolve", None, same(400), "Q"),
    *both("/api/v1/audit", None, same(403, owner=200), "T"),
    *both("/api/v1/users/888888888", None, same(403, owner=404), "Y"),
    ("PUT", "/api/v1/users/888888888", {"email": "x@y.example"}, same(403, owner=501), "Y"),
    ("DELETE", "/api/v1/users/888888888", None, same(403, owner=501), "Y"),
    ("POST", "/api/v1/users", [{"email": "new@hand.example"}], same(403, owner=200), "Y"),
    ("POST", "/api/v1/users", [{"email": "nobody"}], same(403, owner=400), "Y"),
    ("POST", "/api/v1/users/batch", [{"email": "new@hand.example", "isMember": True}], same(403, owner=200), "Y"),
    ("POST", "/api/v1/users/batch", [], same(403, owner=400), "Y"),
    *both("/api/v1/tokens", None, same(200, guest=403), "Q"),
    ("POST", "/api/v1/tokens", {"name": "x"}, same(400, guest=403), "Q"),
    ("DELETE", "/api/v1/tokens", None, same(None, guest=403), "Q"),
    *both("/api/v1/tokens/888888888", None, same(404, guest=403), "Q"),
    ("DELETE", "/api/v1/tokens/888888888", None, same(404, guest=403), "Q"),
    ("POST", "/api/v1/auth", {"email": "x@y.example"}, same(400), "Q"),
    ("GET", "/api/v1/auth0?code=x", None, same(403, outlaw=403), "Q"),
    ("POST", "/api/v1/auth0", {"code": "x"}, same(400, outlaw=400), "Q"),
    ("POST", "/api/v1/auth0", {"code": "x", "clientSecret": "x"}, same(403, outlaw=403), "Q"),
    *both("/api/v1/signin", None, same(200, outlaw=200), "Q"),
    ("GET", "/api/v1/signin/none", None, same(404, outlaw=404), "Q"),
    ("GET", "/api/v1/signedin/none?code=x", None, same(404, outlaw=404), "Q"),
    ("GET", "/authorize", None, same(200, outlaw=200), "Q"),
    ("POST", "/authorize", {"email": "x@y.example"}, same(400, outlaw=400), "Q"),
    ("POST", "/api/v1/codes", {"purpose": "x"}, same(400), "Q"),
    *both("/api/v1/second-factor", None, same(200, guest=403), "Q"),
    ("POST", "/api/v1/second-factor", None, same(200, guest=403), "Q"),
    ("PUT", "/api/v1/second-factor", {}, same(400, guest=403), "Q"),
    ("DELETE", "/api/v1/second-factor", None, same((200, 404), guest=403), "Q"),  # of the secret that POST has made
    ("POST", "/api/v1/second-factor/proof", {}, same(400, guest=403), "Q"),
    ("POST", "/api/v1/second-factor/recovery-codes", None, same(409, guest=403), "Q"),
    *both("/api/v1/session", None, same(200, guest=404), "Q"),
    ("POST", "/api/v1/session", {"email": "x@y.example"}, same(400), "Q"),
    ("DELETE", "/api/v1/session", None, same(None, guest=404, outlaw=None), "Q"),  # ends the token
    ("POST", "/api/v1/email", {"code": "x"}, same(401), "Q"),
    ("POST", "/api/v1/password", {"code": "x", "password": "a rolling hitch"}, same(401), "Q"),
    ("PUT", "/api/v1/password", {"current": "x"}, same(400, guest=403), "Q"),
    *both("/api/v1/auth/none", None, same(404), "Q"),
    ("DELETE", "/api/v1/auth/none", None, same(400), "Q"),
    *both("/api/v1/bans", None, same(403, owner=200), "B"),
    ("POST", "/api/v1/bans", {"userId": 888888888}, same(403, owner=404), "B"),
    ("POST", "/api/v1/bans", {"email": "b@"}, same(403, owner=400), "B"),
    ("DELETE", "/api/v1/bans", {"email": "nobody@nowhere.example"}, same(403, owner=404), "B"),
    *both("/api/v1/bans/888888888", None, same(403, owner=404), "B"),
    ("DELETE", "/api/v1/bans/888888888", None, same(403, owner=404), "B"),
    *both("/api/v1/profiles/{author}/attachments", None, same(200), "F"),
    ("GET", "/api/v1/profiles/{other}/attachments", None, same(404), "F"),
    ("POST", "/api/v1/profiles/{author}/attachments", {"fileHash": "{file}"}, same(403, author=302, owner=302), "F"),
    ("POST", "/api/v1/profiles/{other}/attachments", {"fileHash": "{file}"}, same((403, 404)), "F"),
    ("DELETE", "/api/v1/profiles/{author}/attachments/{file}", None, same(403, author=409, owner=409), "F"),
    ("DELETE", "/api/v1/profiles/{other}/attachments/{file}", None, same((403, 404)), "F"),
    ("POST", "/api/v1/files", None, same(400, guest=403), "F"),
    ("GET", "/api/v1/files/{file}", None, same(200, outlaw=404), "F"),
    *both("/api/v1/files/profiles/{author}.svg", None, same(200, outlaw=200), "F"),
    *both("/api/v1/files/microcosms/{site}.svg", None, same(200, outlaw=200), "F"),
    *both("/api/v1/files/sites/{site}.svg", None, same(200, outlaw=200), "F"),
]

# On the root host. Who is banned from the site is nobody in particular there; "exile" is banned from the root site, and
# {author}, {own} are profiles there. The author owns {site}; {gone} is deleted, and the author's as well.


def at_root(status, **others):
    return same(status, outlaw=others.pop("outlaw", status), exile=others.pop("exile", 403), **others)


ROOT_PEOPLE = ("guest", "member", "author", "owner", "outlaw", "exile")
NEW_SITE = {"title": "T", "description": "D", "subdomainKey": "{key}"}

ROOT_RULES = [
    ("GET", "/", None, at_root(404), "I"),
    ("GET", "/api/v1/version", None, at_root(200), "I"),
    *both("/api/v1/site", None, at_root(200, exile=200), "S U4"),
    ("PUT", "/api/v1/site", {"title": "Mine"}, at_root(400), "S"),
    ("GET", "/api/v1/sites", None, at_root(200), "S"),
    ("GET", "/api/v1/sites?filter=owned", None, at_root(200, guest=403), "S"),
    ("POST", "/api/v1/sites", NEW_SITE, at_root(302, guest=403), "S"),
    *both("/api/v1/sites/{site}", None, at_root(200), "S"),
    ("PUT", "/api/v1/sites/{site}", {"title": "Edited"}, at_root(403, author=302), "S"),
    ("PUT", "/api/v1/sites/1", {"title": "Edited"}, at_root(403), "S"),
    ("GET", "/api/v1/sites/{gone}", None, at_root(404, author=200), "S"),
    ("PUT", "/api/v1/sites/{gone}", {"title": "Edited"}, at_root((403, 404), author=302), "S"),
    *both("/api/v1/sites/{site}/status", None, at_root(403, author=200), "S"),
    ("GET", "/api/v1/sites/1/status", None, at_root(403), "S"),
    ("GET", "/api/v1/sites/{gone}/status", None, at_root(404, author=200), "S"),
    *both("/api/v1/sites/{site}/menu", None, at_root(200), "S"),
    ("GET", "/api/v1/sites/{gone}/menu", None, at_root(404, author=200), "S"),
    ("PUT", "/api/v1/sites/{site}/menu", [{"href": "/x", "text": "X"}], at_root(403, author=200), "S"),
    ("DELETE", "/api/v1/sites/{site}/menu", None, at_root(403, author=200), "S"),
    *both("/api/v1/sites/{site}/providers", None, at_root(403), "Q"),
    ("PUT", "/api/v1/sites/{site}/providers/one", {"kind": "x"}, at_root(403), "Q"),
    ("DELETE", "/api/v1/sites/{site}/providers/one", None, at_root(403), "Q"),
    *both("/api/v1/hosts/harbour.example", None, at_root(200), "S"),
    *both("/api/v1/reserved/admin", None, at_root(200), "S"),
    ("GET", "/api/v1/legal", None, at_root(200), "G"),
    ("GET", "/api/v1/legal/service", None, at_root(200), "G"),
    ("GET", "/api/v1/legal/terms", None, at_root(404), "G"),
    ("GET", "/api/v1/metrics", None, at_root(403), "I"),
    ("PUT", "/api/v1/metrics", None, at_root(403), "I"),
    ("GET", "/out/none", None, at_root(404, exile=404), "N"),
    ("POST", "/api/v1/mail/bounces", [], at_root(404, exile=404), "I"),
    ("GET", "/api/v1/auth0?code=x", None, at_root(403, exile=403), "Q"),
    ("POST", "/api/v1/auth0", {"code": "x"}, at_root(400, exile=400), "Q"),
    ("GET", "/api/v1/whoami", None, at_root(200, guest=403, exile=200), "U"),
    ("GET", "/api/v1/profiles/{own}", None, at_root(200, guest=None, exile=200), "P U4"),
    *both("/api/v1/profiles/{author}", None, at_root(403, author=200), "P"),
    ("PUT", "/api/v1/profiles/{author}", {"visible": True}, at_root(403, author=302), "P"),
    ("PATCH", "/api/v1/profiles/{author}", OWN, at_root(403), "P"),
    ("DELETE", "/api/v1/profiles/{author}", None, at_root((403, 501)), "P"),
    *both("/api/v1/profiles/{author}/attributes", None, at_root(403, author=200), "A"),
    ("PUT", "/api/v1/profiles/{author}/attributes", [{"key": "colour", "value": "blue"}], at_root(403, author=200), "A"),
    ("PUT", "/api/v1/profiles/{author}/attributes/colour", {"value": "red"}, at_root(403, author=302), "A"),
    *both("/api/v1/profiles/{author}/attributes/colour", None, at_root(403, author=200), "A"),
    ("DELETE", "/api/v1/profiles/{author}/attributes", [{"key": "colour"}], at_root(403, author=200), "A"),
    ("DELETE", "/api/v1/profiles/{author}/attributes/colour", None, at_root(403, author=404), "A"),
    *both("/api/v1/profiles/{author}/attachments", None, at_root(403, author=200), "F"),
    ("POST", "/api/v1/profiles/{author}/attachments", {"fileHash": "0" * 40}, at_root(403, author=400), "F"),
    ("DELETE", "/api/v1/profiles/{author}/attachments/" + "0" * 40, None, at_root(403, author=404), "F"),
    ("POST", "/api/v1/files", None, at_root(400, guest=403), "F"),
    ("GET", "/api/v1/files/" + "0" * 40, None, at_root(404, exile=404), "F"),
    *both("/api/v1/files/profiles/{author}.svg", None, at_root(200, exile=200), "F"),
    *both("/api/v1/files/microcosms/{site}.svg", None, at_root(200, exile=200), "F"),
    *both("/api/v1/files/sites/{site}.svg", None, at_root(200, exile=200), "F"),
]
