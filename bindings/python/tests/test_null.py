"""Every function of C with NULL for what it needs, and structs that nobody has initialised.

Each runs in an interpreter of its own, which a crash would end.
"""

from conftest import run_python

PREAMBLE = """
import sys
import microcosm
from microcosm import _api
from microcosm._library import ffi, lib, text

app = microcosm.open(database=sys.argv[1], background=False)
session = app.session("harbour", act_as="mira@example.org")
HANDLES = {"mc_app*": app._handle.pointer, "const mc_app*": app._handle.pointer,
           "mc_session*": session._handle.pointer, "const mc_session*": session._handle.pointer}

# What would end a handle, or not return.
INVALID = microcosm.InvalidInput.code
ENDING = {"mc_app_free", "mc_session_free", "mc_session_reset", "mc_app_run", "mc_app_run_mail",
          "mc_app_stop", "mc_app_stop_mail"}


def argument(kind, handles, number):
    if kind in handles:
        return handles[kind]
    numbers = {"int64_t": number, "int": number, "size_t": abs(number), "bool": False, "mc_format": 1, "mc_item_type": 6}
    return numbers.get(kind, ffi.NULL)


def call(name, handles, number):
    print(name, flush=True)
    code = getattr(lib, name)(*[argument(kind, handles, number) for kind, _ in _api.FUNCTIONS[name][1]])
    if name == "mc_session_enter":  # has left the site
        session.enter("harbour")
    return code


def message():
    return text(lib.mc_session_error(session._handle.pointer).message)


def results(name):
    \"\"\"Out parameters of a function: what stands before its handle, or is called out.\"\"\"
    found = []
    for kind, label in _api.FUNCTIONS[name][1]:
        if kind in HANDLES:
            break
        found.append((kind, label))
    else:
        found = [pair for pair in found if pair[1] == "out"]
    return [kind for kind, label in found if kind.endswith(("*", "]")) and not kind.startswith("const")]
"""


def test_nothing_crashes_on_null(app, database):
    run_python(PREAMBLE + """
for number in (0, 10, -1):
    for name in _api.FUNCTIONS.keys() - {"mc_app_run"}:
        call(name, {}, number)
    for name in _api.FUNCTIONS.keys() - ENDING:
        call(name, HANDLES, number)
session.site_get()
""", database)


def test_results_need_a_place(app, database):
    printed, _ = run_python(PREAMBLE + """
wanting = [name for name in _api.FUNCTIONS if results(name) and _api.FUNCTIONS[name][0] == "int"]
for name in wanting:
    code = call(name, HANDLES, 1)
    assert code == INVALID, (name, code)
    if any(kind == "mc_session*" for kind, _ in _api.FUNCTIONS[name][1]):
        assert "out parameter is NULL" in message(), (name, message())
""", database)
    assert len(printed.split()) > 45 and "mc_poll_create_body" in printed and "mc_session_new" in printed, printed


def test_a_struct_of_zeros_is_refused_with_the_name_of_its_initialiser(app, database):
    printed, _ = run_python(PREAMBLE + """
import itertools, re
for name, (result, parameters, _) in _api.FUNCTIONS.items():
    structs = [kind for kind, label in parameters
               if re.fullmatch(r"const mc_(\\w+_edit|\\w+_options|visit|\\w+_filter|\\w+_query|executor)\\*", kind)]
    if not structs or not any(kind == "mc_session*" for kind, _ in parameters) or name == "mc_profile_options_set":
        continue
    for struct, size in itertools.product(structs, (0, 7, 2**40)):
        arguments, kept = [], []
        for kind, label in parameters:
            if kind == struct:
                kept.append(ffi.new("char[600]"))
                ffi.cast("size_t *", kept[-1])[0] = size
                arguments.append(ffi.cast(kind, kept[-1]))
            elif kind in HANDLES:
                arguments.append(HANDLES[kind])
            elif kind == "mc_buffer*":
                kept.append(microcosm._records.Buffer())
                arguments.append(kept[-1].pointer)
            elif kind.endswith("*") and not kind.startswith("const"):
                kept.append(ffi.new("void *[1]"))
                arguments.append(ffi.cast(kind, kept[-1]))
            else:
                arguments.append(argument(kind, {}, 0 if label == "microcosm_id" else 1))
        if name.startswith("mc_microcosm_edit"):
            arguments[1] = 1
        code = getattr(lib, name)(*arguments)
        if code == microcosm.Forbidden.code:  # rights that decide before anything is read
            break
        assert code == INVALID, (name, code, message())
        wanted = struct[len("const mc_"):-1]
        assert f"mc_{wanted}.size is {size}" in message(), (name, message())
        assert f"MC_{wanted.upper()}_INIT" in message(), (name, message())
        if name == "mc_session_enter":
            session.enter("harbour")
    else:
        print(name)
""", database)
    assert len(printed.split()) > 15 and "mc_session_enter" in printed and "mc_conversation_json" in printed, printed


def test_no_body_is_an_empty_one_whatever_its_length(app, database):
    printed, _ = run_python(PREAMBLE + """
place = ffi.new("int64_t[8]")

def given(name, kind):
    if kind == "size_t":
        return 5000
    return ffi.cast(kind, place) if kind in results(name) else argument(kind, HANDLES, 1)

for name, (_, parameters, _) in _api.FUNCTIONS.items():
    if ("const char*", "body") in parameters:
        print(name, flush=True)
        assert getattr(lib, name)(*[given(name, kind) for kind, _ in parameters]) < 0, name
""", database)
    assert len(printed.split()) > 15 and "mc_event_attendee_body" in printed, printed
