#!/usr/bin/env python3
"""Whether docs/http/ describes what microcosmd serves, and whether links between documents lead somewhere.

    check_http.py [ROOT]        ROOT is the tree, by default the one that this file is in
    check_http.py --self-test

Routes: each row of the daemon's table of routes, with each of its methods, must be in the table of routes of one page of
docs/http/ ("| `/api/v1/site` | `GET HEAD PUT` | ..."), and nothing else may be there. What a page lists behind
"Not served yet:" (`GET POST /api/v1/events`) must not be served. OPTIONS goes without saying.

Links: a relative link in a document, and "docs/http/page.md#section" anywhere in the sources, must lead to a file and to
a heading in it. Names of JSON keys in the examples must be keys of the library's field tables.

Tests: each row of the tables of docs/security.md must name the tests that hold it, and they must be there: `folder/file.py`, then
`tests_of_it`, up to the next file.
"""
import re
import sys
import tempfile
from pathlib import Path

METHODS = "GET HEAD POST PUT PATCH DELETE".split()
SOURCES = ("include", "libmicrocosm", "microcosmd", "bindings", "examples", "tests", "scripts")
SUFFIXES = {".c", ".h", ".cc", ".py", ".rb", ".sql", ".md"}
# Keys of JSON that no field table has: the envelope, and objects that the daemon writes itself.
OWN_KEYS = set("context status data error siteId profileId errorCode errorDetail links rel href date version"
               " op path value from".split())


class Mistake(Exception):
    pass


# Reading the table of routes

def macros_of(source):
    """#define NAME text and #define NAME(parameter) text; parameters stay as they are, no method is in one."""
    return dict(re.findall(r"^#define[ \t]+(\w+)(?:\([^)]*\))?[ \t]+(\S.*)$", source.replace("\\\n", " "), re.M))


def expanded(text, macros):
    """With the macros in it replaced; other words in capitals become small ones, so that it ends."""
    for _ in range(8):
        text, count = re.subn(r"\b([A-Z_]+)\b(?:\([^()]*\))?",
                              lambda m: macros.get(m[1], m[0].lower()), text)
        if not count:
            break
    return text


def rows_of(table):
    """The texts between the braces of one level."""
    depth, start = 0, 0
    for i, c in enumerate(table):
        if c == "{":
            depth += 1
            start = i + 1 if depth == 1 else start
        elif c == "}":
            depth -= 1
            if depth == 0:
                yield table[start:i]


def table(root):
    """The daemon's routes, from the array in microcosmd, wherever its file is: [(route, flags, Allow, methods that have
    a handler)], flags in small letters."""
    for path in sorted((root / "microcosmd").rglob("*.c")):
        source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        found = re.search(r"\broute\s+routes\[\]\s*=\s*\{(.*?)\n\};", source, re.S)
        if not found:
            continue
        macros, out = macros_of(source), []
        for row in rows_of(found[1]):
            pattern = re.match(r'\s*"([^"]+)"', row)
            if not pattern:
                raise Mistake(f"{path}: a row without a path: {row.strip()}")
            row = expanded(row, macros)
            allow = [text.upper() for text in re.findall(r'"([a-z,]+)"', row)][-1].split(",")
            methods = {name.upper() for name in re.findall(r"\.(get|post|put|patch|delete)\s*=", row)}
            if "GET" in methods and "HEAD" in allow:
                methods.add("HEAD")
            if not methods:
                raise Mistake(f"{path}: {pattern[1]} has no handler that this program sees")
            flags = set(re.findall(r"\b(on_site|on_root|operational|banned_too|banned_self|no_credentials|only_get)\b", row))
            out.append((pattern[1], flags, allow, methods))
        if out:
            return out
    raise Mistake("no table of routes in microcosmd/")


def served(root):
    """{(route, method)}"""
    return {(route, method) for route, _, _, methods in table(root) for method in methods}


# Reading the pages

def pages_of(root):
    pages = sorted((root / "docs" / "http").glob("*.md"))
    if not pages:
        raise Mistake("no pages in docs/http/")
    return {page.name: page.read_text() for page in pages}


def described(text):
    """[(route, method)] of a page's tables of routes."""
    out = []
    for route, methods in re.findall(r"^\| `(/[^`]*)` \| `([A-Z ]+)` \|", text, re.M):
        out += [(route, method) for method in methods.split()]
    return out


