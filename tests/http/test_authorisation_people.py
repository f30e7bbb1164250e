"""Huddles, roles, and routes that no thing stands behind, against rules_people.py: see test_authorisation.py."""

import itertools
import json

import pytest

import harness
import matrix
import rules
import rules_people
import test_files


@pytest.fixture(scope="module")
def world(daemon):
    world = matrix.World(daemon)
    yield world
    world.close()


@pytest.mark.parametrize(**matrix.rows_of(rules_people.all_rules()))
def test_matrix(world, rule, state):
    assert matrix.judge(world, rule, state) == []


def named(entries):
    """Parameters with the names of their routes; one that comes twice is numbered."""
    names = [f"{entry[0]} {entry[1]}" for entry in entries]
    return {"argvalues": entries, "ids": [f"{name} ({i})" if names.count(name) > 1 else name
                                          for i, name in enumerate(names)]}


@pytest.fixture(scope="module")
def site_ids(world):
    """What the placeholders of SITE_RULES stand for."""
    site, ids = world.site, {"author": world.id_of("author"), "other": world.abroad.owner.profile_id,
                             "site": world.site.id, "elsewhere": world.abroad.id, "attribute": "colour"}
    for target, person in ((f"profiles/{ids['author']}", world.people["author"]), (f"site/{site.id}", site.owner),
                           (f"profiles/{ids['other']}", world.abroad.owner), (f"site/{world.abroad.id}", world.abroad.owner)):
        person.put(f"/api/v1/{target}/attributes/colour", {"value": "blue"}, expect=302)
    author = world.people["author"]
    ids["file"] = test_files.put(author, b"A bowline.\n")["fileHash"]
    author.post(f"/api/v1/profiles/{ids['author']}/attachments", {"fileHash": ids["file"]}, expect=302)
    return ids


@pytest.mark.parametrize("rule", **named(rules_people.SITE_RULES))
def test_site_wide(world, site_ids, rule):
    method, path, body, decide, source = rule
    abroad, before = harness.dump(world.abroad), None  # before: as it is now, unless something has been done since
    for who in (*rules.PEOPLE, *itertools.chain(*rules.PARTAKERS.values()), *rules.HUDDLERS):
        wanted = decide(who)
        if who in rules.FOREIGN or wanted is None:
            continue
        if before is None and method not in ("GET", "HEAD"):
            before = harness.dump(world.site)

        sent = json.loads(json.dumps(body).replace("{file}", site_ids["file"]))
        plain = path.startswith("/api/v1/files/") and not path.endswith(".svg")  # no JSON, and headers of its own
        reply = world.people[who].request(method, path.format(own=world.id_of(who), **site_ids), json_body=sent,
                                          check=not plain)

        assert reply.status in matrix.as_set(wanted), f"by {source}: {wanted} for {who}; {reply}"
        if reply.status < 400:
            before = None
        elif before is not None:
            assert harness.changed(before, harness.dump(world.site)) == set(), f"refused to {who}, but done"
    assert harness.dump(world.abroad) == abroad


@pytest.fixture(scope="module")
def root(world, daemon):
    """People on the root host, and what the placeholders of ROOT_RULES stand for."""
    people = {who: world.people[who] for who in rules_people.ROOT_PEOPLE if who != "exile"}
    people["exile"] = world.site.person("exile")
    author, ids = people["author"], {}
    for name, key in (("site", "harbour"), ("gone", "sunken")):
        ids[name] = author.request("POST", "/api/v1/sites", host=harness.ROOT_HOST, expect=302, json_body={
            "title": "Of the author's", "description": "D", "subdomainKey": key}).id
    author.request("PUT", f"/api/v1/sites/{ids['gone']}", host=harness.ROOT_HOST, expect=302,
                   json_body={"meta": {"flags": {"deleted": True}}})
    own = {who: person.request("GET", "/api/v1/whoami", host=harness.ROOT_HOST).data.get("id")
           for who, person in people.items()}
    ids["author"] = own["author"]
    matrix.all_sites(daemon, "UPDATE microcosm.sites SET domain = 'harbour.example' WHERE site_id = %s", ids["site"])
    matrix.all_sites(daemon, "INSERT INTO microcosm.site_bans (site_id, user_id) VALUES (1, %s)", people["exile"].user_id)
    return people, own, ids


KEYS = (f"of{n}" for n in itertools.count(1))


@pytest.mark.parametrize("rule", **named(rules_people.ROOT_RULES))
def test_root_host(root, rule):
    people, own, ids = root
    method, path, body, decide, source = rule
    for who in rules_people.ROOT_PEOPLE:
        wanted = decide(who)
        if wanted is None:
            continue
        sent = json.loads(json.dumps(body).replace("{key}", next(KEYS)))

        reply = people[who].request(method, path.format(own=own[who], **ids), json_body=sent, host=harness.ROOT_HOST)

        assert reply.status in matrix.as_set(wanted), f"by {source}: {wanted} for {who}; {reply}"
