#!/usr/bin/python3
"""Goes through the steps over HTTP, with a microcosmd of its own: run_http.py STEPS CONNINFO

Prints the transcript that README.md describes. What has no route (making a site, tokens) is done
by microcosmd's commands. Bodies are written from the library's own field tables, as dump_types
prints them, so that what a C program names microcosm_id is microcosmId here.
"""

import json
import os
import re
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))

import harness  # noqa: E402

# Path of each kind of thing.
PATHS = {"conversation": "conversations", "comment": "comments", "microcosm": "microcosms", "event": "events",
         "poll": "polls", "profile": "profiles", "huddle": "huddles", "ban": "bans"}


class Failed(Exception):
    """A reply that is no success."""

    def __init__(self, reply):
        super().__init__(repr(reply))
        self.reply = reply


def json_keys(type_name, types):
    """Member name in C -> key in JSON, such as "meta.editReason"."""
    return {field["name"]: field["json"] for field in types[type_name]["fields"]}


def body_of(values, keys):
    """A struct of the library as the body of a request."""
    body = {}
    for name, value in values.items():
        target = body
        *parents, last = keys[name].split(".")
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value
    return body


class Runner:
    def __init__(self, steps, conninfo):
        self.key = steps["site"]
        self.people = steps["people"]
        self.daemon = harness.Daemon(conninfo)
        self.clients = {}
        types = json.loads(subprocess.run([harness.DUMP_TYPES], capture_output=True, check=True).stdout)
        self.types = {each["name"]: each for each in types}

    def client(self, who):
        """A client with the person's token, made when it is first needed."""
        if who not in self.clients:
            token = None
            if who != "guest":
                token = self.daemon.command("token", "create", "--site", self.key, "--email",
                                            self.people[who]).strip()
            self.clients[who] = harness.Client(self.daemon, f"{self.key}.{harness.BASE_DOMAIN}", token, who)
        return self.clients[who]

    def send(self, who, method, path, body=None):
        """Send a request; return the data of the answer, or the id it redirects to."""
        reply = self.client(who).request(method, "/api/v1/" + path, json_body=body)
        if reply.status == 200:
            return reply.data
        if reply.status == 302:
            return reply.id if method == "POST" else None
        raise Failed(reply)

    def body(self, type_name, values):
        return body_of(values, json_keys(type_name, self.types))

    # One method for each operation that isn't made from the name alone.

    def site_create(self, who, edit, owner_email):
        self.daemon.command("site", "create", edit["subdomain_key"], "--title", edit["title"], "--owner", owner_email)
        return self.client("guest").get("/api/v1/site", expect=200).data["siteId"]

    def site_get(self, who):
        return self.send(who, "GET", "site")

    def profile_self(self, who):
        return self.send(who, "GET", "whoami")

    def profile_options_get(self, who):
        return self.send(who, "GET", "profiles/options")

    def profile_options_set(self, who, options):
        reply = self.client(who).put("/api/v1/profiles/options", self.body("profile_options", options))
        if reply.status != 302:
            raise Failed(reply)

    def profile_mark_read(self, who, item_type, item_id):
        return self.send(who, "PUT", "profiles/read", {"itemType": item_type, "itemId": item_id})

    def ignore_set(self, who, item_type, item_id, ignored):
        return self.send(who, "PUT" if ignored else "DELETE", "ignored", {"itemType": item_type, "itemId": item_id})

    def ignores_list(self, who, page):
        return self.send(who, "GET", "ignored" + query_of(page))

    def calendar_link_get(self, who):
        return self.send(who, "GET", "profiles/calendar")

    def calendar_link_revoke(self, who):
        return self.send(who, "DELETE", "profiles/calendar")

    def legal_list(self, who):
        return self.send(who, "GET", "legal")

    def legal_get(self, who, name):
        return self.send(who, "GET", f"legal/{name}")

    def user_find(self, who, user_id):
        return self.send(who, "GET", f"users/{user_id}")

    def users_create(self, who, edit):
        return self.send(who, "POST", "users", [self.body("user_edit", user) for user in edit["users"]])

    def users_batch(self, who, edit):
        return self.send(who, "POST", "users/batch", [self.body("membership_edit", one) for one in edit["memberships"]])

    def audit_list(self, who, filter):
        keys = {"item_type": "itemType", "item_id": "itemId", "profile_id": "profileId"}
        return self.send(who, "GET", "audit?" + urllib.parse.urlencode(
            {keys.get(name, name): value for name, value in filter.items()}))

    def bans_list(self, who, page):
        return self.send(who, "GET", "bans" + query_of(page))

    def ban_lift(self, who, edit):
        return self.send(who, "DELETE", "bans", self.body("ban_edit", edit))

    def tokens_list_own(self, who, page):
        return self.send(who, "GET", "tokens" + query_of(page))

    def own_token_find(self, who, token_id):
        return self.send(who, "GET", f"tokens/{token_id}")

    def own_token_create(self, who, edit):
        return self.send(who, "POST", "tokens", self.body("token_edit", edit))

    def own_token_revoke(self, who, token_id):
        return self.send(who, "DELETE", f"tokens/{token_id}")

    def events_list(self, who, page):
        return self.send(who, "GET", "events" + query_of(page))

    def polls_list(self, who, page):
        return self.send(who, "GET", "polls" + query_of(page))

    def event_attendees(self, who, event_id, only_attending, page):
        assert only_attending == ("status=attending" in page.get("query", ""))
        return self.send(who, "GET", f"events/{event_id}/attendees" + query_of(page))

    def event_attendee(self, who, event_id, profile_id):
        return self.send(who, "GET", f"events/{event_id}/attendees/{profile_id}")

    def event_attendee_set(self, who, event_id, edit):
        return self.send(who, "PUT", f"events/{event_id}/attendees/{edit['profile_id']}", self.body("attendee_edit", edit))

    def event_attendees_set(self, who, event_id, edit):
        return self.send(who, "PUT", f"events/{event_id}/attendees", [self.body("attendee_edit", one) for one in edit["attendees"]])

    def event_attendee_delete(self, who, event_id, profile_id):
        return self.send(who, "DELETE", f"events/{event_id}/attendees/{profile_id}")

    def poll_vote_get(self, who, poll_id):
        return self.send(who, "GET", f"polls/{poll_id}/votes")

    def poll_vote_set(self, who, poll_id, edit):
        return self.send(who, "PUT", f"polls/{poll_id}/votes", edit["choices"])

    def poll_vote_delete(self, who, poll_id):
        return self.send(who, "DELETE", f"polls/{poll_id}/votes")

    def attributes_of(self, item_type, item_id):
        return f"{PATHS[item_type]}/{item_id}/attributes"

    def attribute_body(self, edit):
        """One value, whatever its type."""
        value = {"value": value for name, value in edit.items() if name.startswith("value_")}
        return {"key": edit["key"], **value}

    def attributes_list(self, who, item_type, item_id, page):
        return self.send(who, "GET", self.attributes_of(item_type, item_id) + query_of(page))

    def attribute_get(self, who, item_type, item_id, key):
        return self.send(who, "GET", f"{self.attributes_of(item_type, item_id)}/{key}")

    def attribute_set(self, who, item_type, item_id, edit):
        return self.send(who, "PUT", f"{self.attributes_of(item_type, item_id)}/{edit['key']}", self.attribute_body(edit))

    def attribute_delete(self, who, item_type, item_id, key):
        return self.send(who, "DELETE", f"{self.attributes_of(item_type, item_id)}/{key}")

    def attributes_set_many(self, who, item_type, item_id, edit):
        return self.send(who, "PUT", self.attributes_of(item_type, item_id), [self.attribute_body(one) for one in edit["attributes"]])

    def attributes_delete_many(self, who, item_type, item_id, edit):
        return self.send(who, "DELETE", self.attributes_of(item_type, item_id), [self.attribute_body(one) for one in edit["attributes"]])

    def file_put(self, who, name, text):
        body = f'--x\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--x--\r\n'
        reply = self.client(who).post("/api/v1/files", body=body.encode(), content_type="multipart/form-data; boundary=x")
        if reply.status != 200:
            raise Failed(reply)
        return reply.data[0]

    def file_read(self, who, file_hash):
        reply = self.client(who).get(f"/api/v1/files/{file_hash}", check=False)
        if reply.status != 200:
            raise Failed(reply)
        return reply.body.decode()

    def attachments_list(self, who, item_type, item_id, page):
        return self.send(who, "GET", f"{PATHS[item_type]}/{item_id}/attachments" + query_of(page))

    def attachment_set(self, who, item_type, item_id, edit):
        reply = self.client(who).post(f"/api/v1/{PATHS[item_type]}/{item_id}/attachments", self.body("attachment_edit", edit))
        if reply.status != 302:
            raise Failed(reply)

    def attachment_delete(self, who, item_type, item_id, file_hash):
        return self.send(who, "DELETE", f"{PATHS[item_type]}/{item_id}/attachments/{file_hash}")

    def site_status_get(self, who, site_id):
        person = self.client(who)
        reply = harness.Client(self.daemon, harness.ROOT_HOST, person.token, who).get(f"/api/v1/sites/{site_id}/status")
        if reply.status != 200:
            raise Failed(reply)
        return reply.data

    def search_suggest(self, who, q):
        return self.send(who, "GET", "search/suggest?" + urllib.parse.urlencode({"q": q}))

    def trending_list(self, who, page):
        return self.send(who, "GET", "trending" + query_of(page))

    def url_resolve(self, who, url):
        return self.send(who, "GET", "resolve?" + urllib.parse.urlencode({"url": url}))

    def search_find(self, who, filter, page):
        query = filter.get("parameters") or urllib.parse.urlencode({"q": filter["q"]})
        return self.send(who, "GET", f"search?{query}")

    def profiles_list(self, who, filter, page):
        return self.send(who, "GET", "profiles" + query_of(page))

    def huddles_list(self, who, filter, page):
        return self.send(who, "GET", "huddles" + query_of(page))

    def huddle_leave(self, who, huddle_id):
        return self.send(who, "DELETE", f"huddles/{huddle_id}")

    def huddle_participants(self, who, huddle_id, page):
        return self.send(who, "GET", f"huddles/{huddle_id}/participants" + query_of(page))

    def huddle_participants_add(self, who, huddle_id, edit):
        return self.send(who, "PUT", f"huddles/{huddle_id}/participants", edit["participants"])

    def huddle_participant_get(self, who, huddle_id, profile_id):
        return self.send(who, "GET", f"huddles/{huddle_id}/participants/{profile_id}")

    def huddle_participant_remove(self, who, huddle_id, profile_id):
        return self.send(who, "DELETE", f"huddles/{huddle_id}/participants/{profile_id}")

    def conversations_list(self, who, page):
        return self.send(who, "GET", "conversations" + query_of(page))

    def microcosms_tree(self, who):
        # The route answers the list alone, as a record that is nothing else does.
        return self.send(who, "GET", "microcosms/tree")

    def permissions_get(self, who, query):
        keys = {"item_type": "itemType", "item_id": "itemId", "microcosm_id": "microcosmId"}
        return self.send(who, "GET", "permission?" + urllib.parse.urlencode(
            {**{keys[name]: value for name, value in query.items()}, "why": "true"}))

    def run(self, who, operation, arguments):
        own = getattr(self, operation, None)
        if own:
            return own(who, **arguments)
        kind, _, verb = operation.partition("_")
        path = PATHS[kind]
        thing = arguments.get(f"{kind}_id")
        if thing:
            path += f"/{thing}"
        if verb in ("get", "find", "json"):
            return self.send(who, "GET", path + query_of(arguments.get("page", {})))
        if verb == "create":
            return self.send(who, "POST", path, self.body(f"{kind}_edit", arguments["edit"]))
        if verb == "edit_save":
            return self.send(who, "PUT", path, self.body(f"{kind}_edit", arguments["edit"]))
        if verb == "patch":
            return self.send(who, "PATCH", path, [{"op": "replace", **op} for op in arguments["ops"]])
        if verb == "delete":
            return self.send(who, "DELETE", path)
        raise NotImplementedError(f"{operation} has no route")


