#!/usr/bin/env python3
"""Writes the public functions of each kind of item, which only forward to the item_ files in domain/content.

They define what include/microcosm/<kind>s.h declares, so that a kind's own file has only its own rules. A
function that is missing on either side does not compile or does not link.

Usage: make_item_calls.py OUTPUT.c KIND...          KIND: name in the singular, such as event
"""
import sys
from pathlib import Path

HEAD = """/* Made by scripts/make_item_calls.py: the public calls of each kind of item. */
#include "domain/content/item_list.h"
#include "domain/content/item_page.h"
#include "domain/content/item_write.h"
#include "domain/content/position.h"
"""

CALLS = """
int mc_@_get(mc_@ **out, mc_session *session, int64_t @_id, const mc_page_options *page)
{
    void *record = NULL;
    int rc = mc__item_get(out ? &record : NULL, session, MC_ITEM_#, @_id, page);

    if (rc == 0)
        *out = record;
    return rc;
}

int mc_@_json(mc_buffer *out, mc_session *session, int64_t @_id, const mc_page_options *page)
{
    return mc__item_json(out, session, MC_ITEM_#, @_id, page);
}

int mc_@s_list(mc_collection **out, mc_session *session, const mc_item_filter *filter,
               const mc_page_options *page)
{
    return mc__items_list(out, session, MC_ITEM_#, filter, page);
}

int mc_@_create(int64_t *@_id, mc_session *session, const mc_@_edit *edit)
{
    return mc__item_create(@_id, session, MC_ITEM_#, &(mc__source){.given = edit});
}

int mc_@_create_body(int64_t *@_id, mc_session *session, mc_format format, const char *body,
                     size_t length)
{
    return mc__item_create(@_id, session, MC_ITEM_#,
                           &(mc__source){.body = body ? body : "", .length = body ? length : 0, .format = format});
}

int mc_@_edit_save(mc_session *session, int64_t @_id, const mc_@_edit *edit)
{
    return mc__item_edit(session, MC_ITEM_#, @_id, &(mc__source){.given = edit});
}

int mc_@_edit_body(mc_session *session, int64_t @_id, mc_format format, const char *body,
                   size_t length)
{
    return mc__item_edit(session, MC_ITEM_#, @_id,
                         &(mc__source){.body = body ? body : "", .length = body ? length : 0, .format = format});
}

int mc_@_patch(mc_session *session, int64_t @_id, const mc_patch_op *ops, size_t count)
{
    return mc__item_patch(session, MC_ITEM_#, @_id,
                          &(mc__source){.given = ops, .length = count});
}

int mc_@_patch_body(mc_session *session, int64_t @_id, const char *body, size_t length)
{
    return mc__item_patch(session, MC_ITEM_#, @_id,
                          &(mc__source){.body = body ? body : "", .length = body ? length : 0});
}

int mc_@_delete(mc_session *session, int64_t @_id)
{
    return mc__item_delete(session, MC_ITEM_#, @_id);
}

int mc_@_last_comment(mc_position **out, mc_session *session, int64_t @_id, int64_t limit)
{
    return mc__item_position(out, session, MC_ITEM_#, @_id, limit, false);
}

int mc_@_new_comment(mc_position **out, mc_session *session, int64_t @_id, int64_t limit)
{
    return mc__item_position(out, session, MC_ITEM_#, @_id, limit, true);
}
"""


def calls_of(kind):
    return CALLS.replace("@", kind).replace("#", kind.upper())


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    Path(sys.argv[1]).write_text(HEAD + "".join(map(calls_of, sys.argv[2:])), encoding="utf-8")


if __name__ == "__main__":
    main()
