/* Imports what has been read, in steps: each is one transaction, and notes what its files have
 * become. So an import goes on where it was interrupted. */
#include "../base/call.h"
#include "import.h"
#include "statements.h"

#define FILES_OF_A_STEP 200
#define BYTES_OF_A_STEP ((int64_t)4 << 20)

/* A kind of file: what its things become, and what imports them. */
typedef struct import_step {
    mc__move_kind kind;
    mc_item_type item_type; /* in imported_items; 0: the comment that a message becomes */
    int (*run)(mc__importing *import, int64_t after, int64_t last);
} import_step;

static int write_batch(mc__importing *import, mc__batch *batch)
{
    return mc__write_on_site(import->session, import->site_id, batch);
}

/* The parameters that most statements have. */
#define STEP                                                                                       \
    .site_id = import->site_id, .origin_id = import->origin_id, .target = import->target,          \
    .after = after, .last = last

/* After a step. Statistics are taken each time that there is four times as much. */
static int go_on(mc__importing *import, mc__move_kind kind, int64_t done)
{
    int rc = mc__moving_tell(&import->moving, mc__move_folder(kind), done,
                             import->moving.counts[kind]->count);

    if (rc < 0 || done < import->analyze_at)
        return rc;
    import->analyze_at = 4 * done;
    return mc__import_analyze(import);
}

static void add_attributes(mc__batch *batch, mc__importing *import, mc__move_kind kind,
                           int64_t item_type, int64_t after, int64_t last)
{
    mc__add_import_details_attributes(
        batch, &(mc__import_details_attributes_in){STEP, .kind = mc__move_folder(kind),
                                                   .item_type = item_type});
}

static int import_preferences(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    mc__add_import_details_preferences(&batch, &(mc__import_details_preferences_in){STEP});
    add_attributes(&batch, import, MC_MOVE_PROFILES, MC_ITEM_PROFILE, after, last);
    return write_batch(import, &batch);
}

static int import_forums(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    mc__add_imports_forums(&batch, &(mc__imports_forums_in){STEP, .deleted_id = import->deleted_id,
                                                            .root_id = import->root_id,
                                                            .is_foreign = import->is_foreign});
    add_attributes(&batch, import, MC_MOVE_FORUMS, MC_ITEM_MICROCOSM, after, last);
    return write_batch(import, &batch);
}

static int import_conversations(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    mc__add_imports_conversations(
        &batch, &(mc__imports_conversations_in){STEP, .deleted_id = import->deleted_id,
                                                .root_id = import->root_id,
                                                .is_foreign = import->is_foreign});
    mc__add_imports_events(&batch,
                           &(mc__imports_events_in){STEP, .is_foreign = import->is_foreign});
    mc__add_imports_attendees(&batch, &(mc__imports_attendees_in){STEP});
    mc__add_imports_polls(&batch, &(mc__imports_polls_in){STEP, .is_foreign = import->is_foreign});
    mc__add_imports_votes(&batch, &(mc__imports_votes_in){STEP});
    add_attributes(&batch, import, MC_MOVE_CONVERSATIONS, MC_ITEM_CONVERSATION, after, last);
    return write_batch(import, &batch);
}

static int import_huddles(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    mc__add_import_details_huddles(
        &batch, &(mc__import_details_huddles_in){STEP, .deleted_id = import->deleted_id,
                                                 .is_foreign = import->is_foreign});
    return write_batch(import, &batch);
}

/* Of other products, which have messages only. */
static int import_first_messages(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    mc__add_import_texts_huddles(
        &batch, &(mc__import_texts_huddles_in){STEP, .deleted_id = import->deleted_id,
                                               .is_foreign = import->is_foreign});
    return write_batch(import, &batch);
}

static int import_replies(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    mc__add_import_texts_replies(&batch, &(mc__import_texts_replies_in){STEP});
    add_attributes(&batch, import, MC_MOVE_COMMENTS, MC_ITEM_COMMENT, after, last);
    return write_batch(import, &batch);
}

static int import_message_attributes(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    add_attributes(&batch, import, MC_MOVE_MESSAGES, 0, after, last);
    return write_batch(import, &batch);
}

static int import_follows(mc__importing *import, int64_t after, int64_t last)
{
    mc_batch(batch);

    mc__add_import_details_follows(
        &batch, &(mc__import_details_follows_in){STEP, .root_id = import->root_id,
                                                 .is_foreign = import->is_foreign,
                                                 .is_new = import->is_new});
    return write_batch(import, &batch);
}

