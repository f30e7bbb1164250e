"""The package as others get it: type stubs, a wheel, an installation."""

import ast
import email
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import microcosm
from microcosm import _library

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent
ROOT = SOURCE.parent.parent
NO_SANITIZER = {"LD_PRELOAD": ""}
STUBS = SOURCE / "microcosm/__init__.pyi"


def run(*command, **environment):
    """Run a command; with NO_SANITIZER for those that don't load the library."""
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=300)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


# Stubs

def test_stubs_are_up_to_date(tmp_path):
    """If not: make_stubs.py bindings/python/microcosm, in the environment of this test."""
    run(sys.executable, str(SOURCE / "make_stubs.py"), str(tmp_path))
    for made in sorted(tmp_path.glob("*.pyi")):
        assert made.read_text() == (SOURCE / "microcosm" / made.name).read_text(), made.name
    assert {made.name for made in tmp_path.glob("*.pyi")} == {path.name for path in (SOURCE / "microcosm").glob("*.pyi")}


def stub_members(name, stubs=STUBS):
    """Name -> parameters (None for no method) of what the stubs say of a class."""
    [found] = [node for node in ast.parse(stubs.read_text()).body if isinstance(node, ast.ClassDef) and node.name == name]
    members = {}
    for node in found.body:
        if isinstance(node, ast.FunctionDef):
            is_property = any(getattr(each, "id", "") == "property" for each in node.decorator_list)
            every = node.args.args[1:] + node.args.kwonlyargs
            members[node.name] = None if is_property else [argument.arg for argument in every]
        elif isinstance(node, ast.AnnAssign):
            members[node.target.id] = None
    return members


# What instances have of their own, or their base has, which the class doesn't tell of.
OF_INSTANCES = {"Session": {"app", "upload", "upload_all", "download", "download_link", "site_export", "site_import"},
                "Error": {"message", "sqlstate", "reason", "faults"},
                "Credentials": {"scheme", "token", "site_id", "site_key", "address"}, "Identity": {"email"},
                "AuthFlow": {"site_id", "site_key", "redirect_uri", "state", "nonce", "challenge", "verifier", "code", "issuer"}}


@pytest.mark.parametrize("name", ["App", "Session", "Record", "Error", "Conversation", "Credentials", "Identity", "AuthFlow"])
def test_stubs_say_what_there_is(name):
    found = getattr(microcosm, name)
    there = (set(dir(found)) - set(dir(found.__base__))) | OF_INSTANCES.get(name, set())
    assert {member for member in stub_members(name) if not member.startswith("_")} == {
        member for member in there if not member.startswith("_")} - ({"fields"} if name == "Conversation" else set())


def test_stubs_name_the_parameters():
    told = stub_members("Session")
    for name, method in vars(microcosm.Session).items():
        code = getattr(method, "__code__", None)
        if name.startswith("_") or code is None:
            continue
        parameters = code.co_varnames[1:code.co_argcount + code.co_kwonlyargcount]
        if name != "transaction":  # a context manager, whose wrapper tells nothing
            assert set(parameters) <= set(told[name]), name


@pytest.mark.parametrize("name", microcosm.resources.__all__)
def test_stubs_of_resources_say_what_there_is(name):
    told = stub_members(name, STUBS.with_name("resources.pyi"))
    there = {member: code for member, code in vars(getattr(microcosm.resources, name)).items() if not member.startswith("_")}
    assert {member for member in told if not member.startswith("_")} == set(there)
    for member, method in there.items():
        code = method.__code__
        assert set(code.co_varnames[1:code.co_argcount + code.co_kwonlyargcount]) == set(told[member]), member


def test_everything_has_a_stub():
    names = {getattr(node, "name", None) for node in ast.parse(STUBS.read_text()).body}
    assert set(microcosm.__all__) - {"version", "build_date", "resources"} <= names


@pytest.fixture(scope="module")
def mypy_cache(tmp_path_factory):
    """What mypy has found out about the package counts for all tests."""
    return str(tmp_path_factory.mktemp("mypy"))


@pytest.mark.skipif(not shutil.which("mypy", path="/usr/bin"), reason="no mypy")
def test_mypy_is_content_with_the_example(tmp_path, mypy_cache):
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nstrict = True\n[mypy-psycopg2.*]\nignore_missing_imports = True\n")
    run("/usr/bin/mypy", "--config-file", str(settings), "--cache-dir", mypy_cache,
        str(ROOT / "examples/python_app/app.py"), MYPYPATH=str(pathlib.Path(microcosm.__file__).parent.parent),
        **NO_SANITIZER)


