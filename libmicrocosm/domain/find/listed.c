/* See listed.h. */
#include "listed.h"

#include "../access/actor.h"
#include "../base/call.h"
#include "statements.h"

int mc__listed_read(mc__things *out, mc_session *session, mc__arena *arena, mc__batch *batch,
                    const mc__sight *sight, mc_int64s item_types, mc_int64s item_ids)
{
    int64_t site_id = session->site.id;
    size_t first;
    int rc;

    first = mc__add_listed_microcosms(batch, &(mc__listed_microcosms_in){site_id, item_types,
                                                                         item_ids, sight->readable,
                                                                         sight->last_below});
    mc__add_listed_profiles(batch, &(mc__listed_profiles_in){site_id, item_types, item_ids});
    mc__add_listed_comments(batch, &(mc__listed_comments_in){site_id, item_types, item_ids});
    mc__add_listed_items(
        batch, &(mc__listed_items_in){site_id, item_types, item_ids, session->actor->profile_id});
    mc__add_listed_shown_comments(
        batch, &(mc__listed_shown_comments_in){site_id, item_types, item_ids,
                                               session->actor->ignored_profiles});
    mc__add_listed_huddles(batch, &(mc__listed_huddles_in){site_id, item_types, item_ids});
    mc__add_listed_huddle_participants(
        batch, &(mc__listed_huddle_participants_in){site_id, item_types, item_ids});
    rc = mc__run(session, batch);
    return rc < 0 ? rc : mc__things_make(out, session, arena, batch, first);
}