/* All files of a kind, in the order of their ids. counts: whether the report tells of them. */
static int run_step(mc__importing *import, const import_step *step, bool counts)
{
    const char *folder = mc__move_folder(step->kind);
    mc_move_count *count = import->moving.counts[step->kind];
    int64_t after = 0, done = 0;
    int rc = 0;

    import->analyze_at = FILES_OF_A_STEP;
    while (rc == 0) {
        mc__import_files_files_after_row next;
        mc_batch(batch);

        mc__add_import_files_files_after(
            &batch, &(mc__import_files_files_after_in){.site_id = import->site_id,
                                                       .origin_id = import->origin_id,
                                                       .item_type = step->item_type,
                                                       .target = import->target,
                                                       .kind = folder,
                                                       .after = after,
                                                       .limit = FILES_OF_A_STEP,
                                                       .bytes = BYTES_OF_A_STEP});
        rc = mc__read_on_site(import->session, import->site_id, &batch);
        if (rc < 0)
            return rc;
        next = mc__read_import_files_files_after(mc__batch_rows(&batch, 0), 0);
        if (next.count == 0)
            return 0;
        if (next.missing || !counts)
            rc = step->run(import, after, next.last);
        if (counts)
            count->moved += next.missing;
        after = next.last;
        done += next.count;
        if (rc == 0)
            rc = go_on(import, step->kind, done);
    }
    return rc;
}

/* A place in the order in which texts were written. */
typedef struct written {
    mc_time time;
    int64_t id;
} written;

/* Adds what imports the texts of a step, those after `after` up to the last. */
static void add_texts(mc__batch *batch, const mc__importing *import, bool are_comments,
                      const written *after, const mc__import_files_written_after_row *step)
{
    /* both have the same parameters */
    mc__import_texts_comments_in in = {.site_id = import->site_id,
                                       .origin_id = import->origin_id,
                                       .target = import->target,
                                       .after_time = after->time,
                                       .after = after->id,
                                       .last_time = step->last_time,
                                       .last = step->last,
                                       .deleted_id = import->deleted_id,
                                       .is_foreign = import->is_foreign};

    if (are_comments)
        mc__add_import_texts_lock_items(
            batch,
            &(mc__import_texts_lock_items_in){import->site_id, import->origin_id, import->target,
                                              after->time, after->id, step->last_time, step->last});
    mc__batch_add(batch, are_comments ? MC_Q_IMPORT_TEXTS_COMMENTS : MC_Q_IMPORT_TEXTS_MESSAGES,
                  &in);
}

/* Comments and messages, in the order in which they were written. */
static int run_written(mc__importing *import, mc__move_kind kind)
{
    bool are_comments = kind == MC_MOVE_COMMENTS;
    written after = {.time = {INT64_C(-60000000000000000)}}; /* before all that files can say */
    int64_t done = 0;
    int rc = 0;

    import->analyze_at = FILES_OF_A_STEP;
    while (rc == 0) {
        mc__import_files_written_after_row next;
        mc_batch(batch);

        mc__add_import_files_written_after(
            &batch,
            &(mc__import_files_written_after_in){.site_id = import->site_id,
                                                 .origin_id = import->origin_id,
                                                 .item_type = are_comments ? MC_ITEM_COMMENT : 0,
                                                 .target = import->target,
                                                 .kind = mc__move_folder(kind),
                                                 .after_time = after.time,
                                                 .after = after.id,
                                                 .limit = FILES_OF_A_STEP,
                                                 .bytes = BYTES_OF_A_STEP});
        rc = mc__read_on_site(import->session, import->site_id, &batch);
        if (rc < 0)
            return rc;
        next = mc__read_import_files_written_after(mc__batch_rows(&batch, 0), 0);
        if (next.count == 0)
            break;
        mc__batch_clear(&batch);
        batch.count = 0;
        add_texts(&batch, import, are_comments, &after, &next);
        if (next.missing)
            rc = write_batch(import, &batch);
        import->moving.counts[kind]->moved += next.missing;
        after = (written){next.last_time, next.last};
        done += next.count;
        if (rc == 0)
            rc = go_on(import, kind, done);
    }
    import->moving.counts[kind]->moved -= import->left_out[kind];
    return rc;
}

static int nest_forums(mc__importing *import)
{
    mc_batch(batch);

    mc__add_imports_nest_forums(&batch,
                                &(mc__imports_nest_forums_in){.site_id = import->site_id,
                                                              .origin_id = import->origin_id,
                                                              .target = import->target,
                                                              .root_id = import->root_id});
    return write_batch(import, &batch);
}

