/* Finds or makes many users with their profiles at once: include/microcosm/users.h. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/names.h"
#include "../base/read_marks.h"
#include "../base/types.h"
#include "profile_reading.h"
#include "record/record.h"
#include "statements.h"
#include "types.h"

#include <strings.h>

#define ROWS_MOST 10000
#define ROWS_AT_ONCE 3400
#define FAULTS_MOST 100

static const mc__field user_edit_fields[] = {
    MC_FIELD(mc_user_edit, email, "email", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_user_edit, user_id, "userId"),
    MC_FIELD(mc_user_edit, created, "created"),
};
const mc_type mc__user_edit_type =
    MC_TYPE(mc_user_edit, "user_edit", user_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field users_edit_fields[] = {
    MC_FIELD(mc_users_edit, users, "", .type = &mc__user_edit_type, .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__users_edit_type =
    MC_TYPE(mc_users_edit, "users_edit", users_edit_fields, .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

static const mc__field membership_edit_fields[] = {
    MC_FIELD(mc_membership_edit, email, "email", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_membership_edit, is_member, "isMember", .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__membership_edit_type =
    MC_TYPE(mc_membership_edit, "membership_edit", membership_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field memberships_edit_fields[] = {
    MC_FIELD(mc_memberships_edit, memberships, "", .type = &mc__membership_edit_type,
             .flags = MC_FIELD_REQUIRED, .max_length = ROWS_MOST),
};
const mc_type mc__memberships_edit_type =
    MC_TYPE(mc_memberships_edit, "memberships_edit", memberships_edit_fields,
            .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

static const mc__field profile_list_fields[] = {
    MC_FIELD(mc_profile_list, profiles, "", .type = &mc__profile_type, .flags = MC_FIELD_INHERIT),
};
const mc_type mc__profile_list_type =
    MC_TYPE(mc_profile_list, "profile_list", profile_list_fields, .flags = MC_TYPE_BARE);

/* The users of a call, each by all of these; in the session's scratch memory. */
typedef struct people {
    const char **emails, **canonicals, **flags;
    int64_t *ids;
    int64_t *lines; /* of a CSV, else NULL */
    size_t count;
} people;

static int make_room(people *out, mc_session *session, size_t most, bool has_lines)
{
    mc__arena *arena = &session->scratch;

    *out =
        (people){.emails = mc__arena_alloc(arena, (most + 1) * sizeof(char *)),
                 .canonicals = mc__arena_alloc(arena, (most + 1) * sizeof(char *)),
                 .flags = mc__arena_alloc(arena, (most + 1) * sizeof(char *)),
                 .ids = mc__arena_alloc(arena, (most + 1) * sizeof(int64_t)),
                 .lines = has_lines ? mc__arena_alloc(arena, (most + 1) * sizeof(int64_t)) : NULL};
    return arena->failed ? mc__out_of_memory(session) : 0;
}

/* Adds a fault of one row, unless there are many already. */
static void blame(mc_session *session, const people *p, size_t n, const char *message)
{
    mc__arena *arena = &session->scratch;
    const char *place = p->lines ? mc__arena_format(arena, "line %lld", (long long)p->lines[n])
                                 : mc__arena_format(arena, "[%zu].email", n);

    if (session->problem.shown.fault_count < FAULTS_MOST)
        mc__fault(&session->problem, place, "%s", message);
}

