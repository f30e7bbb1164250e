"""Whether the data of a reply has the right fields.

Two descriptions are held against it. One is the library's own field tables, printed by
tests/support/dump_types.c: a reply may hold just what the tables say, in their order. The other
is written below as docs/http has it, so that a mistake in a table is found too.
"""

import json
import re
import subprocess

_types = None


def types():
    """The library's types by name, without those that describe input."""
    global _types
    if _types is None:
        import harness
        text = subprocess.run([harness.DUMP_TYPES], check=True, capture_output=True, timeout=60).stdout
        _types = {entry["name"]: entry for entry in json.loads(text) if not entry["is_input"]}
    return _types


# Which record a route answers with; "[x]" is a plain array of them, "(x)" one as it is in lists.
NUMBER = r"[0-9]+"
ROUTES = [
    (rf"/api/v1/site|/api/v1/sites/{NUMBER}", "site"),
    (rf"/api/v1/sites/{NUMBER}/status", "site_status"),
    (rf"/api/v1/site(s/{NUMBER})?/menu", "[link]"),
    (r"/api/v1/sites", "collection"),
    (r"/api/v1/legal", "legal_index"),
    (r"/api/v1/legal/[a-z]+", "legal"),
    (rf"/api/v1/events/{NUMBER}/attendees", "collection"),
    (rf"/api/v1/events/{NUMBER}/attendees/{NUMBER}", "attendee"),
    (rf"/api/v1/polls/{NUMBER}/votes", "poll_vote"),
    (rf"/api/v1/(microcosms/{NUMBER}/)?roles", "collection"),
    (rf"/api/v1/(microcosms/{NUMBER}/)?roles/{NUMBER}", "role"),
    (rf"/api/v1/(microcosms/{NUMBER}/)?roles/{NUMBER}/(profiles|members|criteria)", "collection"),
    (rf"/api/v1/(microcosms/{NUMBER}/)?roles/{NUMBER}/profiles/{NUMBER}", "(profile)"),
    (rf"/api/v1/(microcosms/{NUMBER}/)?roles/{NUMBER}/criteria/{NUMBER}", "criterion"),
    (r"/api/v1/audit", "audit_page"),
    (r"/api/v1/users", "[profile]"),
    (rf"/api/v1/users/{NUMBER}", "account"),
    (r"/api/v1/tokens", "collection"),
    (rf"/api/v1/tokens/{NUMBER}", "token"),
    (r"/api/v1/auth/\w+", "access_token"),
    (r"/api/v1/signin", "sign_in_choice_list"),
    (rf"/api/v1/sites/{NUMBER}/providers", "sign_in_provider_list"),
    (r"/api/v1/bans", "collection"),
    (rf"/api/v1/bans/{NUMBER}", "ban"),
    (r"/api/v1/whoami", "profile"),
    (r"/api/v1/permission", "permissions"),
    (r"/api/v1/profiles", "collection"),
    (r"/api/v1/ignored", "collection"),
    (r"/api/v1/search", "search_result"),
    (r"/api/v1/search/suggest", "suggestion_list"),
    (r"/api/v1/trending", "collection"),
    (r"/api/v1/resolve", "resolved"),
    (rf"/api/v1/(microcosms|conversations|events|polls|comments|profiles|site)/{NUMBER}/attributes", "collection"),
    (rf"/api/v1/(microcosms|conversations|events|polls|comments|profiles|site)/{NUMBER}/attributes/[\w-]+", "attribute"),
    (r"/api/v1/files", "[file]"),
    (rf"/api/v1/(comments|profiles)/{NUMBER}/attachments", "collection"),
    (r"/api/v1/profiles/options", "profile_options"),
    (r"/api/v1/profiles/calendar", "calendar_link"),
    (rf"/api/v1/profiles/{NUMBER}", "profile"),
    (r"/api/v1/microcosms/tree", "[link]"),
    (rf"/api/v1/microcosms(/{NUMBER})?", "microcosm"),
    (r"/api/v1/huddles", "collection"),
    (rf"/api/v1/huddles/{NUMBER}", "huddle"),
    (rf"/api/v1/huddles/{NUMBER}/participants", "collection"),
    (rf"/api/v1/huddles/{NUMBER}/participants/{NUMBER}", "participant"),
    (r"/api/v1/conversations", "collection"),
    (rf"/api/v1/conversations/{NUMBER}", "conversation"),
    (rf"/api/v1/comments/{NUMBER}", "comment"),
    (rf"/api/v1/events/{NUMBER}", "event"),
    (rf"/api/v1/polls/{NUMBER}", "poll"),
]