static int import_roles(mc__importing *import)
{
    mc_move_count *count = import->moving.counts[MC_MOVE_ROLES];
    mc_batch(batch);
    int rc;

    mc__add_import_files_files_after(
        &batch, &(mc__import_files_files_after_in){.site_id = import->site_id,
                                                   .origin_id = import->origin_id,
                                                   .item_type = MC_ITEM_ROLE,
                                                   .target = import->target,
                                                   .kind = mc__move_folder(MC_MOVE_ROLES),
                                                   .limit = INT32_MAX,
                                                   .bytes = INT64_MAX});
    mc__add_imports_roles(&batch, &(mc__imports_roles_in){.site_id = import->site_id,
                                                          .origin_id = import->origin_id,
                                                          .target = import->target,
                                                          .root_id = import->root_id,
                                                          .is_foreign = import->is_foreign,
                                                          .is_new = import->is_new});
    rc = write_batch(import, &batch);
    if (rc == 0)
        count->moved = mc__read_import_files_files_after(mc__batch_rows(&batch, 0), 0).missing;
    return rc;
}

static int finish(mc__importing *import)
{
    mc_batch(batch);
    int rc;

    if (import->is_new && import->site_file)
        mc__add_import_details_set_site(
            &batch, &(mc__import_details_set_site_in){import->site_id, import->origin_id,
                                                      import->root_id, import->site_file});
    mc__add_imports_finish(&batch, &(mc__imports_finish_in){import->site_id, import->origin_id});
    rc = write_batch(import, &batch);
    return rc < 0 ? rc : mc__import_analyze(import);
}

/* What takes the files of a kind up again, whose things are here: not if all of them were before.
 */
static int run_again(mc__importing *import, const import_step *step)
{
    if (import->is_finished && import->moving.counts[step->kind]->moved == 0)
        return 0;
    return run_step(import, step, false);
}

static int import_people(mc__importing *import)
{
    static const import_step profiles = {MC_MOVE_PROFILES, MC_ITEM_PROFILE, mc__import_profiles},
                             preferences = {MC_MOVE_PROFILES, MC_ITEM_PROFILE, import_preferences};
    int rc = import->needs_nobody ? mc__import_nobody(import) : 0;

    if (rc == 0 && import->is_new)
        rc = mc__import_owner(import);
    if (rc == 0)
        rc = run_step(import, &profiles, true);
    return rc < 0 ? rc : run_again(import, &preferences);
}

static int import_texts(mc__importing *import)
{
    static const import_step forums = {MC_MOVE_FORUMS, MC_ITEM_MICROCOSM, import_forums},
                             conversations = {MC_MOVE_CONVERSATIONS, MC_ITEM_CONVERSATION,
                                              import_conversations},
                             replies = {MC_MOVE_COMMENTS, MC_ITEM_COMMENT, import_replies};
    int rc = run_step(import, &forums, true);

    if (rc == 0)
        rc = nest_forums(import);
    if (rc == 0)
        rc = run_step(import, &conversations, true);
    if (rc == 0)
        rc = run_written(import, MC_MOVE_COMMENTS);
    return rc < 0 ? rc : run_again(import, &replies);
}

static int import_messages(mc__importing *import)
{
    static const import_step huddles = {MC_MOVE_HUDDLES, MC_ITEM_HUDDLE, import_huddles},
                             first = {MC_MOVE_MESSAGES, MC_ITEM_HUDDLE, import_first_messages},
                             attributes = {MC_MOVE_MESSAGES, 0, import_message_attributes};
    int rc = run_step(import, &huddles, true);

    if (rc == 0)
        rc = run_step(import, &first, false);
    if (rc == 0)
        rc = run_written(import, MC_MOVE_MESSAGES);
    return rc < 0 ? rc : run_again(import, &attributes);
}

int mc__import_steps(mc__importing *import)
{
    static const import_step follows = {MC_MOVE_FOLLOWS, MC_ITEM_WATCHER, import_follows};
    int rc = import_people(import);

    if (rc == 0)
        rc = import_texts(import);
    if (rc == 0)
        rc = import_messages(import);
    if (rc == 0)
        rc = mc__import_attachments(import);
    if (rc == 0)
        rc = run_step(import, &follows, true);
    if (rc == 0)
        rc = import_roles(import);
    return rc < 0 ? rc : finish(import);
}
