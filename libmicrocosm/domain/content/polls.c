/* Polls: include/microcosm/polls.h. The item_ files have what all items share. */
#include "../access/actor_facts.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "item_facts.h"
#include "item_kinds.h"
#include "statements.h"
#include "types.h"

#define CHOICES_MAX 100

static const mc__field poll_choice_edit_fields[] = {
    MC_FIELD(mc_poll_choice_edit, id, "id", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_poll_choice_edit, choice, "choice",
             .flags =
                 MC_FIELD_REQUIRED | MC_FIELD_REQUIRED_TO_EDIT | MC_FIELD_SENTENCE | MC_FIELD_CALM,
             .max_length = 150),
};
const mc_type mc__poll_choice_edit_type = MC_TYPE(mc_poll_choice_edit, "poll_choice_edit",
                                                  poll_choice_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field poll_edit_fields[] = {
    MC_ITEM_INPUT_FIELDS(mc_poll_edit),
    MC_FIELD(mc_poll_edit, question, "question",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 512),
    MC_FIELD(mc_poll_edit, choices, "choices", .flags = MC_FIELD_REQUIRED,
             .type = &mc__poll_choice_edit_type),
    MC_FIELD(mc_poll_edit, multi, "multi"),
    MC_FIELD(mc_poll_edit, poll_open, "pollOpen"),
    MC_FIELD(mc_poll_edit, poll_closes, "pollCloses"),
    MC_FIELD(mc_poll_edit, hide_results, "hideResults"),
    MC_FIELD(mc_poll_edit, force, "force"),
};
const mc_type mc__poll_edit_type =
    MC_TYPE(mc_poll_edit, "poll_edit", poll_edit_fields, .flags = MC_TYPE_INPUT);

static void check_closes(mc_session *session, const char *closes, bool in_future)
{
    mc_time time;

    if (!closes || !*closes || mc__is_at_fault(&session->problem, "pollCloses"))
        return;
    if (!mc__time_parse(&time, closes))
        mc__fault(&session->problem, "pollCloses", "must be a time as in RFC 3339");
    else if (in_future && time.us <= mc__database_now(session->actor).us)
        mc__fault(&session->problem, "pollCloses", "must be in the future");
}

static int64_t id_of(const mc_list *choices, size_t i)
{
    return ((const mc_poll_choice_edit *)choices->items[i])->id;
}

static bool is_there_twice(const mc_list *choices, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (id_of(choices, j) == id_of(choices, i))
            return true;
    return false;
}

static int check(mc_session *session, void *input, mc__purpose purpose)
{
    mc_poll_edit *edit = input;
    bool creates = purpose == MC_TO_CREATE;

    check_closes(session, edit->poll_closes, creates);
    if (edit->choices.items && (edit->choices.count < 1 || edit->choices.count > CHOICES_MAX) &&
        !mc__is_at_fault(&session->problem, "choices"))
        mc__fault(&session->problem, "choices", "must be 1 to %d", CHOICES_MAX);
    return 0;
}

static bool has_id(const mc_list *choices)
{
    for (size_t i = 0; i < choices->count; i++)
        if (id_of(choices, i))
            return true;
    return false;
}

static bool is_among(const PGresult *rows, int64_t id)
{
    for (int row = 0; row < PQntuples(rows); row++)
        if (mc__read_poll_choices_ids(rows, row).choice_id == id)
            return true;
    return false;
}

/* Each id must be a choice of this poll, and there once. */
static int check_ids(mc_session *session, const mc_list *choices, const PGresult *rows)
{
    int rc = 0;

    for (size_t i = 0; i < choices->count; i++) {
        int64_t id = id_of(choices, i);
        bool is_twice = is_there_twice(choices, i);

        if (id > 0 && (is_twice || !is_among(rows, id)))
            rc = mc__fault(&session->problem,
                           mc__arena_format(&session->scratch, "choices[%zu].id", i), "%s",
                           is_twice ? "is there twice" : "is no choice of this poll");
    }
    return rc;
}

static int find_faults(mc_session *session, int64_t item_id, const void *input)
{
    const mc_poll_edit *edit = input;
    const mc_list *choices = &edit->choices;
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    if (!choices->items || mc__is_at_fault(&session->problem, "choices"))
        return 0;
    mc__add_poll_choices_ids(&batch, &(mc__poll_choices_ids_in){session->site.id, item_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (!has_id(choices) && choices->count + (size_t)PQntuples(rows) > CHOICES_MAX)
        return mc__fault(&session->problem, "choices", "must be 1 to %d", CHOICES_MAX);
    return check_ids(session, choices, rows);
}

/* A choice with votes would have gone, without force or the right to use it. */
static int refuse_removal(mc_session *session, const mc_poll_edit *edit)
{
    mc__problem_clear(&session->problem);
    if (edit->force == MC_YES)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "only moderators remove choices that people have voted for");
    return mc__fault(&session->problem, "choices",
                     "must keep those that have votes, or may have where you don't see them; a "
                     "moderator removes them with force");
}

/* The statements check the choices, and who has closed it, under the poll's lock. */
static int explain(mc_session *session, int64_t item_id, const void *input, int rc)
{
    if (item_id && strcmp(session->problem.shown.sqlstate, "55006") == 0)
        return refuse_removal(session, input);
    if (item_id && strcmp(session->problem.shown.sqlstate, "55000") == 0) {
        mc__problem_clear(&session->problem);
        return mc__fault(&session->problem, "multi",
                         "must stay: people have voted for several choices, or may have where you "
                         "don't see it");
    }
    if (item_id && strcmp(session->problem.shown.sqlstate, "42501") == 0) {
        mc__problem_clear(&session->problem);
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "a moderator has said when its votes end, and only moderators change that");
    }
    if (!item_id || rc != MC_EINVAL || strcmp(session->problem.shown.sqlstate, "23514") != 0)
        return rc;
    mc__problem_clear(&session->problem);
    rc = find_faults(session, item_id, input);
    return rc < 0 ? rc : mc__refuse(session, MC_EBUSY); /* they have changed once more */
}

static size_t add_get(mc__batch *batch, int64_t site_id, int64_t item_id)
{
    return mc__add_items_get_poll(batch, &(mc__items_get_poll_in){site_id, item_id});
}

typedef struct choices {
    mc_int64s ids;
    mc_strings texts;
} choices;

static choices split_choices(mc__arena *arena, const mc_list *list)
{
    int64_t *ids = mc__arena_alloc(arena, (list->count + 1) * sizeof(*ids));
    const char **texts = mc__arena_alloc(arena, (list->count + 1) * sizeof(*texts));

    if (!ids || !texts) /* the arena has failed */
        return (choices){{NULL, 0}, {NULL, 0}};
    for (size_t i = 0; i < list->count; i++) {
        const mc_poll_choice_edit *choice = list->items[i];

        ids[i] = choice->id;
        texts[i] = choice->choice;
    }
    return (choices){{ids, list->count}, {texts, list->count}};
}

static size_t add_create(mc__batch *batch, mc_session *session, const void *input)
{
    const mc_poll_edit *edit = input;
    mc__items_create_poll_in in = {.site_id = session->site.id,
                                   .microcosm_id = edit->microcosm_id,
                                   .title = edit->title,
                                   .actor_id = session->actor->profile_id,
                                   .by_moderator = mc__moderates(session, edit->microcosm_id),
                                   .address = mc__audit_address(session),
                                   .question = edit->question,
                                   .choices = split_choices(&batch->arena, &edit->choices).texts,
                                   .multi = edit->multi,
                                   .poll_open = edit->poll_open,
                                   .poll_closes = edit->poll_closes,
                                   .hide_results = edit->hide_results};

    return mc__add_items_create_poll(batch, &in);
}

static void add_edit(mc__batch *batch, mc_session *session, int64_t item_id, const void *input,
                     const mc__item_facts *item)
{
    const mc_poll_edit *edit = input;
    choices given = split_choices(&batch->arena, &edit->choices);
    mc__items_edit_poll_in poll = {.site_id = session->site.id,
                                   .item_id = item_id,
                                   .question = edit->question,
                                   .multi = edit->multi,
                                   .poll_open = edit->poll_open,
                                   .poll_closes = edit->poll_closes,
                                   .hide_results = edit->hide_results,
                                   .by_moderator = item->permissions.is_moderator,
                                   .by_author = item->author == session->actor->profile_id};
    mc__poll_choices_edit_in of_poll = {.site_id = session->site.id,
                                        .item_id = item_id,
                                        .ids = given.ids,
                                        .choices = given.texts,
                                        .replaces = has_id(&edit->choices)};

    if (edit->choices.items || edit->multi == MC_NO)
        mc__add_votes_lock(batch, &(mc__votes_lock_in){session->site.id, item_id});
    if (edit->multi == MC_NO)
        mc__add_poll_choices_check_single(
            batch, &(mc__poll_choices_check_single_in){session->site.id, item_id,
                                                       session->actor->profile_id});
    if (edit->choices.items)
        mc__add_poll_choices_check(
            batch, &(mc__poll_choices_check_in){session->site.id, item_id, given.ids});
    if (of_poll.replaces) /* before the edit, which may show the results */
        mc__add_poll_choices_check_removal(
            batch, &(mc__poll_choices_check_removal_in){.site_id = session->site.id,
                                                        .item_id = item_id,
                                                        .ids = given.ids,
                                                        .actor_id = session->actor->profile_id,
                                                        .force = edit->force == MC_YES &&
                                                                 item->permissions.is_moderator});
    mc__add_items_edit_poll(batch, &poll);
    if (edit->choices.items)
        mc__add_poll_choices_edit(batch, &of_poll);
}

static size_t add_details(mc__batch *batch, int64_t site_id, int64_t item_id)
{
    return mc__add_poll_choices_list(batch, &(mc__poll_choices_list_in){site_id, item_id});
}

static int read_details(void *record, mc__arena *arena, const PGresult *rows)
{
    mc_poll *poll = record;

    return mc__records_decode(&poll->choices, arena, &mc__poll_choice_type, rows);
}

static int hide(void *record, mc__arena *arena, bool has_voted)
{
    mc_poll *poll = record;
    const mc_list shown = poll->choices;
    const void **items;

    if (has_voted)
        poll->results_hidden = false;
    if (!poll->results_hidden)
        return 0;
    poll->voter_count = 0;
    items = mc__list_make(arena, &poll->choices, shown.count);
    for (size_t i = 0; items && i < shown.count; i++) {
        mc_poll_choice *choice = mc__record_make(arena, &mc__poll_choice_type);

        if (!choice)
            return MC_ENOMEM;
        *choice = *(const mc_poll_choice *)shown.items[i];
        choice->votes = choice->voter_count = 0;
        items[i] = choice;
    }
    return items ? 0 : MC_ENOMEM;
}

/* Until it closes. The clocks of this machine and of the database may differ: then it is shown that
 * much later, but never too early, since the database says whether it has closed. */
static int64_t valid_ms(const void *record)
{
    const mc_poll *poll = record;
    mc_time now = mc__now();

    if (!poll->results_hidden || poll->poll_closes.us == MC_TIME_NONE)
        return INT64_MAX;
    return poll->poll_closes.us > now.us ? (poll->poll_closes.us - now.us) / 1000 : 0;
}

const mc__item_kind mc__poll_kind = {
    .item_type = MC_ITEM_POLL,
    .record = &mc__poll_type,
    .input = &mc__poll_edit_type,
    .members = MC_ITEM_MEMBERS(mc_poll, 0),
    .page = offsetof(mc_collection, polls),
    .oldest_first = true,
    .check = check,
    .find_faults = find_faults,
    .explain = explain,
    .add_get = add_get,
    .add_create = add_create,
    .add_edit = add_edit,
    .add_details = add_details,
    .read_details = read_details,
    .hide = hide,
    .valid_ms = valid_ms,
};