# What the lists of pages hold; the tables leave that open, as it differs by page.
PAGE_ITEMS = {("microcosm", "items"): "entry", ("conversation", "comments"): "comment",
              ("event", "comments"): "comment", ("poll", "comments"): "comment", ("profile", "comments"): "comment",
              ("collection", "sites"): "site", ("collection", "conversations"): "conversation",
              ("collection", "profiles"): "profile", ("collection", "attendees"): "attendee",
              ("huddle", "comments"): "comment", ("collection", "huddles"): "huddle",
              ("collection", "participants"): "participant",
              ("search_result", "results"): "search_hit", ("collection", "items"): "entry",
              ("collection", "ignored"): "entry", ("collection", "attributes"): "attribute",
              ("collection", "attachments"): "attachment",
              ("collection", "bans"): "ban", ("collection", "tokens"): "token",
              ("collection", "roles"): "role", ("collection", "criteria"): "criterion", ("role", "members"): "profile"}

# Keys of docs/http, in order; "?" marks those that may be missing. First the form of an answer
# of its own, then the form inside of other things.
KEYS = {
    "site": (
        "siteId siteURL title description subdomainKey domain forceSSL? ownedBy themeId logoUrl faviconUrl?"
        " backgroundColor backgroundUrl? backgroundPosition? linkColor gaWebPropertyId? menu auth0Domain?"
        " auth0ClientId? searchLanguage meta",) * 2,
    "site_health": (None, "set valid error value"),
    "site_status": ("site domainHealth backgroundUrlHealth logoUrlHealth analyticsIDHealth", None),
    "profile": (
        "id siteId userId email? profileName member? gender? visible styleId itemCount commentCount"
        " profileComment created lastActive avatar comments? meta",
        "id siteId userId profileName visible avatar meta"),
    "profile_options": ("profileId showDOB showDOBYear sendEmail sendSMS isDiscouraged digest", None),
    "calendar_link": ("created token? events?", None),
    "permissions": (
        "create read update delete closeOwn openOwn readOthers guest banned owner moderator siteOwner why?",) * 2,
    "permission_reason": (None, "decides reason"),
    "microcosm": (
        "id parentId? breadcrumb? siteId visibility title description logoUrl itemTypes moderators items meta",
        "id parentId? breadcrumb? siteId visibility title description logoUrl itemTypes children? moderators"
        " totalItems totalComments mostRecentUpdate? meta"),
    "conversation": (
        "id title microcosmId breadcrumb comments meta",
        "id title microcosmId breadcrumb totalComments totalViews lastComment? meta"),
    "event": (
        "id title microcosmId breadcrumb when? tz whentz? duration? where? lat? lon? north? east? south? west?"
        " status rsvpLimit rsvpAttend? rsvpSpaces? comments meta",
        "id title microcosmId breadcrumb when? tz whentz? duration? where? lat? lon? north? east? south? west?"
        " status rsvpLimit rsvpAttend? rsvpSpaces? totalComments totalViews lastComment? meta"),
    "poll": (
        "id title microcosmId breadcrumb question multi pollOpen choices? voterCount pollCloses? hideResults? resultsHidden? comments meta",
        "id title microcosmId breadcrumb question multi pollOpen pollCloses? hideResults? totalComments totalViews meta"),
    "role": (
        "id title siteId microcosmId moderator banned includeGuests includeUsers create read update delete closeOwn"
        " openOwn readOthers meta",
        "id title siteId microcosmId moderator banned includeGuests includeUsers create read update delete closeOwn"
        " openOwn readOthers meta members?"),
    "criterion": ("id orGroup profileColumn? attrKey? predicate value",) * 2,
    "token": ("id userId email? created expires name scope microcosms? networks? lastUsed? accessToken?",) * 2,
    "sign_in_choice_list": ("providers",) * 2,
    "sign_in_choice": ("name title href",) * 2,
    "sign_in_provider_list": ("providers",) * 2,
    "sign_in_provider": ("name kind title issuer clientId hasSecret scopes authorizeUrl? tokenUrl? userUrl? emailsUrl? subjectKey? emailKey?"
                         " verifiedKey? nameKey? links registers",) * 2,
    "access_token": ("accessToken user clientId created expires scope",) * 2,
    "ban": ("id userId? profile? email? displayReason adminReason expires? meta",) * 2,
    "audit_page": ("limit next? links items", None),
    "audit_entry": (None, "id itemType itemId action created address profile?"),
    "account": ("userId email gender created state dobDay dobMonth dobYear canonicalEmail meta", None),
    "known_text": ("String Valid",) * 2,
    "known_number": ("Int64 Valid",) * 2,
    "poll_choice": (None, "id choice order votes voterCount"),
    "attendee": ("profileId profile rsvp waiting? rsvpdOn meta",) * 2,
    "poll_vote": ("choices", None),
    "last_comment": (None, "id created createdBy"),
    "comment": (
        "id itemType itemId revisions inReplyTo attachments firstLine markdown html meta",
        "id itemType itemId revisions inReplyTo? attachments? markdown html meta"),
    "huddle": ("id title isConfidential participants comments meta",
               "id title totalComments participants lastCommentId? lastCommentCreatedBy? lastCommentCreated? meta"),
    "participant": ("id participant",) * 2,
    "entry": (None, "itemType itemId? item"),
    "search_result": ("query timeTakenInMs? results?", None),
    "search_query": (None, "q? inTitle? hashtags? forumId? type? id? authorId? email? following? since? until? eventAfter?"
                           " eventBefore? attendee? has? sort? author? ignored? searched?"),
    "suggestion_list": ("suggestions", None),
    "resolved": ("url status redirect itemType? itemId? offset? action? search?", None),
    "suggestion": (None, "itemType itemId title href"),
    "search_hit": (None, "itemType item parentItemType? parentItem? unread rank lastModified highlight"),
    "attribute": ("key value",) * 2,
    "legal": ("html lastModified", None),
    "legal_index": ("links", None),
    "attachment": (None, "profileId fileHash fileName fileExt created meta"),
    "file": (None, "created fileName fileExt fileSize fileHash mimeType width? height?"),
    "flags": ("sticky? open? deleted? moderated? visible? unread? watched? ignored? sendEmail? sendSMS?"
              " attending?",) * 2,
    "stat": (None, "metric value"),
}