@pytest.mark.skipif(not shutil.which("mypy", path="/usr/bin"), reason="no mypy")
def test_mypy_finds_mistakes(tmp_path, mypy_cache):
    mistakes = ["session.conversation_get('41')", "session.conversation_get(41, limits=5)", "session.site_get().titel",
                "microcosm.open(connections='many')", "len(session.conversation_create(title='x'))", "microcosm.NotFond", "session.conversations.create()",
                "session.conversations[1].comments[0].titel", "session.conversations.create(title='x', microcosm=session)"]
    program = tmp_path / "program.py"
    program.write_text("import microcosm\ndef use(session: microcosm.Session) -> None:\n    " + "\n    ".join(mistakes) + "\n")
    done = subprocess.run(["/usr/bin/mypy", "--cache-dir", mypy_cache, str(program)], capture_output=True,
                          text=True, env={**os.environ, **NO_SANITIZER,
                                     "MYPYPATH": str(pathlib.Path(microcosm.__file__).parent.parent)})
    for line, mistake in enumerate(mistakes, 3):
        assert f"program.py:{line}: error" in done.stdout, mistake


# The wheel

@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what building needs: a build writes beside its sources."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "include", root / "include")
    shutil.copytree(SOURCE, root / "bindings/python", ignore=shutil.ignore_patterns("__pycache__", "tests"))
    return root / "bindings/python"


OFFLINE = ("--no-index", "--no-build-isolation", "--disable-pip-version-check", "--root-user-action=ignore")


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory):
    """Built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run("/usr/bin/python3", "-m", "pip", "wheel", *OFFLINE[:-1], "--no-deps", "-w", str(folder), str(tree), PYTHONPATH="", **NO_SANITIZER)
    [wheel] = folder.glob("*.whl")
    return wheel


def test_a_wheel_has_all_of_the_package(wheel):
    assert wheel.name == f"microcosm-{microcosm.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith("microcosm/")}
    built = {f"microcosm/{path.name}" for path in pathlib.Path(microcosm.__file__).parent.iterdir() if path.is_file()}
    assert names == built


def test_the_licence_is_the_trees():
    for binding in ("python", "ruby"):
        assert (ROOT / "bindings" / binding / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_what_the_wheel_says_of_itself(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [place] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        told = email.message_from_bytes(archive.read(place))
        assert any(name.endswith("/LICENSE") for name in archive.namelist())
    assert (told["Name"], told["Version"], told["License"]) == ("microcosm", microcosm.version, "MIT")
    assert told["Summary"] and told["Author"] and told["Requires-Python"] == ">=3.9" and told["Requires-Dist"] == "cffi (>=1.15)"
    assert told["Description-Content-Type"] == "text/markdown" and "session.conversations" in told.get_payload()
    assert "Typing :: Typed" in told.get_all("Classifier")


def readme_part(language, after):
    """The first block of a language in the main README after some text."""
    text = (ROOT / "README.md").read_text()
    return re.search(rf"```{language}[^\n]*\n(.*?)```", text[text.index(after):], re.S)[1]


def test_as_the_readme_says(tree, tmp_path):
    """A source distribution is made, a fresh environment gets what it holds, the README's program runs; no network."""
    offline = {"PYTHONPATH": "", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **NO_SANITIZER}
    build = "import setuptools.build_meta as backend, sys; print(backend.build_sdist(sys.argv[1]))"
    subprocess.run(["/usr/bin/python3", "-c", build, str(tmp_path)], cwd=tree, check=True, capture_output=True,
                   env={**os.environ, **offline})
    [archive] = tmp_path.glob("microcosm-*.tar.gz")
    unpacked = tmp_path / "bindings"
    shutil.unpack_archive(archive, unpacked)
    (unpacked / f"microcosm-{microcosm.version}").rename(unpacked / "python")
    commands = readme_part("sh", "Debian keeps pip away")
    assert "./bindings/python" in commands
    subprocess.run(["/bin/bash", "-euc", commands], cwd=tmp_path, check=True, capture_output=True,
                   env={**os.environ, **offline, "PATH": "/usr/bin:/bin"})
    (tmp_path / "first.py").write_text(readme_part("python", "## Python"))
    done = subprocess.run([str(tmp_path / "forum-python/bin/python"), "first.py"], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": "", "HOME": str(tmp_path), "MICROCOSM_LIBRARY": _library.PATH})
    elsewhere = tmp_path / ".local/share/microcosm/postgresql.path"  # of root, where PostgreSQL can't be below tmp_path
    if elsewhere.exists():
        shutil.rmtree(elsewhere.read_text().strip())
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Which tyres\? by \w+\n", done.stdout)


def test_pip_install(wheel, tmp_path, database):
    target = tmp_path / "installed"
    run("/usr/bin/python3", "-m", "pip", "install", *OFFLINE, "--no-deps", "--target", str(target), str(wheel), PYTHONPATH="", **NO_SANITIZER)
    program = ("import microcosm, sys\n"
               "with microcosm.open(database=sys.argv[1]) as app:\n"
               "    app.check()\n"
               "    print(microcosm.__file__)")
    seen = run("/usr/bin/python3", "-c", program, database, PYTHONPATH=str(target), MICROCOSM_LIBRARY=_library.PATH)
    assert seen.strip() == str(target / "microcosm/__init__.py")
