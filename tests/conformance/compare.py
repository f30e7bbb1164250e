#!/usr/bin/python3
"""Lets several runners go through the same steps and compares what they saw, byte by byte.

    with_postgres compare.py STEPS NAME=COMMAND [NAME=COMMAND...]
    compare.py --self-test

Each runner is called as COMMAND STEPS CONNINFO with an empty forum of its own, and prints a
transcript (see README.md). Here ids and times in it are replaced by names, what the steps expect
is looked for, and then all transcripts have to be the same. With MC_CONFORMANCE_OUT set, the
normalised transcripts are left in that folder.
"""

import difflib
import json
import os
import re
import shlex
import subprocess
import sys

# The statuses of the slugs, by which alone a failure is known over HTTP (microcosmd/http/reply.c).
STATUSES = {"invalid_input": 400, "not_found": 404, "forbidden": 403, "unauthenticated": 401, "banned": 403,
            "no_site": 404, "closed": 403, "conflict": 409, "unsupported": 501, "too_large": 413, "unavailable": 503}

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
LINK = re.compile(r"(?<![\w.])((?:/api/v1(?:/files)?)?)/(conversation|comment|event|microcosm|poll|profile|user|site|huddle|ban)s/(\d+)")
ATTENDEE = re.compile(r"/attendees/(\d+)")
QUERY_ID = re.compile(r"\b(comment)_id=(\d+)")

# Times that come from the steps themselves and must arrive unchanged.
KEPT_TIMES = ("when", "whentz", "pollCloses", "expires")

# What the number in "id" is of, by the key that the record stands under.
KIND_OF_KEY = {"createdBy": "profile", "editedBy": "profile", "ownedBy": "profile", "lastComment": "comment",
               "inReplyTo": "comment", "replies": "comment", "comments": "comment", "profileComment": "comment",
               "conversations": "conversation", "profiles": "profile", "microcosms": "microcosm", "choices": "choice",
               "huddles": "huddle", "participants": "profile", "participant": "profile", "lastCommentCreatedBy": "profile",
               "bans": "ban", "events": "event", "polls": "poll", "profile": "profile", "breadcrumb": "microcosm", "children": "microcosm"}

KIND_OF_ID = {"siteId": "site", "userId": "user", "profileId": "profile", "microcosmId": "microcosm",
              "commentId": "comment", "lastCommentId": "comment", "parentId": "microcosm", "inReplyTo": "comment"}


class Normaliser:
    """Names for ids: those that the steps gave them, else kind and number by first appearance."""

    def __init__(self):
        self.names = {}
        self.counts = {}

    def name(self, kind, number):
        if number == 0:
            return 0
        if (kind, number) not in self.names:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.names[kind, number] = f"${kind}-{self.counts[kind]}"
        return self.names[kind, number]

    def text(self, text, key):
        if TIME.fullmatch(text):
            return text if key in KEPT_TIMES else "$time"
        text = LINK.sub(lambda found: f"{found[1]}/{found[2]}s/{self.name(found[2], int(found[3]))}", text)
        text = ATTENDEE.sub(lambda found: f"/attendees/{self.name('profile', int(found[1]))}", text)
        return QUERY_ID.sub(lambda found: f"{found[1]}_id={self.name(found[1], int(found[2]))}", text)

    def value(self, value, kind, key=""):
        """A value without what differs between two runs; kind is that of the record it is."""
        if isinstance(value, dict):
            return self.record(value, kind)
        if isinstance(value, list):
            return [self.value(inner, kind, key) for inner in value]
        if isinstance(value, str):
            return self.text(value, key)
        return value

    def record(self, record, kind):
        found = LINK.search(record.get("href") or "")
        if found:
            kind = found[2]
        kind = {"item": record.get("itemType")}.get(kind, kind)
        normal = {}
        for key, value in record.items():
            number = isinstance(value, int) and not isinstance(value, bool)
            if key == "timeTakenInMs":
                continue  # and left out where it is 0
            if key == "totalViews":
                normal[key] = "$views"  # written by the minute, so they depend on the clock
            elif key == "value" and record.get("metric") in ("activeProfiles", "onlineProfiles"):
                normal[key] = "$present"  # visits are noted by the minute too
            elif key == "id" and number:
                normal[key] = self.name(kind, value)
            elif key == "itemId" and number:
                normal[key] = self.name(record["itemType"], value)
            elif key in KIND_OF_ID and number:
                normal[key] = self.name(KIND_OF_ID[key], value)
            elif key == "item":
                normal[key] = self.value(value, record["itemType"], key)
            else:
                normal[key] = self.value(value, KIND_OF_KEY.get(key, kind), key)
        return normal