# Keys of meta by the thing that it belongs to. Nobody has made the root site.
META_KEYS = {
    "attachment": (None, "links"),
    "site": ("created createdBy? flags stats links permissions?", "created createdBy flags stats links"),
    "profile": ("flags stats? links permissions", "flags links"),
    "collection": ("flags? links? permissions?", None),
    "huddle": ("created createdBy flags links permissions", "created createdBy flags links"),
    "role": ("created createdBy? edited? editedBy? editReason? links permissions",
             "created createdBy? edited? editedBy? editReason? links"),
    "ban": ("created createdBy? links",) * 2,
    "account": ("links", None),
    "microcosm": ("created createdBy edited? editedBy? editReason? flags links permissions",
                  "created createdBy flags links"),
    "conversation": ("created createdBy edited? editedBy? editReason? flags links permissions",
                     "created createdBy flags links"),
    "event": ("created createdBy edited? editedBy? editReason? flags links permissions",
              "created createdBy flags links"),
    "poll": ("created createdBy edited? editedBy? editReason? flags links permissions",
             "created createdBy flags links"),
    "comment": ("inReplyTo? replies? created createdBy edited? editedBy flags links permissions",
                "created createdBy edited? editedBy flags links"),
}

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z")


def check_answer(path, method, data):
    """Check the data of a successful reply against what its route promises."""
    if method in ("PATCH", "DELETE") or (method == "PUT" and path in ("/api/v1/profiles/read", "/api/v1/ignored")):
        assert data is None, f"{method} {path} has no data, but came with {data!r}"
        return
    if method != "GET":
        return
    for pattern, name in ROUTES:
        if re.fullmatch(pattern, path):
            if name.startswith("["):
                assert isinstance(data, list), f"{path}: a plain array"
                for index, value in enumerate(data):
                    check_record(value, name[1:-1], False, f"{path}[{index}]")
            else:
                check_record(data, name.strip("()"), not name.startswith("("), path)
            return
    if path in ("/", "/api", "/api/v1"):
        assert list(data) == ["links"], f"{path}: {data!r}"
        assert all(list(link) == ["rel", "href"] for link in data["links"]), f"{path}: {data!r}"


def check_record(value, name, detail, where, owner=None, owner_detail=False):
    """Check one record and all inside it.

    detail: it is an answer of its own, not part of one. owner: type of what it is part of, and
    owner_detail: whether that is an answer of its own.
    """
    assert isinstance(value, dict), f"{where}: {name} is {value!r}"
    table = types().get(name)
    assert table is not None, f"{where}: the library has no type {name}"
    check_against_table(value, table, detail, where, owner)
    if name == "meta":
        check_keys(value, name, META_KEYS.get(owner), owner_detail, where)
    else:
        check_keys(value, name, KEYS.get(name), detail, where)


