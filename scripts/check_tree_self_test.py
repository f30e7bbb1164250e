"""The test of check_tree.py: a small tree that follows all rules, and the message required for each violation."""
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from check_tree import LONGEST, add_versions, check

# A small tree that follows all rules.
SOUND = {
    "include/microcosm.h": "#include <microcosm/base.h>\n",
    "include/microcosm/base.h":
        "#ifndef B\n#define B\n#include <stdint.h>\n#define MC_API __attribute__((visibility(\"default\")))\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
        "/** MC_API int mc_no(void); */\nMC_API const char *mc_yes(int (*fn)(void),\n    int a);\n"
        "MC_API extern const int mc_table[];\n"
        "#ifdef __cplusplus\n}\n#endif\n#endif\n",
    "libmicrocosm/core/core.h": "#include <microcosm/base.h>\n#include <string.h>\n#include \"banned.h\"\n",
    "libmicrocosm/microcosm.map":
        "/* since when */\nMICROCOSM_0.1 {\nglobal:\n    mc_table;\nlocal:\n    *;\n};\n"
        "MICROCOSM_0.2 {\nglobal:\n    mc_yes;\n} MICROCOSM_0.1;\n",
    "libmicrocosm/core/banned.h": "",
    "libmicrocosm/core/digest.c":
        "#include \"core.h\"\n#include \"config.h\"\n#include <gcrypt.h>\n"
        "/* printf(\"\") and exit(1) */ static const char *t = \"abort() \\\" puts(\";\n"
        "void f(void) { mc__exit(1); x->exit(2); y.abort(); _exit(3); dprintf(1, t); }\n"
        "_Static_assert(1, \"\"); int g(const char *, ...) __attribute__((format(printf, 1, 2)));\n",
    "libmicrocosm/db/query.c":
        "#include \"../core/core.h\"\n#include \"queries.h\"\n#include <libpq-fe.h>\n#include <sys/wait.h>\n",
    "libmicrocosm/record/json.c": "#include \"core/core.h\"\n#include <json-c/json.h>\n",
    "libmicrocosm/domain/base/call.h": "#include \"core/core.h\"\n#include \"queries.h\"\n",
    "libmicrocosm/domain/access/tree.h": "#include \"../base/call.h\"\n",
    "libmicrocosm/domain/content/items.h": "#include \"../access/tree.h\"\n#include \"../base/call.h\"\n",
    "libmicrocosm/domain/feed/follow.h": "#include \"../access/tree.h\"\n",
    "libmicrocosm/domain/people/people.h": "#include \"../content/items.h\"\n",
    "libmicrocosm/domain/sites/sites.h": "#include \"../content/items.h\"\n",
    "libmicrocosm/domain/app.c": "#include \"people/people.h\"\n#include \"sites/sites.h\"\n",
    "microcosmd/main.c": "#include \"own.h\"\n#include \"api/api.h\"\n#include <microcosm.h>\n",
    "microcosmd/api/api.h": "#include \"http/server.h\"\n",
    "microcosmd/http/server.h": "#include \"reply.h\"\n#include <civetweb.h>\n",
    "microcosmd/http/reply.h": "",
    "microcosmd/own.h": "#include <stdio.h>\n",
    "examples/host.c": "#include <libpq-fe.h>\n#include <microcosm.h>\nint main(void) { exit(1); }\n",
}

