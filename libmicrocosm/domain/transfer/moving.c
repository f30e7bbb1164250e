/* See moving.h. */
#include "moving.h"

#include "../base/call.h"
#include "types.h"

static const mc__field move_count_fields[] = {
    MC_FIELD(mc_move_count, kind, "kind"),
    MC_FIELD(mc_move_count, count, "count"),
    MC_FIELD(mc_move_count, moved, "moved"),
};
const mc_type mc__move_count_type = MC_TYPE(mc_move_count, "move_count", move_count_fields);

static const mc__field move_report_fields[] = {
    MC_FIELD(mc_move_report, counts, "counts", .type = &mc__move_count_type),
    MC_FIELD(mc_move_report, problems, "problems"),
    MC_FIELD(mc_move_report, problem_count, "problemCount"),
    MC_FIELD(mc_move_report, site_id, "siteId"),
};
const mc_type mc__move_report_type = MC_TYPE(mc_move_report, "move_report", move_report_fields);

static const char *const folders[MC_MOVE_KINDS] = {
    "profiles", "forums",      "conversations", "comments", "huddles",
    "messages", "attachments", "follows",       "roles",
};

const char *mc__move_folder(mc__move_kind kind)
{
    return folders[kind];
}

static int make_counts(mc__moving *out, mc__arena *arena)
{
    const void **items = mc__list_make(arena, &out->report->counts, MC_MOVE_KINDS);

    out->problems = mc__arena_alloc(arena, MC_MOVE_PROBLEMS_MOST * sizeof(char *));
    for (int kind = 0; items && kind < MC_MOVE_KINDS; kind++) {
        out->counts[kind] = mc__record_make(arena, &mc__move_count_type);
        items[kind] = out->counts[kind];
        if (out->counts[kind])
            out->counts[kind]->kind = folders[kind];
    }
    out->report->problems = (mc_strings){out->problems, 0};
    return arena->failed ? mc__out_of_memory(out->session) : 0;
}

int mc__moving_begin(mc__moving *out, mc_session *session, mc_move_progress_fn progress,
                     void *progress_data)
{
    mc_auto(mc_record_free) void *record = NULL;
    int rc;

    *out = (mc__moving){.session = session, .progress = progress, .progress_data = progress_data};
    if (session->db.in_transaction || mc__db_is_on_host(&session->db))
        return mc__fail(&session->problem, MC_ESTATE,
                        "a site is moved on the app's own connections, outside of transactions");
    record = mc__record_new(&mc__move_report_type);
    if (!record)
        return mc__out_of_memory(session);
    out->report = record;
    rc = make_counts(out, mc__record_arena(record));
    out->report = rc == 0 ? MC_TAKE(record) : NULL;
    return rc;
}

int mc__moving_note(mc__moving *moving, const char *format, ...)
{
    mc_strings *problems = &moving->report->problems;
    mc__arena *arena = mc__record_arena(moving->report);
    va_list args;

    moving->report->problem_count++;
    if (problems->count == MC_MOVE_PROBLEMS_MOST)
        return 0;
    va_start(args, format);
    moving->problems[problems->count++] = mc__arena_vformat(arena, format, args);
    va_end(args);
    return arena->failed ? mc__out_of_memory(moving->session) : 0;
}

int mc__moving_tell(mc__moving *moving, const char *stage, int64_t done, int64_t total)
{
    mc_session *session = moving->session;
    bool goes_on = true;

    if (!moving->progress)
        return 0;
    session->is_asking = true;
    goes_on = moving->progress(moving->progress_data, stage, done, total);
    session->is_asking = false;
    return goes_on ? 0
                   : mc__fail(&session->problem, MC_EBUSY, "it was ended while moving %s", stage);
}