def check_keys(value, name, forms, detail, where):
    """The keys that docs/http names, in its order."""
    wanted = forms and forms[0 if detail else 1]
    if not wanted:
        return
    wanted = wanted.split()
    order = [key.rstrip("?") for key in wanted]
    missing = [key for key in wanted if not key.endswith("?") and key not in value]
    unknown = [key for key in value if key not in order]
    assert not missing and not unknown, f"{where}: {name} lacks {missing} and has {unknown} too many"
    assert list(value) == [key for key in order if key in value], f"{where}: order of {list(value)}"


VARIANTS = {"string": "text", "maybe_double": "number", "choice": "boolean"}


def variant_of(value):
    """Which of the fields for one key it fills."""
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def check_against_table(value, table, detail, where, owner):
    """The keys, order and kinds of values that the library's table announces."""
    seen = []
    for field in table["fields"]:
        key, flags = field["json"], set(field["flags"])
        if not key:
            continue
        present = key in value
        shown = not ("DETAIL_ONLY" in flags and not detail) and not ("SUMMARY_ONLY" in flags and detail)
        optional = ("OPTIONAL" in flags or field["kind"] in ("choice", "maybe_int64", "maybe_double")
                    or ("OPTIONAL_IN_SUMMARY" in flags and not detail))
        assert shown or not present, f"{where}: {table['name']} shows {key}, which its table forbids here"
        if not present:
            assert optional or not shown, f"{where}: {table['name']} lacks {key}"
            continue
        inside = value[key]
        if "VARIANT" in flags and VARIANTS[field["kind"]] != variant_of(inside):
            continue
        seen.append(key)
        if optional and field["kind"] not in ("choice", "maybe_int64", "maybe_double") and not (key == "duration" and "when" in value):
            assert inside not in (None, "", 0, False, []), f"{where}: {key} is {inside!r} and not left out"
        check_value(inside, field, detail, f"{where}.{key}", table["name"], owner, value)
    unknown = [key for key in value if key not in seen]
    assert not unknown, f"{where}: {table['name']} has keys that no table knows: {unknown}"
    assert list(value) == seen, f"{where}: order of {list(value)} is not {seen}"


VARIANTS = {"string": "text", "maybe_double": "number", "choice": "boolean"}


def variant_of(value):
    """Which of the fields for one key it fills."""
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def check_value(value, field, detail, where, name, owner, siblings):
    """One value, by its kind."""
    kind = field["kind"]
    owner_detail = detail
    detail = detail and "INHERIT" in field["flags"]
    if kind in ("bool", "choice"):
        assert isinstance(value, bool), f"{where}: {value!r}"
    elif kind in ("int64", "maybe_int64"):
        assert isinstance(value, int) and not isinstance(value, bool), f"{where}: {value!r}"
    elif kind in ("double", "maybe_double"):
        assert isinstance(value, (int, float)) and not isinstance(value, bool), f"{where}: {value!r}"
    elif kind == "string" and "NULL" in field["flags"]:
        assert value is None or (isinstance(value, str) and value), f"{where}: {value!r}"
    elif kind == "string":
        assert isinstance(value, str), f"{where}: {value!r}"
    elif kind == "time":
        assert isinstance(value, str) and TIME.fullmatch(value), f"{where}: {value!r}"
    elif kind == "strings":
        assert isinstance(value, list) and all(isinstance(text, str) for text in value), f"{where}: {value!r}"
    elif kind == "int64s":
        assert isinstance(value, list) and all(isinstance(number, int) for number in value), f"{where}: {value!r}"
    elif kind == "record":
        if value is None:
            return
        inside = field["type"] or record_type(name, field["json"], siblings)
        assert inside, f"{where}: a record of no known type: {value!r}"
        # A page is known by where it stands, as its own table leaves open what it lists.
        below = (name, field["json"]) if inside == "page" else name
        check_record(value, inside, detail, where, below, owner_detail)
    elif kind == "list":
        assert isinstance(value, list), f"{where}: {value!r}"
        inside = field["type"] or PAGE_ITEMS.get(owner)
        assert inside or not value, f"{where}: a list of no known type"
        for index, entry in enumerate(value):
            check_record(entry, inside, False, f"{where}[{index}]", name)
    else:
        raise AssertionError(f"{where}: unknown kind {kind}")


def record_type(name, key, siblings):
    """Type of a record that its table leaves open."""
    if name in ("entry", "search_hit") and key in ("item", "parentItem"):
        return siblings["parentItemType" if key == "parentItem" else "itemType"]
    return None