def query_of(page):
    return "?" + page["query"] if page.get("query") else ""


def error_of(reply):
    """What a reply tells of a failure: no slug, but a status; faults are in its text."""
    reason = (reply.data or {}).get("errorCode", 0)
    faults = [list(fault) for fault in re.findall(r"(?:^|; )([A-Za-z/[][\w./[\]]*): (.*?)(?=; [A-Za-z/[][\w./[\]]*: |$)",
                                                  reply.error[0])] if reply.status == 400 else []
    return {"status": reply.status, "reason": reason, "faults": faults}


def resolve(value, saved):
    """Put saved ids where their names stand."""
    if isinstance(value, dict):
        return {key: resolve(inner, saved) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, saved) for inner in value]
    if isinstance(value, str) and value.startswith("$"):
        return saved[value[1:]]
    return value


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = json.load(file)
    runner = Runner(steps, sys.argv[2])
    saved = {}
    runner.daemon.start()
    try:
        for step in steps["steps"]:
            if "http" in step.get("skip", ()):
                continue
            line = {"step": step["name"]}
            try:
                result = line["ok"] = runner.run(step["as"], step["do"], resolve(step.get("args", {}), saved))
                for name, key in step.get("save", {}).items():
                    saved[name] = result[key] if key else result
            except Failed as failure:
                line["error"] = error_of(failure.reply)
            print(json.dumps(line, ensure_ascii=False), flush=True)
    finally:
        runner.daemon.close()


if __name__ == "__main__":
    main()