# A file added to it, and the required message about that file.
VIOLATIONS = [
    ("libmicrocosm/core/a.c", '#include "../db/db.h"', "no such file"),
    ("libmicrocosm/core/a.c", '#include "../domain/base/call.h"', "core may not include base"),
    ("libmicrocosm/db/a.c", '#include "domain/base/call.h"', "db may not include base"),
    ("libmicrocosm/domain/base/a.c", '#include "../access/tree.h"', "base may not include access"),
    ("libmicrocosm/domain/access/a.c", '#include "domain/content/items.h"', "access may not include content"),
    ("libmicrocosm/domain/content/a.c", '#include "../feed/follow.h"', "content may not include feed"),
    ("libmicrocosm/domain/content/a.c", '#include "../sites/sites.h"', "content may not include sites"),
    ("libmicrocosm/domain/feed/a.c", '#include "../content/items.h"', "feed may not include content"),
    ("libmicrocosm/domain/sites/a.c", '#include "../people/people.h"', "sites may not include people"),
    ("libmicrocosm/domain/people/a.c", '#include "../sites/sites.h"', "people may not include sites"),
    ("libmicrocosm/domain/other/a.c", '#include "../base/call.h"', "other is no layer"),
    ("libmicrocosm/core/a.c", '#include "queries.h"', "core may not include db"),
    ("libmicrocosm/markup/a.c", '#include "queries.h"', "markup may not include db"),
    ("libmicrocosm/domain/a.c", '#include "../../microcosmd/own.h"', "may not include microcosmd/"),
    ("libmicrocosm/domain/a.c", '#include "/etc/passwd"', "outside of the project"),
    ("libmicrocosm/other/a.c", '#include "core/core.h"', "other is no layer"),
    ("libmicrocosm/domain/a.c", "#include <libpq-fe.h>", "libpq is for db and record only"),
    ("libmicrocosm/domain/a.c", "  #  include <json-c/json.h>", "json-c is for record only"),
    ("libmicrocosm/db/a.c", "#include <gcrypt.h>", "libgcrypt is for core only"),
    ("libmicrocosm/domain/a.c", "#include <md4c.h>", "md4c is for markup only"),
    ("libmicrocosm/record/a.c", "#include <gumbo.h>", "gumbo is for markup only"),
    ("libmicrocosm/markup/a.c", "#include <utf8proc.h>", "utf8proc is for core only"),
    ("libmicrocosm/domain/a.c", "#include <curl/curl.h>", "libcurl is for remote only"),
    ("libmicrocosm/domain/a.c", "#include <civetweb.h>", "civetweb is for microcosmd only"),
    ("libmicrocosm/domain/a.c", "#include <zlib.h>", "has no home"),
    ("libmicrocosm/domain/a.c", "#include <microcosm/none.h>", "no such public header"),
    ("microcosmd/a.c", "#include <libpq-fe.h>", "libpq is for db and record only"),
    ("microcosmd/a.c", '#include "../libmicrocosm/core/core.h"', "microcosmd has only its own"),
    ("microcosmd/a.c", '#include "microcosm/base.h"', "microcosmd has only its own"),
    ("microcosmd/http/a.c", '#include "api/api.h"', "microcosmd/http may not include microcosmd/api"),
    ("microcosmd/http/a.c", '#include "../own.h"', "microcosmd/http may not include microcosmd/."),
    ("microcosmd/more/a.c", '#include "http/reply.h"', "microcosmd/more is no layer"),
    ("examples/a.c", '#include "../libmicrocosm/core/core.h"', "examples has only its own"),
    ("bindings/ruby/a.c", '#include "core/core.h"', "bindings has only its own"),
    ("libmicrocosm/db/a.c", "void f(void)\n{\n    exit(1);\n}", ":3: exit(): the library never"),
    ("libmicrocosm/db/a.c", "void f(void) { abort (); }", "abort(): the library never"),
    ("libmicrocosm/db/a.c", "void f(int i) { assert(i); }", "assert(): the library never"),
    ("libmicrocosm/db/a.c", 'void f(void) { printf("x"); }', "printf(): the library never"),
    ("libmicrocosm/db/a.c", 'void f(void) { puts("x"); }', "puts(): the library never"),
    ("libmicrocosm/db/a.c", 'void f(void) { perror("x"); }', "perror(): the library never"),
    ("libmicrocosm/db/a.c", 'void f(void) { fprintf(stderr, "x"); }', "stderr belongs to the host"),
    ("libmicrocosm/db/a.c", "void f(void) { fputs(t, stdout); }", "stdout belongs to the host"),
    ("include/microcosm/a.h", '#include "base.h"', "include each other as <microcosm/...>"),
    ("include/microcosm/a.h", "#include <libpq-fe.h>", "no public header needs that"),
    ("include/microcosm/a.h", "#include <microcosm/base.h>\nMC_API size_type mc_a(void);", "alone as C99"),
    ("include/microcosm/a.h", "struct a { int b; };", "alone as C99"),
    ("include/microcosm/a.h", "#ifndef A\n#define A\nstruct mc_a { int class; };\n#endif", "alone as C++11"),
    ("include/microcosm/a.h", "#ifndef A\n#define A\nstruct mc_a { int n; char t[]; };\n#endif", "alone as C++11"),
    ("include/microcosm/a.h", "#ifndef A\n#define A\nenum { A1 = (__extension__({ 1; })) };\n#endif", "alone as C99"),
]


