"""Who may do what with events, polls, who comes, votes and attributes: more of rules.py."""

from rules import (FOREIGN, ITEM_STATES, MICROCOSM_STATES, PEOPLE, Rule, is_hidden, is_moderator, items, may_undo,
                   reading, rights, unknown)


def taking_part(who, kind, state, success):
    """Status of an answer or a vote of one's own. E and O: it takes create."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return unknown(who, kind)
    given = rights(who, kind, state)
    if is_hidden(state):
        if may_undo(who, state):
            return {success, 404}                       # C20: they see it
        return {404} if "read" in given else {403, 404}
    return {success} if "create" in given else {403}


def managing(who, state, success, themselves=()):
    """Status of what the author, moderators and those named may do about somebody who comes. E."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return unknown(who, "event")
    if is_hidden(state):
        if may_undo(who, state):
            return {success, 404}
        return {403, 404}
    allowed = is_moderator(who) or who == "author" or who in themselves
    return {success} if allowed else {403}


def leaving(who, state):
    """E: whoever comes may always leave, also if the event was closed, hidden or moved out of their sight."""
    return {200} if who == "attendee" else managing(who, state, 200)


def own_vote(who, state):
    """O: what the caller has voted; guests: 403."""
    if who == "guest":
        return {403} if not is_hidden(state) else {403, 404}
    return reading(who, "poll", state, 200)


def attendees():
    path = "/api/v1/events/{event}/attendees"
    rules = [Rule("E C5", method, address, ITEM_STATES, lambda who, state: reading(who, "event", state, 200), kind="event")
             for method in ("GET", "HEAD") for address in (path, f"{path}/{{attendee}}")]
    rules += [
        Rule("E", "PUT", path, ITEM_STATES, lambda who, state: taking_part(who, "event", state, 200),
             body=lambda ids: [{"profileId": ids["own"], "rsvp": "yes"}], kind="event", people=PEOPLE),
        Rule("E", "PUT", f"{path}/{{own}}", ITEM_STATES, lambda who, state: taking_part(who, "event", state, 302),
             body=lambda ids: {"rsvp": "yes"}, kind="event", people=PEOPLE),
        Rule("E", "PUT", f"{path}/{{attendee}}", ("normal", "closed"),
             lambda who, state: managing(who, state, 302, ("attendee",) if state == "normal" else ()),
             body=lambda ids: {"rsvp": "no"}, kind="event"),
        Rule("E", "DELETE", f"{path}/{{attendee}}", ITEM_STATES, leaving, kind="event")]
    rules += [Rule("E", method, "/api/v1/events/{event}/attendeescsv", ITEM_STATES,
                   lambda who, state: managing(who, state, 200), kind="event")
              for method in ("GET", "HEAD")]
    return rules


def calendars():
    return [Rule("N", method, "/api/v1/microcosms/{microcosm}/events.ics", MICROCOSM_STATES,
                 lambda who, state: reading(who, "microcosm", state, 404 if is_hidden(state) else 200),
                 kind="microcosm") for method in ("GET", "HEAD")]


def votes():
    path = "/api/v1/polls/{poll}/votes"
    rules = [Rule("O", method, path, ITEM_STATES, own_vote, kind="poll") for method in ("GET", "HEAD")]
    rules += [
        Rule("O", "PUT", path, ITEM_STATES, lambda who, state: taking_part(who, "poll", state, 200),
             body=lambda ids: [ids["choice"]], kind="poll", people=PEOPLE),
        Rule("O", "DELETE", path, ITEM_STATES, lambda who, state: taking_part(who, "poll", state, 200), kind="poll",
             people=("guest", "banned", "outlaw", "voter", "stranger", "landlord"))]
    return rules


def changing(who, kind, state, success):
    """Status of a change of attributes. A: it takes update; hidden things are 404, unknown ones give no right."""
    if who == "outlaw":
        return {403}
    if who in FOREIGN:
        return {403, 404}
    if is_hidden(state):
        return {success, 404} if may_undo(who, state) else {403, 404}
    return {success} if "update" in rights(who, kind, state) else {403}


def attributes(kind, states):
    path = f"/api/v1/{kind}s/{{{kind}}}/attributes"
    one = f"{path}/{{attribute}}"

    def read_all(who, state):
        """Of what doesn't exist there are none, for who has rights on it anyhow."""
        return {200} if who == "landlord" and kind != "comment" else reading(who, kind, state, 200)

    rules = [Rule("A", method, path, states, read_all, kind=kind) for method in ("GET", "HEAD")]
    rules += [Rule("A", method, one, states, lambda who, state: reading(who, kind, state, 200), kind=kind)
              for method in ("GET", "HEAD")]
    rules += [
        Rule("A", "PUT", path, states, lambda who, state: changing(who, kind, state, 200),
             body=lambda ids: [{"key": "shape", "value": "round"}], kind=kind),
        Rule("A", "PUT", one, states, lambda who, state: changing(who, kind, state, 302),
             body=lambda ids: {"value": "green"}, kind=kind),
        Rule("A", "DELETE", path, states, lambda who, state: changing(who, kind, state, 200),
             body=lambda ids: [{"key": "colour"}], kind=kind),
        Rule("A", "DELETE", one, states, lambda who, state: changing(who, kind, state, 200), kind=kind)]
    return rules


def attachments():
    """F: of comments. Reading takes read, attaching and removing update."""
    path = "/api/v1/comments/{comment}/attachments"
    states = ("normal", "moderated", "closed", "item deleted", "microcosm deleted")
    rules = [Rule("F", method, path, states, lambda who, state: reading(who, "comment", state, 200), kind="comment")
             for method in ("GET", "HEAD")]
    return rules + [
        Rule("F", "POST", path, states, lambda who, state: changing(who, "comment", state, 302),
             body=lambda ids: {"fileHash": ids["shown_file"], "fileName": "b.txt"}, kind="comment"),
        Rule("F", "DELETE", f"{path}/{{file}}", states, lambda who, state: changing(who, "comment", state, 200), kind="comment")]


def all_rules():
    rules = items("event") + items("poll", question="Which one?", choices=[{"choice": "This"}]) + attendees() + votes() + calendars()
    rules += attributes("microcosm", MICROCOSM_STATES)
    for kind in ("conversation", "event", "poll"):
        rules += attributes(kind, ("normal", "deleted", "closed", "microcosm moderated"))
    rules += attachments()
    return rules + attributes("comment", ("normal", "moderated", "closed", "item deleted", "microcosm deleted"))