def not_served(text):
    """[(route, method)] of what stands behind "Not served yet:" up to the end of the paragraph or list."""
    out = []
    for part in re.findall(r"Not served yet:(.*?)(?=\n\n(?![-] )|\Z)", text, re.S):
        for methods, route in re.findall(r"`((?:[A-Z]+ )+)(/[^`\s]*)`", part):
            out += [(route, method) for method in methods.split()]
    return out


def check_routes(root):
    real, pages, findings, seen = served(root), pages_of(root), [], {}
    for name, text in pages.items():
        for entry in described(text):
            route, method = entry
            if method not in METHODS:
                findings.append(f"docs/http/{name}: {method} is no method")
            elif entry in seen:
                findings.append(f"docs/http/{name}: {method} {route} is in {seen[entry]} as well")
            elif entry not in real:
                findings.append(f"docs/http/{name}: {method} {route} is described, but not served")
            seen[entry] = name
        for route, method in not_served(text):
            if (route, method) in real:
                findings.append(f"docs/http/{name}: {method} {route} is served, but said not to be")
    findings += [f"docs/http/: {method} {route} is served, but described on no page"
                 for route, method in sorted(real - set(seen))]
    return findings


# Links

def anchors_of(text):
    """Anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    out = set()
    for title in re.findall(r"^#+[ \t]+(.*?)[ \t]*$", text, re.M):
        out.add(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-"))
    return out


def check_link(root, path, where, link, findings):
    target, _, anchor = link.partition("#")
    file = (where / target).resolve() if target else path
    if not file.exists():
        findings.append(f"{path.relative_to(root)}: {link} leads to no file")
    elif anchor and file.suffix == ".md" and anchor not in anchors_of(file.read_text()):
        findings.append(f"{path.relative_to(root)}: {link} leads to no heading")


def check_links(root):
    findings = []
    for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        if not path.exists():
            continue
        text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.S | re.M)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:", link):
                check_link(root, path, path.parent, link, findings)
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES or path == Path(__file__).resolve():
                continue
            for link in re.findall(r"\bdocs/http/[\w-]+\.md(?:#[\w-]+)?", path.read_text(errors="replace")):
                check_link(root, path, root, link, findings)
    return findings


# Examples

def check_keys(root):
    """Keys in the examples, against MC_FIELD(struct, member, "key", ...)."""
    known = set(OWN_KEYS)
    for path in (root / "libmicrocosm").rglob("*.c"):
        known |= set(re.findall(r'MC_FIELD\(\w+,\s*\w+,\s*"(\w+)"', path.read_text()))
    if len(known) == len(OWN_KEYS):
        raise Mistake("no field tables in libmicrocosm/")
    return [f"docs/http/{name}: an example has the key {key}, which no field table has"
            for name, text in pages_of(root).items()
            for block in re.findall(r"^```json\n(.*?)^```", text, re.S | re.M)
            for key in dict.fromkeys(re.findall(r'"(\w+)":', block)) if key not in known]


# Tests that a document names

def tests_of(path):
    """Names of the tests of a file: of Criterion, of pytest."""
    text = path.read_text()
    return set(re.findall(r"^(?:Parameterized)?Test\(\w+, (\w+)", text, re.M)) | set(re.findall(r"^ *def (test_\w+)\(", text, re.M))


def rows_with_tests(root):
    """[(line, requirement, what is in the last column)]"""
    document = root / "docs" / "security.md"
    if not document.exists():
        return
    for number, line in enumerate(document.read_text().splitlines(), 1):
        cells = re.match(r"\| (.*?) \| .* \| (.*?) \|$", line)
        if cells and cells[1] not in ("requirement", "---"):
            yield number, cells[1], cells[2]


def check_tests(root):
    """A row says "–" where there is nothing to be tested."""
    findings, file, known = [], None, set()
    for number, requirement, last in rows_with_tests(root):
        names = re.findall(r"`([^`]+)`", last)
        if not names and last not in ("–", "the same"):
            findings.append(f"docs/security.md:{number}: {requirement} names no test")
        for name in names:
            if "." not in name:
                if name not in known:
                    findings.append(f"docs/security.md:{number}: {name} is no test of {file}")
                continue
            file = name if "/" in name else f"tests/http/{name}"
            known = tests_of(root / file) if (root / file).exists() else set()
            if not (root / file).exists():
                findings.append(f"docs/security.md:{number}: there is no {file}")
    return findings


def check(root):
    return check_routes(root) + check_links(root) + check_keys(root) + check_tests(root)


# Testing itself

ROUTES = """
#define READ "OPTIONS,HEAD,GET"
#define EDITED .put = edit, .patch = patch
#define ONE(r)                     \\
    .get = get, EDITED, .thing = &(r)