def kind_of(operation):
    """The kind of thing that an operation's answer is."""
    return {"microcosms": "microcosm", "huddles": "huddle", "conversations": "conversation", "profiles": "profile", "bans": "ban", "events": "event", "polls": "poll"}.get(
        operation.split("_")[0], operation.split("_")[0])


def normal_error(step, error):
    """Slug, reason and faults; over HTTP the slug is the expected one if the status is that slug's."""
    slug = error.get("slug")
    if slug is None:
        wanted = step.get("fails", {}).get("slug")
        slug = wanted if STATUSES.get(wanted) == error["status"] else f"status {error['status']}"
    return {"slug": slug, "reason": error["reason"], "faults": error["faults"]}


def normalise(steps, lines):
    """The transcript without what differs between two runs, as {step: line}."""
    normaliser = Normaliser()
    normal = {}
    by_name = {step["name"]: step for step in steps["steps"]}
    for line in lines:
        step = by_name[line["step"]]
        kind = kind_of(step["do"])
        if "error" in line:
            normal[step["name"]] = {"step": step["name"], "error": normal_error(step, line["error"])}
            continue
        result = line["ok"]
        for name, key in step.get("save", {}).items():
            number = result[key] if key else result
            normaliser.names.setdefault((kind, number), "$" + name)
        if isinstance(result, int):
            result = normaliser.name(kind, result)
        normal[step["name"]] = {"step": step["name"], "ok": normaliser.value(result, kind)}
    return normal


def look_up(value, path):
    """Value at a path such as "comments.items.0.id"; None where there is none."""
    for key in path.split("."):
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def faults_of_step(step, line):
    """What is not as the step says."""
    if line is None:
        return ["was not run"]
    if "fails" in step:
        if "error" not in line:
            return ["should have failed"]
        wanted, error = step["fails"], line["error"]
        seen = {"slug": error["slug"], "reason": error["reason"], "faults": [fault[0] for fault in error["faults"]]}
        return [f"{key} is {seen[key]!r}, not {value!r}" for key, value in wanted.items() if seen[key] != value]
    if "error" in line:
        return [f"failed: {line['error']}"]
    return [f"{path} is {look_up(line['ok'], path)!r}, not {value!r}" for path, value in step.get("expect", {}).items()
            if look_up(line["ok"], path) != value]


def as_text(line):
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def difference(name, first, step, wanted, seen):
    left = json.dumps(wanted, ensure_ascii=False, indent=1).split("\n")
    right = json.dumps(seen, ensure_ascii=False, indent=1).split("\n")
    return f"{name}: {step}: not as {first} saw it\n" + "\n".join(difflib.unified_diff(left, right, first, name, "", "", 1))


def judge(steps, transcripts):
    """All that is wrong with the transcripts, {runner: {step: line}}."""
    problems = []
    firsts = {}  # step -> the first runner that went through it
    for name, transcript in transcripts.items():
        expected = [step for step in steps["steps"] if name not in step.get("skip", ())]
        for step in expected:
            line = transcript.get(step["name"])
            problems += [f"{name}: {step['name']}: {fault}" for fault in faults_of_step(step, line)]
            if line is None:
                continue
            first = firsts.setdefault(step["name"], name)
            wanted = transcripts[first][step["name"]]
            if as_text(line) != as_text(wanted):
                problems.append(difference(name, first, step["name"], wanted, line))
        if len(transcript) != len(expected):
            problems.append(f"{name}: ran {len(transcript)} steps, not {len(expected)}")
    return problems


# Running


