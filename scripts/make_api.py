#!/usr/bin/python3
"""Makes docs/api.md: each route and method of microcosmd, and what covers it.

    make_api.py             writes the page
    make_api.py --check     fails if a route is missing there, if something there isn't so any more, or if nothing
                            covers a route; a page that doesn't know the newest tests yet is good enough
    make_api.py --self-test

Routes come from the daemon's own table (tests/docs/check_http.py reads it). A route is covered by a rule of the
authorisation matrix (tests/http/rules*.py), and by the test files in tests/http that send it a request: their source is
read for calls such as client.get(path), whose paths are put together from texts, constants and f-strings. Paths that only
a running test knows are not seen, so there is at least as much as the page says.
"""
import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HTTP = ROOT / "tests/http"
sys.path[:0] = [str(HTTP), str(ROOT / "tests/docs")]

import check_http  # noqa: E402

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
UNKNOWN = "\0"
MOST_VALUES = 20
HEAD = """<!-- Made by scripts/make_api.py from the daemon's routes and its tests; not to be edited. -->

# Routes and what covers them

Each route of microcosmd with each of its methods. [docs/http/](http/README.md) describes them: *page* says where. *rules* names
the file in `tests/http` whose rules say who may do this, in which state of the thing, with which answer; the tests try each rule with
everybody. *tests* are the other files there, without `test_` and `.py`, that send such requests, as far as their source tells. `OPTIONS` goes without
saying: one test asks it of all routes.

| route | method | hosts | page | rules | tests |
| --- | --- | --- | --- | --- | --- |
"""


# Reading tests