static const route routes[] = {
    {"/api/v1/site", ON_SITE, READ, .get = site},
    {"/api/v1/things/{id}", ON_SITE, "OPTIONS,GET", ONE(a_thing)},
};
"""
PAGE = """# Things

| route | methods | hosts |
| --- | --- | --- |
| `/api/v1/site` | `GET HEAD` | site |
| `/api/v1/things/{id}` | `GET PUT PATCH` | site |

See [above](#things) and [there](other.md#one-more).

```json
{"status":200,"data":{"title":"x"}}
```

Not served yet: `DELETE /api/v1/things/{id}`.
"""
SECURITY = """| requirement | what is done | test |
| --- | --- | --- |
| 1.1 | a | `tests/unit/test_a.c`: `holds` |
| 1.2 | b | `test_b.py`: `test_it` |
| 1.3 | nothing | – |
"""
FAULTS = [  # (file, what, in place of what, what is found)
    ("page", "| `/api/v1/site` | `GET HEAD` | site |\n", "", "GET /api/v1/site is served, but described"),
    ("page", "`GET HEAD`", "`GET`", "HEAD /api/v1/site is served, but described"),
    ("page", "`GET PUT PATCH`", "`GET PUT PATCH DELETE`", "DELETE /api/v1/things/{id} is described, but not served"),
    ("page", "`DELETE /api", "`DELETE GET /api", "GET /api/v1/things/{id} is served, but said not to be"),
    ("page", "(#things)", "(#nothing)", "#nothing leads to no heading"),
    ("page", "other.md#one-more", "another.md", "another.md leads to no file"),
    ("page", '"title"', '"titel"', "the key titel"),
    ("routes", "#define EDITED .put = edit, .patch", "#define EDITED .put = edit, .post", "POST /api/v1/things/{id} is served"),
    ("security", "`holds`", "`held`", "held is no test of tests/unit/test_a.c"),
    ("security", "`test_b.py`: ", "", "test_it is no test of tests/unit/test_a.c"),
    ("security", "`test_b.py`", "`test_c.py`", "there is no tests/http/test_c.py"),
    ("security", "`tests/unit/test_a.c`: `holds`", "by hand", "1.1 names no test"),
    ("fields", "docs/http/page.md#things", "docs/http/page.md#gone", "#gone leads to no heading"),
]


def self_test():
    def findings(**texts):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            for name in ("docs/http", "microcosmd/api", "libmicrocosm", "tests/unit", "tests/http"):
                (root / name).mkdir(parents=True)
            (root / "docs/http/page.md").write_text(texts["page"])
            (root / "docs/http/other.md").write_text("# Other\n\n## One, more\n")
            (root / "microcosmd/api/routes.c").write_text(texts["routes"])
            (root / "libmicrocosm/types.c").write_text(texts["fields"])
            (root / "docs/security.md").write_text(texts["security"])
            (root / "tests/unit/test_a.c").write_text("Test(a, holds)\n{\n}\n")
            (root / "tests/http/test_b.py").write_text("def test_it():\n    pass\n")
            return check(root)

    good = {"page": PAGE, "routes": ROUTES, "security": SECURITY,
            "fields": '/* docs/http/page.md#things */\nMC_FIELD(mc_thing, title, "title"),\n'}
    assert findings(**good) == [], findings(**good)
    for file, what, instead, expected in FAULTS:
        assert what in good[file], what
        found = findings(**{**good, file: good[file].replace(what, instead)})
        assert any(expected in line for line in found), (expected, found)


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent.parent).resolve()
    findings = check(root)
    for line in findings:
        print(line, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