def write_tree(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def test_violations(root, failures):
    for name, content, wanted in VIOLATIONS:
        path = root / name
        write_tree(root, {name: content + "\n"})
        messages = check(root, out=None)
        if not any(wanted in message and message.startswith(name) for message in messages):
            failures.append(f"{name}: {content}\n  wanted: {wanted}\n  got: {messages}")
        others = [message for message in messages if not message.startswith(name)]
        if others:
            failures.append(f"{name}: {content}\n  found elsewhere: {others}")
        path.unlink()


def compiler():
    return shlex.split(os.environ.get("CC") or "cc")


def build_objects(root, files):
    """Makes a static library of files below libmicrocosm/, at the path of a build."""
    library = root / "build/libmicrocosm/libmicrocosm.a"
    library.parent.mkdir(parents=True, exist_ok=True)
    library.unlink(missing_ok=True)
    for name, source in files.items():
        target = root / "build" / (name.replace("/", "_") + ".o")
        subprocess.run([*compiler(), "-w", "-x", "c", "-", "-c", "-o", target], input=source, text=True, check=True)
        subprocess.run(["ar", "q", library, target], capture_output=True, check=True)


def build_library(root, source):
    """Makes a shared library and an empty static one, at the paths of a build."""
    build_objects(root, {})
    subprocess.run(["ar", "q", root / "build/libmicrocosm/libmicrocosm.a"], capture_output=True, check=True)
    subprocess.run([*compiler(), "-x", "c", "-", "-shared", "-fPIC", "-fvisibility=hidden",
                    "-o", root / "build/libmicrocosm/libmicrocosm.so"],
                   input=source, text=True, check=True)
    return root / "build"


PUBLIC = '__attribute__((visibility("default"))) '
SOUND_SOURCE = f"{PUBLIC}const char *mc_yes(void) {{ return 0; }} {PUBLIC}const int mc_table[] = {{1}};"


def test_exports(root, failures):
    public, sound = PUBLIC, SOUND_SOURCE
    cases = [
        (sound, None),
        (sound + "int mc_hidden(void) { return 1; }", None),
        (sound.replace(public, "", 1), "mc_yes is marked MC_API, but"),
        (sound + f"{public}int mc__more(void) {{ return 1; }}", "exports mc__more, which no"),
        (sound + f"void abort(void); {public}void mc_stop(void) {{ abort(); }}", "uses abort;"),
    ]
    for source, wanted in cases:
        messages = check(root, build_library(root, source), out=None)
        if wanted and not any(wanted in message for message in messages):
            failures.append(f"{source}\n  wanted: {wanted}\n  got: {messages}")
        if not wanted and messages:
            failures.append(f"{source}\n  wanted nothing\n  got: {messages}")
    if not check(root, root / "nowhere", out=None):
        failures.append("a build folder without a library was accepted")


def expect(failures, about, messages, wanted):
    """wanted: texts that must each occur in one message; [] for no messages."""
    missing = [text for text in wanted if not any(text in message for message in messages)]
    if missing or len(messages) != len(wanted):
        failures.append(f"{about}\n  wanted: {wanted}\n  got: {messages}")


def test_include_cycles(root, failures):
    cycle = {"libmicrocosm/domain/base/a.h": '#include "b.h"\n', "libmicrocosm/domain/base/b.h": '#include "c.h"\n',
             "libmicrocosm/domain/base/c.h": '#include "domain/base/a.h"\n'}
    write_tree(root, cycle)
    expect(failures, "headers in a circle", check(root, out=None),
           ["includes b.h (b.h) in a circle of 3", "includes c.h (c.h) in a circle of 3",
            "includes a.h (domain/base/a.h) in a circle of 3"])
    (root / "libmicrocosm/domain/base/c.h").write_text("")
    expect(failures, "headers in a row", check(root, out=None), [])
    for name in cycle:
        (root / name).unlink()


def test_calls_between_files(root, failures):
    """files: the compiled texts, which may differ from those in the tree."""
    cases = [
        ({"domain/base/a.c": "void b(void); void a(void) { b(); }", "domain/base/b.c": "void b(void) {}"}, []),
        ({"domain/base/a.c": "void b(void); void a(void) { b(); }",
          "domain/base/b.c": "void a(void); void b(void) { a(); }"},
         ["base/a.c: calls b.c (b) in a circle of 2", "base/b.c: calls a.c (a) in a circle of 2"]),
        ({"db/a.c": "extern int b; int a(void) { return b; }", "db/b.c": "int a(void); int c(void); int b; int d(void) { return c(); }",
          "db/c.c": "int a(void); int c(void) { return a(); }"},
         ["db/a.c: calls b.c (b) in a circle of 3", "db/b.c: calls c.c (c) in a circle of 3",
          "db/c.c: calls a.c (a) in a circle of 3"]),
        ({"domain/base/a.c": "static void f(void) {} void a(void) { f(); }",
          "domain/base/b.c": "static void f(void) {} void a(void); void b(void) { f(); a(); }"}, []),
        ({"record/a.c": "extern int types[]; int a(void) { return types[0]; }", "domain/app.c": "int types[] = {1};"},
         ["record/a.c: uses types of app.c: record may not call app"]),
        ({"domain/sites/a.c": "void p(void); void a(void) { p(); }", "domain/people/p.c": "void p(void) {}"},
         ["sites/a.c: uses p of p.c: sites may not call people"]),
        ({"core/a.c": "__attribute__((weak)) void hook(void) {} void a(void) { hook(); }",
          "domain/app.c": "void a(void); void hook(void) { a(); }"}, []),
    ]
    build = build_library(root, SOUND_SOURCE)
    for files, wanted in cases:
        added = {f"libmicrocosm/{name}": "" for name in files if not (root / "libmicrocosm" / name).exists()}
        write_tree(root, added)
        build_objects(root, files)
        expect(failures, files, check(root, build, out=None), wanted)
        for name in added:
            (root / name).unlink()
    (build / "libmicrocosm/libmicrocosm.a").unlink()
    expect(failures, "no static library", check(root, build, out=None), ["there is no libmicrocosm.a"])


def test_lengths(root, failures):
    lines = "\n" * LONGEST
    cases = [
        ("libmicrocosm/core/a.c", lines, []),
        ("libmicrocosm/core/a.c", lines + "\n", ["core/a.c: has more than 600 lines"]),
        ("libmicrocosm/core/a.c", "/* Longer than 600 lines because it is a table. */\n" + lines, []),
        ("libmicrocosm/core/a.c", "/* Longer than 600 lines. */\n" + lines, ["core/a.c: has more than 600 lines"]),
        ("libmicrocosm/sql/content/a.sql", lines + "\n", ["content/a.sql: has more than 600 lines"]),
        ("bindings/python/tests/test_a.py", lines + "\n", []),
        ("scripts/a.py", lines + "\n", ["scripts/a.py: has more than 600 lines"]),
    ]
    for name, content, wanted in cases:
        write_tree(root, {name: content})
        expect(failures, f"{name} with {content.count(chr(10))} lines", check(root, out=None), wanted)
        (root / name).unlink()


def test_named_files(root, failures):
    write_tree(root, {"libmicrocosm/sql/content/a.sql": ""})
    cases = [("`sql/content/a.sql`, `steps/NNNN_what.sql`", []), ("first\n`sql/a.sql`", ["README.md:2: there is no file sql/a.sql"])]
    for text, wanted in cases:
        write_tree(root, {"README.md": text})
        expect(failures, f"README.md with {text}", check(root, out=None), wanted)
    (root / "README.md").unlink()
    (root / "libmicrocosm/sql/content/a.sql").unlink()


def test_versions(root, failures):
    path = root / "libmicrocosm/microcosm.map"
    sound = path.read_text(encoding="utf-8")
    cases = [
        (sound.replace("    mc_yes;\n", ""), "mc_yes is marked MC_API, but microcosm.map"),
        (sound.replace("    mc_yes;", "    mc_yes;\n    mc_zero;"), "mc_zero has a version, but no"),
        (sound.replace("    mc_yes;", "    mc_table;\n    mc_yes;"), "mc_table is in two versions"),
        (sound.replace("    mc_table;", "    mc_yes;\n    mc_table;"), "MICROCOSM_0.1: the names are not in order"),
        (sound.replace("    mc_yes;", "    mc_*;"), "MICROCOSM_0.2: each line has one plain name"),
        ("", "mc_yes is marked MC_API, but microcosm.map"),
    ]
    for source, wanted in cases:
        path.write_text(source, encoding="utf-8")
        messages = check(root, out=None)
        if not any(wanted in message for message in messages):
            failures.append(f"{source}\n  wanted: {wanted}\n  got: {messages}")
    path.write_text(sound.replace("    mc_yes;\n", ""), encoding="utf-8")
    add_versions(root)
    if path.read_text(encoding="utf-8") != sound:
        failures.append("add_versions() doesn't put a new name into the last version")


def self_test():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write_tree(root, SOUND)
        if messages := check(root, out=None):
            failures.append(f"a sound tree\n  got: {messages}")
        test_violations(root, failures)
        test_versions(root, failures)
        test_exports(root, failures)
        test_include_cycles(root, failures)
        test_calls_between_files(root, failures)
        test_lengths(root, failures)
        test_named_files(root, failures)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0