def run(steps_path, name, command):
    """Let one runner go through the steps on a forum of its own; return the lines it prints."""
    server = os.environ["MICROCOSM_TEST_DATABASE"]
    database = f"conformance_{name}_{os.getpid()}"
    subprocess.run(["psql", "-Xq", server, "-c", f"CREATE DATABASE {database} TEMPLATE microcosm OWNER microcosm"],
                   check=True)
    # An ordinary role: row-level security does not hold superusers back.
    conninfo = re.sub(r"\b(dbname|user)=\S+", "", server) + f" dbname={database} user=microcosm"
    done = subprocess.run([*shlex.split(command), steps_path, conninfo], stdout=subprocess.PIPE, text=True, timeout=600)
    subprocess.run(["psql", "-Xq", server, "-c", f"DROP DATABASE {database} WITH (FORCE)"], check=True)
    if done.returncode != 0:
        sys.exit(f"{name}: {command} ended with {done.returncode}\n{done.stdout[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = json.load(file)
    transcripts = {}
    for argument in sys.argv[2:]:
        name, _, command = argument.partition("=")
        transcripts[name] = normalise(steps, run(sys.argv[1], name, command))
        if os.environ.get("MC_CONFORMANCE_OUT"):
            with open(os.path.join(os.environ["MC_CONFORMANCE_OUT"], name + ".jsonl"), "w", encoding="utf-8") as out:
                out.writelines(as_text(line) + "\n" for line in transcripts[name].values())
    problems = judge(steps, transcripts)
    for problem in problems:
        print(problem)
    for name, transcript in transcripts.items():
        print(f"{name}: {len(transcript)} steps")
    print(f"{len(problems)} problems")
    return 1 if problems else 0


# Self-test

SELF_TEST_STEPS = {"steps": [
    {"name": "make", "do": "conversation_create", "save": {"rope": ""}},
    {"name": "read", "do": "conversation_get", "expect": {"id": "$rope", "comments.items.0.id": "$comment-1"}},
    {"name": "refuse", "do": "conversation_get", "fails": {"slug": "invalid_input", "faults": ["offset"]}, "skip": ["b"]},
]}


def self_test_transcript(conversation, comment, time, fault="offset"):
    return [
        {"step": "make", "ok": conversation},
        {"step": "read", "ok": {"id": conversation, "comments": {"items": [{"id": comment, "meta": {"created": time}}]},
                                "meta": {"links": [{"rel": "self", "href": f"/api/v1/conversations/{conversation}"}]}}},
        {"step": "refuse", "error": {"slug": "invalid_input", "reason": 0, "faults": [[fault, "no"]]}},
    ]


def present(transcript, number, metric="onlineProfiles"):
    """The same with a statistic in the second step."""
    made, read, *others = json.loads(json.dumps(transcript))
    read["ok"]["meta"]["stats"] = [{"metric": metric, "value": number}]
    return [made, read, *others]


def self_test():
    """What must be the same is, and each kind of difference is found."""
    a = self_test_transcript(7, 7, "2026-01-02T03:04:05Z")
    b = self_test_transcript(8, 9, "2026-01-02T03:04:05.25Z")
    other = self_test_transcript(8, 9, "yesterday")
    cases = [
        ("two that are equal", {"a": a, "b": b[:2]}, 0),
        ("another time", {"a": a, "b": other[:2]}, 1),
        ("a step left out", {"a": a, "b": b[:1]}, 2),
        ("a step that should not run", {"a": a, "b": b}, 1),
        ("another fault", {"a": self_test_transcript(7, 7, "2026-01-02T03:04:05Z", "limit")}, 1),
        ("a success that should fail", {"a": a[:2] + [{"step": "refuse", "ok": None}]}, 1),
        ("a failure that should succeed", {"a": [a[0], {"step": "read", "error": a[2]["error"]}, a[2]]}, 1),
        ("another number of people here just now", {"a": present(a, 0), "b": present(b[:2], 1)}, 0),
        ("another number of anything else", {"a": present(a, 0, "totalProfiles"),
                                             "b": present(b[:2], 1, "totalProfiles")}, 1),
        ("links to another thing", {"a": a, "b": [b[0], json.loads(json.dumps(b[1]).replace("ations/8", "ations/9"))]}, 1),
    ]
    failures = 0
    for what, raw, wanted in cases:
        problems = judge(SELF_TEST_STEPS, {name: normalise(SELF_TEST_STEPS, lines) for name, lines in raw.items()})
        if len(problems) != wanted:
            failures += 1
            print(f"{what}: {len(problems)} problems, not {wanted}: {problems}")
    status = normal_error({"fails": {"slug": "closed"}}, {"status": 403, "reason": 17, "faults": []})
    if status["slug"] != "closed" or normal_error({}, {"status": 403, "reason": 0, "faults": []})["slug"] != "status 403":
        failures += 1
        print(f"a status is not judged right: {status}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