static int faults_of(mc_session *session)
{
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

/* Adds the canonical forms of all addresses. */
static int canonise(people *p, mc_session *session)
{
    for (size_t n = 0; n < p->count; n++) {
        mc_scratch_text(canonical);
        int rc = mc__email_put_canonical(&canonical, p->emails[n]);

        if (rc == MC_ENOMEM)
            return mc__out_of_memory(session);
        if (rc < 0)
            blame(session, p, n, "must be an e-mail address");
        else
            p->canonicals[n] = mc__arena_strdup(&session->scratch, mc__text_string(&canonical));
    }
    return faults_of(session);
}

static mc_strings canonicals_of(const people *p)
{
    return (mc_strings){p->canonicals, p->count};
}

/* Finds the ids of all, and refuses who is banned and would be made. */
static int resolve(people *p, mc_session *session)
{
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__add_users_resolve(&batch, &(mc__users_resolve_in){session->site.id, canonicals_of(p)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    for (size_t n = 0; n < p->count; n++) {
        mc__users_resolve_row row = mc__read_users_resolve(rows, (int)n);

        p->ids[n] = row.user_id;
        if (row.is_banned && !row.profile_id)
            blame(session, p, n, "is banned from this site");
    }
    return faults_of(session);
}

/* Some of the people, for statements that are to end in time however many there are. */
static people part_of(const people *p, size_t from)
{
    size_t left = p->count - from;

    return (people){.emails = p->emails + from,
                    .canonicals = p->canonicals + from,
                    .flags = p->flags + from,
                    .ids = p->ids + from,
                    .count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE};
}

/* Adds the statement that makes profiles with default names; a later attempt has other names. */
static int add_profiles(mc__batch *batch, mc_session *session, const people *p, int attempt,
                        mc_time settled)
{
    mc__arena *arena = &batch->arena;
    size_t size = (p->count + 1) * sizeof(char *);
    const char **names = mc__arena_alloc(arena, size), **keys = mc__arena_alloc(arena, size),
               **looks = mc__arena_alloc(arena, size), **orders = mc__arena_alloc(arena, size);

    for (size_t n = 0; !arena->failed && n < p->count; n++) {
        mc__name_keys made;

        names[n] = mc__default_name(arena, mc_session_is_root_site(session), p->ids[n],
                                    p->emails[n], attempt);
        if (arena->failed || mc__name_keys_make(&made, arena, names[n]) < 0)
            return mc__out_of_memory(session);
        keys[n] = made.key;
        looks[n] = made.look;
        orders[n] = made.order;
    }
    if (arena->failed)
        return mc__out_of_memory(session);
    mc__add_users_make_profiles(batch,
                                &(mc__users_make_profiles_in){.site_id = session->site.id,
                                                              .canonical_emails = canonicals_of(p),
                                                              .names = {names, p->count},
                                                              .keys = {keys, p->count},
                                                              .looks = {looks, p->count},
                                                              .orders = {orders, p->count},
                                                              .address = mc__audit_address(session),
                                                              .settled = settled});
    return 0;
}

_Static_assert((ROWS_MOST + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE * 5 <= MC_BATCH_MAX,
               "add_people() adds five statements for each part");

/* Adds what makes users, profiles and memberships. Who isn't made at the first attempt, as the name
 * is taken, is at the second. */
static int add_people(mc__batch *batch, mc_session *session, const people *p, mc_time settled)
{
    const char *address = mc__audit_address(session);
    int64_t site_id = session->site.id, actor_id = session->actor->profile_id;
    int rc = 0;

    mc__add_users_make_many(batch, &(mc__users_make_many_in){.user_ids = {p->ids, p->count},
                                                             .emails = {p->emails, p->count},
                                                             .canonical_emails = canonicals_of(p),
                                                             .site_id = site_id,
                                                             .actor_id = actor_id,
                                                             .address = address});
    for (int attempt = 0; rc == 0 && attempt < 2; attempt++)
        rc = add_profiles(batch, session, p, attempt, settled);
    mc__add_users_require_profiles(batch,
                                   &(mc__users_require_profiles_in){site_id, canonicals_of(p)});
    if (p->flags[0])
        mc__add_users_set_members(batch,
                                  &(mc__users_set_members_in){.site_id = site_id,
                                                              .canonical_emails = canonicals_of(p),
                                                              .flags = {p->flags, p->count},
                                                              .actor_id = actor_id,
                                                              .address = address});
    return rc;
}

/* Adds all of them, as parts of one batch. */
static int add_all(mc__batch *batch, mc_session *session, const people *p, mc_time settled)
{
    int rc = 0;

    for (size_t from = 0; rc == 0 && from < p->count; from += ROWS_AT_ONCE) {
        people part = part_of(p, from);

        rc = add_people(batch, session, &part, settled);
    }
    return rc;
}

static int write_part(mc_session *session, const people *p, size_t from, mc_time settled)
{
    people part = part_of(p, from);
    mc_batch(batch);
    int rc = add_people(&batch, session, &part, settled);

    return rc < 0 ? rc : mc__write(session, &batch);
}

/* A transaction of several batches, as the database is given up if it is silent for long. */
static int write_in_parts(mc_session *session, const people *p, mc_time settled)
{
    int rc = mc__db_begin(&session->db);

    if (rc < 0)
        return rc;
    for (size_t from = 0; rc == 0 && from < p->count; from += ROWS_AT_ONCE)
        rc = write_part(session, p, from, settled);
    if (rc == 0)
        rc = mc__db_commit(&session->db);
    else
        mc__db_rollback(&session->db);
    mc__invalidate_pending(session);
    return rc;
}

static int make_once(mc__batch *batch, people *p, mc_session *session)
{
    mc_time settled;
    int rc = resolve(p, session);

    if (rc == 0)
        rc = mc__settled(&settled, session);
    if (rc < 0)
        return rc;
    if (p->count > ROWS_AT_ONCE && !session->db.in_transaction) {
        rc = write_in_parts(session, p, settled);
    } else {
        rc = add_all(batch, session, p, settled);
        if (rc == 0)
            rc = mc__write(session, batch);
    }
    mc__facts_changed(session);
    return rc;
}

/* list: NULL if nobody wants it. Another process may make the same users or take a name: then all
 * begins again. */
static int make(mc_profile_list *list, people *p, mc_session *session)
{
    int rc = canonise(p, session), tries = 0;

    if (rc < 0 || p->count == 0)
        return rc;
    do {
        mc_batch(batch);

        rc = make_once(&batch, p, session);
    } while (mc__judge_again(session, rc, &tries));
    return rc == 0 && list ? mc__profiles_of_users(list, session, canonicals_of(p)) : rc;
}

static int check_owner(mc_session *session)
{
    if (mc__acts_as_owner(session))
        return 0;
    return mc__refuse(session, *session->ban_reason ? MC_EBANNED : MC_EFORBIDDEN);
}

static int take_users(people *out, mc_session *session, const mc__source *source)
{
    mc_users_edit edit = {0};
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__users_edit_type, &edit,
                            MC_TO_CREATE, source);

    if (rc == 0)
        rc = make_room(out, session, edit.users.count, false);
    for (size_t n = 0; rc == 0 && n < edit.users.count; n++) {
        const mc_user_edit *user = edit.users.items[n];

        if (user->user_id.given || user->created)
            blame(session, out, n, "is all that a new user is made of: no userId, no created");
        out->emails[out->count++] = user->email;
    }
    return rc < 0 ? rc : faults_of(session);
}

static int create_from(mc_profile_list **out, mc_session *session, const mc__source *source)
{
    mc_auto(mc_record_free) void *record = NULL;
    people p;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = take_users(&p, session, source);
    if (rc == 0)
        rc = check_owner(session);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__profile_list_type);
    rc = record ? make(record, &p, session) : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_users_create(mc_profile_list **out, mc_session *session, const mc_users_edit *edit)
{
    return create_from(out, session, &(mc__source){.given = edit});
}

int mc_users_create_body(mc_profile_list **out, mc_session *session, mc_format format,
                         const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(out, session, &source);
}

static int take_memberships(people *out, mc_session *session, const mc__source *source)
{
    mc_memberships_edit edit = {0};
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__memberships_edit_type, &edit,
                            MC_TO_CREATE, source);

    if (rc == 0)
        rc = make_room(out, session, edit.memberships.count, false);
    for (size_t n = 0; rc == 0 && n < edit.memberships.count; n++) {
        const mc_membership_edit *one = edit.memberships.items[n];

        out->emails[out->count] = one->email;
        out->flags[out->count++] = one->is_member == MC_YES ? "t" : "f";
    }
    return rc;
}

static const char *find_flag(const char *text)
{
    static const char *const words[][2] = {{"1", "t"}, {"t", "t"}, {"true", "t"},
                                           {"0", "f"}, {"f", "f"}, {"false", "f"}};

    for (size_t i = 0; i < MC_COUNT(words); i++)
        if (strcasecmp(text, words[i][0]) == 0)
            return words[i][1];
    return NULL;
}

static const char *trim(mc__arena *arena, const char *text)
{
    size_t length;

    text += strspn(text, " \t");
    length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return mc__arena_copy(arena, text, length);
}

/* "ann@spam.example", or the same behind a name: "Ann <ann@spam.example>". */
static const char *address_in(mc__arena *arena, const char *text)
{
    const char *trimmed = trim(arena, text), *open = strrchr(trimmed, '<');
    size_t length = strlen(trimmed);

    if (!open || trimmed[length - 1] != '>')
        return trimmed;
    return mc__arena_copy(arena, open + 1, length - 2 - (size_t)(open - trimmed));
}

/* Adds a line, unless its address or flag is empty. */
static void take_line(people *p, mc_session *session, int64_t line, const mc_strings *fields)
{
    mc__arena *arena = &session->scratch;
    const char *email = address_in(arena, fields->items[0]), *flag = trim(arena, fields->items[1]);

    if (arena->failed || !*email || !*flag)
        return;
    p->lines[p->count] = line;
    p->emails[p->count] = email;
    p->flags[p->count] = find_flag(flag);
    if (!p->flags[p->count])
        blame(session, p, p->count, "the flag must be 1, t or true, or 0, f or false");
    p->count++;
}

static int refuse_line(mc_session *session, int64_t line, const char *why)
{
    return mc__fault(&session->problem,
                     mc__arena_format(&session->scratch, "line %lld", (long long)line), "%s", why);
}

static int take_lines(people *p, mc_session *session, mc__csv *csv)
{
    mc__csv_found found;
    mc_strings fields;
    size_t width = 0;

    while ((found = mc__csv_next(&fields, csv, &session->scratch)) == MC_CSV_RECORD) {
        if (!width)
            width = fields.count;
        if (fields.count < 2 || fields.count != width)
            return refuse_line(session, csv->line,
                               "each line has as many fields: an address, a flag, maybe others");
        if (p->count == ROWS_MOST)
            return refuse_line(session, csv->line, "there are more than 10,000 lines");
        take_line(p, session, csv->line, &fields);
    }
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    if (found == MC_CSV_BROKEN)
        return refuse_line(session, csv->line, "a quote is where none may be, or isn't closed");
    return faults_of(session);
}

static int take_csv(people *out, mc_session *session, const mc__source *source)
{
    mc__csv csv = mc__csv_of(source->body, source->length);
    int rc = make_room(out, session, ROWS_MOST, true);

    if (rc < 0)
        return rc;
    if (!mc__utf8_valid(source->body, source->length))
        return mc__fail(&session->problem, MC_EINVAL, "the text must be UTF-8");
    return take_lines(out, session, &csv);
}

static int batch_from(mc_session *session, const mc__source *source)
{
    people p;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = check_owner(session);
    if (rc == 0 && source->body && source->format == MC_FORMAT_FORM)
        rc = mc__fail_because(&session->problem, MC_EINVAL, 1,
                              "the Content-Type must be application/json or text/csv");
    if (rc < 0)
        return rc;
    rc = source->body && source->format == MC_FORMAT_CSV ? take_csv(&p, session, source)
                                                         : take_memberships(&p, session, source);
    if (rc == 0 && p.count == 0)
        rc = mc__fail(&session->problem, MC_EINVAL, "there is nobody in it");
    return rc < 0 ? rc : make(NULL, &p, session);
}

int mc_users_batch(mc_session *session, const mc_memberships_edit *edit)
{
    return batch_from(session, &(mc__source){.given = edit});
}

int mc_users_batch_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return batch_from(session, &source);
}
