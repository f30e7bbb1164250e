"""The platform's figures, for its operator: system.md."""

import html.parser
import re

import pytest

import harness

PATH = "/api/v1/metrics"


class Table(html.parser.HTMLParser):
    """The rows of a page's table, and how many charts it has."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.charts, self.is_cell = [], 0, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.charts += tag == "svg"
        if tag == "tr":
            self.rows.append([])
        self.is_cell = tag in ("td", "th")

    def handle_data(self, data):
        if self.is_cell:
            self.rows[-1].append(data)
            self.is_cell = False


@pytest.fixture(scope="module")
def operator(site):
    """The owner of the root site, with an address and a token."""
    site.sql("UPDATE microcosm.users SET email = 'operator@platform.example', canonical_email = 'operator@platform.example'"
             " WHERE user_id = 2147483647 RETURNING 1")
    return harness.Client(site.daemon, harness.ROOT_HOST, site.token("operator@platform.example"), "operator")


def figures(operator):
    reply = operator.get(PATH, check=False, expect=200)
    assert reply.header("Content-Type") == "text/html; charset=utf-8" and "default-src 'none'" in reply.header(
        "Content-Security-Policy") and reply.header("Cache-Control") != "public, max-age=300"
    return Table(reply.body.decode())


def test_a_row_for_each_day(site, other_site, operator):
    assert figures(operator).rows == [["Taken (UTC)", "Sites", "Engaged sites", "Conversations", "Comments", "Profiles",
                                       "Edited profiles", "New profiles", "Sign-ins", "People"]]
    for hour in (10, 11):
        assert operator.put(PATH, expect=200).data is None
        site.sql("UPDATE microcosm.platform_days SET taken = date_trunc('day', now(), 'UTC') - make_interval(hours => %s)"
                 " WHERE taken > date_trunc('day', now(), 'UTC') - interval '1 hour' RETURNING 1", 24 - hour)
    (_, row), charts = figures(operator).rows, figures(operator).charts
    assert charts == 9 and re.fullmatch(r"\d{4}-\d\d-\d\d 11:00", row[0])

    site.person("rowena")
    operator.put(PATH, expect=200)
    _, before, after = figures(operator).rows
    assert before[0] < after[0]
    assert int(after[1]) == int(before[1]) == 2
    assert int(after[5]) == int(before[5]) + 1 == int(after[7])
    assert int(after[6]) == int(before[6]), "no avatar was chosen"
    assert int(after[8]) == int(before[8]) + 1


def test_what_is_counted(site, mira, operator):
    def taken():
        operator.put(PATH, expect=200)
        *_, row = figures(operator).rows
        return dict(zip(("engaged", "conversations", "comments", "profiles", "edited", "new", "signed in", "people"),
                        map(int, row[2:])))

    place = site.microcosm()
    before = taken()
    talk, old, hidden = (site.conversation(place) for _ in range(3))
    comment, _ = site.comment(talk), site.comment(old)
    site.comment(talk, by=mira)
    site.owner.set_flag(f"/api/v1/conversations/{hidden}", "moderated", True, expect=200)
    site.sql("UPDATE microcosm.items SET created = created - interval '25 hours' WHERE item_id = %s RETURNING 1", old)
    site.sql("UPDATE microcosm.comments SET created = created - interval '25 hours' WHERE comment_id = %s RETURNING 1", comment)
    after = taken()
    assert (after["conversations"], after["comments"]) == (before["conversations"] + 1, before["comments"] + 2)
    assert after["engaged"] >= 1

    with_avatar = site.person("avatared")
    site.sql("UPDATE microcosm.profiles SET avatar = '/api/v1/files/x' WHERE profile_id = %s RETURNING 1", with_avatar.profile_id)
    last = taken()
    assert (last["edited"], last["signed in"], last["new"]) == (after["edited"] + 1, after["signed in"] + 1, after["new"] + 1)

    def left():
        # Again, if the daemon writes only now that she was here.
        site.sql("UPDATE microcosm.profiles SET last_active = now() - interval '25 hours' WHERE profile_id = %s RETURNING 1",
                 mira.profile_id)
        return taken()["signed in"] == after["signed in"]

    harness.wait_until(left, "one less to be there")


def test_not_for_others(site, mira, operator):
    for person in (site.guest, site.owner, mira):
        for method in ("GET", "PUT"):
            reply = person.request(method, PATH, host=harness.ROOT_HOST, expect=403)
            assert b"Figures" not in reply.body
    assert operator.options(PATH, expect=200).header("Allow") == "OPTIONS,GET,PUT"
    for method in ("HEAD", "POST", "DELETE"):
        assert operator.request(method, PATH, json_body={}).status == 405
    site.owner.get(PATH, expect=404)