class Paths(ast.NodeVisitor):
    """Collects (method, path) of the requests in a file. UNKNOWN stands for what isn't known before it runs."""

    def __init__(self, tree):
        self.scopes = [self.names_in(tree)]
        self.found = set()
        self.visit(tree)

    @staticmethod
    def names_in(scope):
        """Names that are given values in a module or function, and which expressions."""
        names = {}
        pending = list(ast.iter_child_nodes(scope))
        while pending:
            node = pending.pop()
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
                continue
            pending += ast.iter_child_nodes(node)
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        names.setdefault(target.id, []).append(node.value)
            elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
                if isinstance(node.iter, (ast.Tuple, ast.List)):
                    names.setdefault(node.target.id, []).extend(node.iter.elts)
        return names

    def values(self, node, depth=0):
        """What a text may be."""
        if depth > 8:
            return {UNKNOWN}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return {node.value}
        if isinstance(node, ast.JoinedStr):
            return self.joined(node.values, depth)
        if isinstance(node, ast.FormattedValue):
            return self.values(node.value, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self.joined([node.left, node.right], depth)
        if isinstance(node, ast.IfExp):
            return self.values(node.body, depth + 1) | self.values(node.orelse, depth + 1)
        if isinstance(node, ast.Name):
            for scope in reversed(self.scopes):
                if node.id in scope:
                    return set().union(*(self.values(value, depth + 1) for value in scope[node.id]))
        return {UNKNOWN}

    def joined(self, nodes, depth):
        texts = {""}
        for node in nodes:
            texts = {before + after for before in texts for after in self.values(node, depth + 1)}
            if len(texts) > MOST_VALUES:
                return {UNKNOWN}
        return texts

    def add(self, methods, node):
        for path in self.values(node):
            override = re.search(r"[?&]method=([A-Za-z]+)", path)
            if path.startswith("/"):
                for method in methods:
                    self.found.add((override[1].upper() if override and method == "POST" else method, path.partition("?")[0]))

    def methods_of(self, node):
        return self.values(node) & set(METHODS)

    def visit_FunctionDef(self, node):
        self.scopes.append(self.names_in(node))
        self.generic_visit(node)
        self.scopes.pop()

    def pairs(self, nodes):
        """A method followed by a path."""
        for first, second in zip(nodes, nodes[1:]):
            methods = self.methods_of(first)
            if methods:
                self.add(methods, second)

    def visit_Call(self, node):
        if isinstance(node.func, ast.Attribute) and node.func.attr.upper() in METHODS and node.args:
            self.add({node.func.attr.upper()}, node.args[0])
        self.pairs(node.args)
        self.generic_visit(node)

    def visit_Tuple(self, node):
        self.pairs(node.elts)
        self.generic_visit(node)


def is_part(pattern, part):
    """Whether a part of a path, with unknown pieces, may be this part of a route."""
    if "{" in pattern:
        shape = re.escape(pattern).replace(r"\{id\}", r"[0-9\0]+")
        return re.fullmatch(re.sub(r"\\\{\w+\\\}", r"[\\w.\0-]+", shape), part) is not None
    pieces = part.split(UNKNOWN)
    return any(pieces) and re.fullmatch(".*".join(map(re.escape, pieces)), pattern) is not None


def find(table, path):
    """The patterns of the routes that a path may lead to."""
    parts = path.split("/")
    for pattern, *_ in table:
        if path == pattern:
            return {pattern}
    return {pattern for pattern, *_ in table if len(pattern.split("/")) == len(parts)
            and all(is_part(p, part) if part or p else True for p, part in zip(pattern.split("/"), parts))}


def tests_of(table):
    """{(method, pattern): {name of a file}}"""
    out = {}
    for file in sorted(HTTP.glob("test_*.py")):
        for method, path in Paths(ast.parse(file.read_text())).found:
            for pattern in find(table, path):
                out.setdefault((method, pattern), set()).add(file.stem[len("test_"):])
    return out


def rules_of():
    """{(method, pattern): {name of a file}}"""
    import routes
    import rules
    import rules_items
    import rules_people

    out = {}
    site, root = ([(method, path) for method, path, *_ in rows] for rows in (rules_people.SITE_RULES, rules_people.ROOT_RULES))
    for file, pairs in (("rules", [(r.method, r.path) for r in rules.content()]),
                        ("rules_items", [(r.method, r.path) for r in rules_items.all_rules()]),
                        ("rules_people", [(r.method, r.path) for r in rules_people.all_rules()] + site + root)):
        for method, path in pairs:
            out.setdefault((method, routes.find(path).pattern), set()).add(file)
    return out


# Writing

def hosts(flags):
    return "every" if "operational" in flags else ", ".join(name for flag, name in (("on_site", "site"), ("on_root", "root"))
                                                            if flag in flags)


def page(table, rules, tests, pages):
    """The page, and the routes that nothing covers."""
    lines, bare = [], []
    for pattern, flags, _, methods in sorted(table):
        for method in METHODS:
            if method not in methods:
                continue
            key = method, pattern
            if not rules.get(key) and not tests.get(key):
                bare.append(f"{method} {pattern}")
            where = pages.get((pattern, method))
            lines.append(f"| `{pattern}` | {method} | {hosts(flags)} | {f'[{where}](http/{where})' if where else ''} "
                         f"| {', '.join(sorted(rules.get(key, ())))} | {', '.join(sorted(tests.get(key, ())))} |\n")
    return HEAD + "".join(lines), bare


def rows_of(text):
    """Route and method -> the other columns, of which the last two are sets of names."""
    rows = {}
    for line in re.findall(r"^\| `(.*) \|$", text, re.M):
        pattern, method, where, described, *names = line.replace("`", "", 1).split(" | ")
        rows[pattern, method] = where, described.strip(), *({name for name in part.strip().split(", ") if name}
                                                            for part in names)
    return rows


def outdated(written, made):
    """What the page says that isn't so, and what it leaves out."""
    old, new = rows_of(written), rows_of(made)
    out = [f"{method} {pattern} is missing" for pattern, method in new.keys() - old.keys()]
    for key in old:
        is_so = key in new and old[key][:2] == new[key][:2] and all(a <= b for a, b in zip(old[key][2:], new[key][2:]))
        if not is_so:
            out.append(f"{key[1]} {key[0]} isn't as it says")
    return sorted(out)


def make():
    table = check_http.table(ROOT)
    pages = {entry: name for name, text in check_http.pages_of(ROOT).items() for entry in check_http.described(text)}
    return page(table, rules_of(), tests_of(table), pages)


SOURCE = '''
PATH = "/api/v1/things"
def test(client, thing):
    client.get(f"{PATH}/{thing}")
    for one in ("/api/v1/site", PATH):
        client.head(one)
    client.post(f"{PATH}/7?method=PUT", {})
    client.request("PATCH", f"/api/v1/{client.kind}gs/{thing.id}")
    send(client, "DELETE", PATH + "/" + str(thing))
    client.get(thing.href)
    client.post(f"/api/v1/{thing}")
'''
TABLE = [("/api/v1/site", {"on_site", "on_root"}, [], {"GET", "HEAD"}),
         ("/api/v1/things", {"on_site"}, [], {"HEAD", "POST"}),
         ("/api/v1/things/{id}", {"on_site"}, [], {"GET", "PUT", "PATCH", "DELETE"})]


def self_test():
    found = {(method, pattern) for method, path in Paths(ast.parse(SOURCE)).found for pattern in find(TABLE, path)}
    wanted = {(method, "/api/v1/things/{id}") for method in ("GET", "PUT", "PATCH", "DELETE")}
    wanted |= {("HEAD", "/api/v1/site"), ("HEAD", "/api/v1/things")}
    assert found == wanted, found ^ wanted
    text, bare = page(TABLE, {("GET", "/api/v1/site"): {"rules"}}, {key: {"a"} for key in found},
                      {("/api/v1/site", "GET"): "sites.md"})
    assert bare == ["POST /api/v1/things"], bare
    assert outdated(text, text) == []
    assert outdated(text.replace("| a |", "|  |", 1), text) == [], "not yet"
    assert outdated(text, text.replace("| a |", "|  |", 1)) == ["HEAD /api/v1/site isn't as it says"], "not any more"
    assert outdated(text.replace("| HEAD |", "| PUT |", 1), text) == ["HEAD /api/v1/site is missing",
                                                                       "PUT /api/v1/site isn't as it says"]
    assert outdated("", text)[0] == "DELETE /api/v1/things/{id} is missing"
    assert "| `/api/v1/site` | GET | site, root | [sites.md](http/sites.md) | rules |  |\n" in text, text


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    text, bare = make()
    file = ROOT / "docs/api.md"
    for route in bare:
        print(f"nothing covers {route}", file=sys.stderr)
    if sys.argv[1:] == ["--check"]:
        faults = outdated(file.read_text() if file.exists() else "", text)
        for fault in faults:
            print(f"docs/api.md: {fault}: run scripts/make_api.py", file=sys.stderr)
        return 1 if bare or faults else 0
    file.write_text(text)
    return 1 if bare else 0


if __name__ == "__main__":
    sys.exit(main())
