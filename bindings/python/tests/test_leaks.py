"""Memory stays where it is, however many calls there are.

MICROCOSM_LEAK_CALLS is the number of calls (default 20000): for the million, run

    MICROCOSM_LEAK_CALLS=1000000 meson test -C build python --test-args="-k no_growth" -t 20
"""

import gc
import os

import pytest

import microcosm

CALLS = int(os.environ.get("MICROCOSM_LEAK_CALLS") or 20000)

# Sanitizers keep what was freed for a while, and fill memory with other things besides.
if "libasan" in os.environ.get("LD_PRELOAD", ""):
    pytest.skip("memory says nothing under AddressSanitizer", allow_module_level=True)


def resident():
    """Memory of this process, in KiB."""
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def grows_by(work, calls):
    """What memory grows by in the second half of many calls, in KiB; the first half fills caches."""
    for _ in range(calls // 2):
        work()
    before = resident()
    for _ in range(calls // 2):
        work()
    return resident() - before


def refuse(session):
    try:
        session.conversation_create(microcosm_id=-1, title="x" * 200)
    except microcosm.InvalidInput as error:
        assert len(error.faults) == 2


# Cheap ones often, those that ask the database less often. What is allowed would be 3 bytes a call.
@pytest.mark.parametrize("name, share", [("render", 1), ("refusals", 1), ("conversions", 1), ("records", 4), ("json", 4),
                                         ("sessions", 4)])
def test_no_growth(app, mira, rope, name, share):
    for i in range(5):
        mira.comment_create(item_type="conversation", item_id=rope, markdown=f"some text {i} " * 20)
    conversation = mira.conversation_get(rope)

    def read_all():
        for comment in mira.conversation_get(rope).comments.items:
            assert comment.html and comment.meta.created_by.profile_name

    def one_session():
        with app.session("harbour", act_as="mira@example.org") as session:
            assert session.profile_id

    def convert():
        with pytest.raises(ValueError):
            mira.poll_create(microcosm_id=1, choices=["a", "b" * 1000, "c\0"], title="t" * 1000, question="q")

    work = {"render": lambda: microcosm.render("*x* @mira " * 10, mention=lambda name: 1),
            "refusals": lambda: refuse(mira), "conversions": convert, "records": read_all,
            "json": lambda: (mira.conversation_json(rope), conversation.json()), "sessions": one_session}[name]
    calls = CALLS // share
    assert grows_by(work, calls) < 256 + calls * 3 // 1024
