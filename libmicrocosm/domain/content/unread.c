/* What is unread for the actor. */
#include "unread.h"

#include "../access/actor_facts.h"
#include "../base/handles.h"
#include "../base/read_marks.h"

static mc_time newest(mc_time a, mc_time b)
{
    return a.us > b.us ? a : b; /* MC_TIME_NONE is the smallest */
}

mc_time mc__last_read(mc_session *session, mc_item_type item_type, int64_t item_id,
                      int64_t microcosm_id, mc_time read_at)
{
    mc_time mark = newest(read_at, session->actor->all_read_at);

    mark = newest(mark, mc__pending_read_mark(session, item_type, item_id));
    return microcosm_id
               ? newest(mark, mc__pending_read_mark(session, MC_ITEM_MICROCOSM, microcosm_id))
               : mark;
}

bool mc__is_unread(mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t microcosm_id, mc_time last_activity, mc_time read_at)
{
    if (!session->actor->profile_id)
        return false;
    return last_activity.us > mc__last_read(session, item_type, item_id, microcosm_id, read_at).us;
}
