/*
 * Profiles: showing and changing them, what they prefer, what they have read, what they ignore. How
 * a user comes by one is in users.c.
 */
#include "domain.h"

#include "../markup/markup.h"

#define PATH "/api/v1/profiles"
#define SHORTEST_NAME 2
/* Of a filtered list, which no counter knows the length of: a search that finds more is too wide.
 */
#define MOST_FOUND 10000
/* The wanted name, default ones, and some that are taken while this tries them. */
#define NAME_TRIES 8

/* ---- who may --------------------------------------------------------------------------------- */

static void decide(mc_permissions *out, mc_session *session, int64_t profile_id)
{
    mc__decide_thing(out, session, MC_ITEM_PROFILE, profile_id, profile_id, false);
}

/* For what is the actor's own. Guests and people on the ban list have nothing such. */
static int begin_own(mc_session *session)
{
    mc_permissions permissions;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    decide(&permissions, session, session->profile_id);
    return permissions.can_update ? 0 : mc__refuse(session, MC_EBANNED);
}

/* Users of all sites have profiles on the root site: nobody's business but its owner's. */
static bool is_shut(const mc_session *session, const mc_permissions *permissions)
{
    return mc_session_is_root_site(session) && !permissions->can_update;
}

/* That a profile doesn't exist may be known to all, so those who may not change one hear of it. */
static int refuse(mc_session *session, int64_t profile_id, const mc_permissions *permissions)
{
    mc_batch(batch);
    int rc;

    if (permissions->is_banned)
        return mc__refuse(session, MC_EBANNED);
    mc__batch_add(&batch, MC_Q_PROFILES_EXISTS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, profile_id);
    rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    return mc__refuse(session, PQntuples(mc__batch_rows(&batch, 0)) ? MC_EFORBIDDEN : MC_ENOTFOUND);
}

/* ---- one profile ----------------------------------------------------------------------------- */

static int read_comment(mc_session *session, mc_profile *profile, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(profile);
    mc__comment_reader reader;

    if (PQntuples(rows) == 0)
        return 0;
    if (mc__comment_reader_make(&reader, session, arena, rows, profile->profile_name) == 0)
        profile->profile_comment = mc__comment_record(arena, &reader, 0);
    if (!profile->profile_comment || arena->failed)
        return mc__out_of_memory(session);
    return 0;
}

static void add_unread_huddles(mc__arena *arena, mc_list *stats, int64_t count)
{
    mc_stat *stat = mc__record_make(arena, &mc__stat_type);
    size_t capacity = 0;

    if (!stat)
        return;
    stat->metric = "unreadHuddles";
    stat->value = count;
    mc__list_add(arena, stats, &capacity, stat);
}

static int read_profile(mc_session *session, mc_profile *profile, const mc_permissions *permissions,
                        const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(profile);
    mc__columns columns;
    mc_meta *meta;

    if (mc__columns_make(&columns, &session->scratch, &mc__profile_type, rows) < 0 ||
        mc__record_decode(profile, arena, &columns, rows, 0) < 0)
        return mc__out_of_memory(session);
    mc__profile_finish(arena, profile);
    meta = (mc_meta *)profile->meta;
    if (!meta || !meta->flags)
        return mc__out_of_memory(session);
    if (mc__contains(&session->viewer->ignored_profiles, profile->id))
        ((mc_flags *)meta->flags)->ignored = MC_YES;
    if (profile->id == session->profile_id)
        add_unread_huddles(arena, &meta->stats,
                           mc__row_int(rows, 0, PQfnumber(rows, "unread_huddles")));
    meta->permissions = mc__permissions_record(arena, permissions);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static int fetch(mc_profile **out, mc_session *session, int64_t profile_id,
                 const mc_permissions *permissions, bool with_private)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    size_t profile, comment;
    int rc;

    profile = mc__batch_add(&batch, MC_Q_PROFILES_GET);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, profile_id);
    mc__add_id(&batch, session->profile_id);
    mc__add_bool(&batch, with_private);
    comment = mc__batch_add(&batch, MC_Q_PROFILES_COMMENT);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, profile_id);
    rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, profile)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);

    record = mc__record_new(&mc__profile_type);
    if (!record)
        return mc__out_of_memory(session);
    rc = read_profile(session, record, permissions, mc__batch_rows(&batch, profile));
    if (rc == 0)
        rc = read_comment(session, record, mc__batch_rows(&batch, comment));
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_profile_self(mc_profile **out, mc_session *session)
{
    mc_permissions permissions;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    decide(&permissions, session, session->profile_id);
    return fetch(out, session, session->profile_id, &permissions, true);
}

int mc_profile_get(mc_profile **out, mc_session *session, int64_t profile_id)
{
    mc_permissions permissions;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc < 0)
        return rc;
    decide(&permissions, session, profile_id);
    if (!permissions.can_read)
        return mc__refuse(session, MC_EBANNED);
    if (profile_id != session->profile_id && is_shut(session, &permissions))
        return mc__refuse(session, MC_EFORBIDDEN);
    return fetch(out, session, profile_id, &permissions, permissions.can_update);
}

/* ---- lists ----------------------------------------------------------------------------------- */

typedef struct listing {
    mc_profile_filter filter;
    mc_page_options page;
    const char *beginning;        /* of names as they are kept; "" for all */
    bool is_sorted;               /* few enough to be sorted, and not in the order of an index */
    size_t rows, total, followed; /* statements of the batch */
} listing;

/* Names are kept cleaned and escaped, so what they begin with is treated alike. */
static int read_beginning(listing *l, mc_session *session)
{
    const char *name = l->filter.name_starts_with ? l->filter.name_starts_with : "";
    mc_scratch_text(cleaned);
    int rc;

    name += strspn(name, "@+");
    rc = mc__clean_word(&cleaned, name, strlen(name), false);
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (rc < 0)
        return mc__fault(&session->problem, "q", "must be a valid text");
    l->beginning = mc__arena_copy(&session->scratch, mc__text_string(&cleaned), cleaned.length);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int read_filter(listing *l, mc_session *session, const mc_profile_filter *filter)
{
    size_t size = filter ? filter->size : 0;
    int rc;

    if (filter)
        memcpy(&l->filter, filter, size < sizeof(l->filter) ? size : sizeof(l->filter));
    rc = read_beginning(l, session);
    l->is_sorted =
        l->filter.following || l->filter.online || (l->filter.top && rc == 0 && *l->beginning);
    return rc;
}

static void add_ignored(mc__batch *batch, const mc_session *session)
{
    mc__add_ints(batch, session->viewer->ignored_profiles.items,
                 session->viewer->ignored_profiles.count);
}

static void add_list(mc__batch *batch, listing *l, const mc_session *session)
{
    bool is_top = !l->is_sorted && l->filter.top;

    l->rows = mc__batch_add(batch, l->is_sorted ? MC_Q_PROFILES_LIST_FOUND
                                   : is_top     ? MC_Q_PROFILES_LIST_TOP
                                                : MC_Q_PROFILES_LIST);
    mc__add_int(batch, session->site.id);
    if (!is_top)
        mc__add_text(batch, l->beginning);
    add_ignored(batch, session);
    mc__add_int(batch, l->page.limit);
    mc__add_int(batch, l->page.offset);
    if (!l->is_sorted)
        return;
    mc__add_int(batch, session->profile_id);
    mc__add_bool(batch, l->filter.following);
    mc__add_bool(batch, l->filter.online);
    mc__add_bool(batch, l->filter.top);
    mc__add_int(batch, MOST_FOUND);
}

static void add_total(mc__batch *batch, listing *l, const mc_session *session)
{
    if (l->is_sorted) { /* comes with the rows */
        l->total = l->rows;
        return;
    }
    l->total =
        mc__batch_add(batch, *l->beginning ? MC_Q_PROFILES_TOTAL_NAMED : MC_Q_PROFILES_TOTAL);
    mc__add_int(batch, session->site.id);
    if (*l->beginning)
        mc__add_text(batch, l->beginning);
    add_ignored(batch, session);
    if (*l->beginning)
        mc__add_int(batch, MOST_FOUND);
}

static void add_followed(mc__batch *batch, listing *l, const mc_session *session)
{
    l->followed = mc__batch_add(batch, MC_Q_PROFILES_FOLLOWED);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, session->profile_id);
}

/* Without rows the total is 0, or the offset is past the last page: any smaller total will do. */
static int64_t read_total(const mc__batch *batch, const listing *l)
{
    const PGresult *rows = mc__batch_rows(batch, l->total);

    return PQntuples(rows) ? mc__row_int(rows, 0, PQfnumber(rows, "total")) : 0;
}

static int read_items(mc_session *session, mc__arena *arena, mc_list *items, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows);
    const void **profiles = mc__list_make(arena, items, count);
    mc__columns columns;

    if (!profiles || mc__columns_make(&columns, &session->scratch, &mc__profile_type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc_profile *profile = mc__record_make(arena, &mc__profile_type);

        if (!profile || mc__record_decode(profile, arena, &columns, rows, (int)i) < 0)
            return mc__out_of_memory(session);
        mc__profile_finish(arena, profile);
        profiles[i] = profile;
    }
    return 0;
}

static int read_collection_meta(mc_session *session, mc_collection *collection, const listing *l,
                                const mc_permissions *permissions, const PGresult *followed)
{
    mc__arena *arena = mc__record_arena(collection);
    const char *href = mc__arena_strdup(arena, l->page.path ? l->page.path : PATH);
    mc_meta *meta = (mc_meta *)mc__collection_meta(arena, href, permissions);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);
    mc__columns columns;

    if (!meta || !flags ||
        mc__columns_make(&columns, &session->scratch, &mc__flags_type, followed) < 0)
        return mc__out_of_memory(session);
    if (PQntuples(followed) && mc__record_decode(flags, arena, &columns, followed, 0) < 0)
        return mc__out_of_memory(session);
    meta->flags = flags;
    collection->meta = meta;
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static int read_list(mc_collection **out, mc_session *session, const listing *l,
                     const mc__batch *batch, const mc_permissions *permissions)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_collection *collection;
    mc__arena *arena;
    mc_page *page;
    int64_t total = read_total(batch, l);
    int rc = mc__page_fits(session, &l->page, total);

    if (rc < 0)
        return rc;
    collection = record = mc__record_new(&mc__collection_type);
    if (!collection)
        return mc__out_of_memory(session);
    arena = mc__record_arena(collection);
    page = mc__page_make(arena, &l->page, total, PATH, PATH);
    if (!page)
        return mc__out_of_memory(session);
    collection->profiles = page;
    rc = read_items(session, arena, &page->items, mc__batch_rows(batch, l->rows));
    if (rc == 0)
        rc = read_collection_meta(session, collection, l, permissions,
                                  mc__batch_rows(batch, l->followed));
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_profiles_list(mc_collection **out, mc_session *session, const mc_profile_filter *filter,
                     const mc_page_options *page)
{
    mc_batch(batch);
    listing l = {.beginning = ""};
    mc_permissions permissions;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    decide(&permissions, session, 0);
    if (!permissions.can_read)
        return mc__refuse(session, MC_EBANNED);
    if (is_shut(session, &permissions))
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = mc__page_check(&l.page, session, page);
    if (rc == 0)
        rc = read_filter(&l, session, filter);
    if (rc < 0)
        return rc;
    add_list(&batch, &l, session);
    add_total(&batch, &l, session);
    add_followed(&batch, &l, session);
    rc = mc__run(session, &batch, MC_READ);
    return rc < 0 ? rc : read_list(out, session, &l, &batch, &permissions);
}

/* ---- changing one ---------------------------------------------------------------------------- */

/* After the field table has cleaned the name and measured it, with the result rc: what is wrong
 * here is told together with what was wrong there. */
static int check_edit(mc__problem *problem, const mc_profile_edit *edit, int rc)
{
    const char *name = edit->profile_name;

    if (rc < 0 && rc != MC_EINVAL)
        return rc;
    if (name && mc__utf8_length(name) < SHORTEST_NAME)
        rc = mc__fault(problem, "profileName", "must have at least %d characters", SHORTEST_NAME);
    else if (name && strpbrk(name, "@+")) /* they begin mentions */
        rc = mc__fault(problem, "profileName", "must not contain @ or +");
    if (edit->style_id.given && (edit->style_id.value < 0 || edit->style_id.value > INT32_MAX))
        rc = mc__fault(problem, "styleId", "must be 0 or more");
    return rc;
}

int mc__profile_edit_check(mc_profile_edit *out, mc__problem *problem, mc__arena *arena,
                           const mc_profile_edit *given)
{
    int rc = mc__input_copy(problem, arena, &mc__profile_edit_type, out, MC_TO_EDIT, given);

    return check_edit(problem, out, rc);
}

/* What became of an edit. */
typedef struct edited {
    bool is_taken; /* the name is, so nothing was changed */
    int64_t user_id;
    const char *email;
} edited;

static int try_edit(edited *out, mc_session *session, int64_t profile_id,
                    const mc_profile_edit *edit, const char *name)
{
    mc_batch(batch);
    const PGresult *rows;
    int rc;

    mc__batch_add(&batch, MC_Q_PROFILES_EDIT);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, profile_id);
    mc__add_text(&batch, name);
    mc__add_choice(&batch, edit->visible);
    if (edit->style_id.given)
        mc__add_int(&batch, edit->style_id.value);
    else
        mc__add_text(&batch, NULL);
    mc__add_id(&batch, session->profile_id);
    mc__add_text(&batch, mc__audit_address(session));
    rc = mc__write(session, &batch,
                   &(mc__news){.item_type = MC_ITEM_PROFILE, .item_id = profile_id});
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    out->is_taken = mc__row_bool(rows, 0, 2);
    if (!out->is_taken)
        return 0;
    out->user_id = mc__row_int(rows, 0, 0);
    out->email = mc__arena_strdup(&session->scratch, mc__row_text(rows, 0, 1));
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* A taken name is no error: the profile gets its default name. */
static int save(mc_session *session, int64_t profile_id, const mc_profile_edit *edit)
{
    const char *name = edit->profile_name;
    edited result = {.email = ""};
    int defaults = 0;

    for (int attempt = 0; attempt < NAME_TRIES; attempt++) {
        int rc = try_edit(&result, session, profile_id, edit, name);

        if (rc == MC_ECONFLICT) { /* taken since the statement began: the next one sees that */
            mc__problem_clear(&session->problem);
            continue;
        }
        if (rc < 0 || !result.is_taken) {
            mc__facts_changed(session);
            return rc;
        }
        name = mc__default_name(&session->scratch, mc_session_is_root_site(session), result.user_id,
                                result.email, defaults++);
        if (session->scratch.failed)
            return mc__out_of_memory(session);
    }
    return mc__refuse(session, MC_ECONFLICT);
}

static int judge_and_save(mc_session *session, int64_t profile_id, const mc_profile_edit *edit)
{
    mc_permissions permissions;

    decide(&permissions, session, profile_id);
    if (!permissions.can_update)
        return refuse(session, profile_id, &permissions);
    return save(session, profile_id, edit);
}

int mc_profile_edit_save(mc_session *session, int64_t profile_id, const mc_profile_edit *edit)
{
    mc_profile_edit checked = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0)
        rc = mc__profile_edit_check(&checked, &session->problem, &session->scratch, edit);
    return rc < 0 ? rc : judge_and_save(session, profile_id, &checked);
}

int mc_profile_edit_body(mc_session *session, int64_t profile_id, mc_format format,
                         const char *body, size_t length)
{
    mc_profile_edit checked = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &mc__profile_edit_type, &checked,
                            MC_TO_EDIT, format, body, length);
    rc = check_edit(&session->problem, &checked, rc);
    return rc < 0 ? rc : judge_and_save(session, profile_id, &checked);
}

/* ---- PATCH ----------------------------------------------------------------------------------- */

static int judge_patch(mc_session *session, int64_t profile_id, const mc__patch_op *ops,
                       size_t count)
{
    mc_permissions permissions;

    decide(&permissions, session, profile_id);
    if (!permissions.is_site_owner)
        return refuse(session, profile_id, &permissions);
    for (size_t i = 0; i < count; i++)
        if (ops[i].kind != MC_PATCH_BOOL)
            return mc__fault(&session->problem, ops[i].path, "must be true or false");
    for (size_t i = 0; i < count; i++)
        if (strcmp(ops[i].path, "/member") != 0)
            return mc__fault(&session->problem, ops[i].path, "cannot be changed");
    return 0;
}

static int set_member(mc_session *session, int64_t profile_id, bool is_member)
{
    mc_batch(batch);
    int rc;

    mc__batch_add(&batch, MC_Q_PROFILES_SET_MEMBER);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, profile_id);
    mc__add_bool(&batch, is_member);
    mc__add_id(&batch, session->profile_id);
    mc__add_text(&batch, mc__audit_address(session));
    rc = mc__write(session, &batch,
                   &(mc__news){.item_type = MC_ITEM_PROFILE, .item_id = profile_id});
    if (rc < 0)
        return rc;
    mc__facts_changed(session);
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

int mc_profile_patch_body(mc_session *session, int64_t profile_id, const char *body, size_t length)
{
    mc__patch_op *ops = NULL;
    size_t count = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0)
        rc = mc__patch_read(&session->problem, &session->scratch, &ops, &count, body, length);
    if (rc == 0)
        rc = judge_patch(session, profile_id, ops, count);
    /* of several the last one holds */
    return rc < 0 ? rc : set_member(session, profile_id, ops[count - 1].value);
}

/* ---- preferences ----------------------------------------------------------------------------- */

int mc_profile_options_get(mc_profile_options **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    mc__columns columns;
    int rc = begin_own(session);

    if (rc < 0)
        return rc;
    mc__batch_add(&batch, MC_Q_PROFILES_OPTIONS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, session->profile_id);
    rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__profile_options_type);
    if (!record ||
        mc__columns_make(&columns, &session->scratch, &mc__profile_options_type,
                         mc__batch_rows(&batch, 0)) < 0 ||
        mc__record_decode(record, mc__record_arena(record), &columns, mc__batch_rows(&batch, 0),
                          0) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

static int save_options(mc_session *session, const mc_profile_options *options)
{
    mc_batch(batch);

    mc__batch_add(&batch, MC_Q_PROFILES_SET_OPTIONS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, session->profile_id);
    mc__add_bool(&batch, options->show_dob);
    mc__add_bool(&batch, options->show_dob_year);
    mc__add_bool(&batch, options->send_email);
    mc__add_bool(&batch, options->send_sms);
    mc__add_bool(&batch, options->is_discouraged);
    mc__add_text(&batch, mc__audit_address(session));
    return mc__run(session, &batch, MC_WRITE);
}

int mc_profile_options_set(mc_session *session, const mc_profile_options *options)
{
    int rc = begin_own(session);

    if (rc < 0)
        return rc;
    if (!options)
        return mc__fail(&session->problem, MC_EINVAL, "nothing was given");
    return save_options(session, options);
}

int mc_profile_options_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc_profile_options options;
    int rc = begin_own(session);

    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &mc__profile_options_type,
                            &options, MC_TO_EDIT, format, body, length);
    return rc < 0 ? rc : save_options(session, &options);
}

/* ---- read marks ------------------------------------------------------------------------------ */

/* Written at once instead of through marks.c: whoever is told that it is done must find it done.
 * Marks that are still on their way there are older, and do nothing when they arrive. */

static void add_mark(mc__batch *batch, const mc_session *session, mc__query query)
{
    mc__batch_add(batch, query);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, session->profile_id);
}

/* Ids of a microcosm and all below it. One that isn't there is marked like any other thing. */
static int add_microcosms(mc__batch *batch, mc_session *session, int64_t microcosm_id)
{
    const mc__map *map = session->map;
    const mc__node *top = mc__map_find(map, microcosm_id);
    int64_t *ids = mc__arena_alloc(&session->scratch, (map->count + 1) * sizeof(*ids));
    size_t count = 0;

    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; top && i < map->count; i++)
        if (mc__node_is_below(map->by_id[i], top))
            ids[count++] = map->by_id[i]->id;
    if (!top)
        ids[count++] = microcosm_id;
    mc__add_ints(batch, ids, count);
    return 0;
}

static int add_marks(mc__batch *batch, mc_session *session, mc_item_type item_type, int64_t item_id)
{
    if (item_type == MC_ITEM_SITE) {
        add_mark(batch, session, MC_Q_PROFILES_MARK_SITE);
        return 0;
    }
    if (item_type == MC_ITEM_HUDDLE && item_id == 0) {
        add_mark(batch, session, MC_Q_PROFILES_MARK_HUDDLES);
        return 0;
    }
    if (item_id <= 0)
        return mc__fault(&session->problem, "itemId", "must be greater than 0");
    if (item_type == MC_ITEM_MICROCOSM) {
        add_mark(batch, session, MC_Q_PROFILES_MARK_MICROCOSMS);
        return add_microcosms(batch, session, item_id);
    }
    add_mark(batch, session,
             item_type == MC_ITEM_HUDDLE ? MC_Q_PROFILES_MARK_HUDDLE : MC_Q_PROFILES_MARK_THING);
    if (item_type != MC_ITEM_HUDDLE)
        mc__add_int(batch, item_type);
    mc__add_int(batch, item_id);
    return 0;
}

static int mark_read(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc_batch(batch);
    int rc;

    if (!mc_item_type_name(item_type))
        return mc__fault(&session->problem, "itemType", "must be a kind of thing");
    rc = add_marks(&batch, session, item_type, item_id);
    if (rc == 0)
        rc = mc__write(
            session, &batch,
            &(mc__news){.parent_type = MC_ITEM_PROFILE, .parent_id = session->profile_id});
    mc__facts_changed(session);
    return rc;
}

int mc_profile_mark_read(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    int rc = begin_own(session);

    return rc < 0 ? rc : mark_read(session, item_type, item_id);
}

/* What a body points to. */
typedef struct pointer {
    size_t size;
    const char *item_type;
    int64_t item_id;
} pointer;

static const mc__field pointer_fields[] = {
    MC_FIELD(pointer, item_type, "itemType", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(pointer, item_id, "itemId"),
};
static const mc_type pointer_type =
    MC_TYPE(pointer, "pointer", pointer_fields, .flags = MC_TYPE_INPUT);

int mc_profile_mark_read_body(mc_session *session, mc_format format, const char *body,
                              size_t length)
{
    pointer to;
    int rc = begin_own(session);

    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &pointer_type, &to, MC_TO_CREATE,
                            format, body, length);
    return rc < 0 ? rc : mark_read(session, mc_item_type_find(to.item_type), to.item_id);
}

/* ---- ignoring -------------------------------------------------------------------------------- */

static int check_ignored(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    if (!mc_item_type_name(item_type) || item_type == MC_ITEM_SITE)
        return mc__fault(&session->problem, "itemType",
                         "must be a kind of thing that can be ignored");
    if (item_id <= 0)
        return mc__fault(&session->problem, "itemId", "must be greater than 0");
    if (item_type == MC_ITEM_PROFILE && item_id == session->profile_id)
        return mc__fault(&session->problem, "itemId", "must not be the actor");
    return 0;
}

int mc_ignore_set(mc_session *session, mc_item_type item_type, int64_t item_id, bool ignored)
{
    mc_batch(batch);
    int rc = begin_own(session);

    if (rc == 0)
        rc = check_ignored(session, item_type, item_id);
    if (rc < 0)
        return rc;
    mc__batch_add(&batch, ignored ? MC_Q_PROFILES_IGNORE : MC_Q_PROFILES_STOP_IGNORING);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, session->profile_id);
    mc__add_int(&batch, item_type);
    mc__add_int(&batch, item_id);
    rc = mc__write(session, &batch,
                   &(mc__news){.parent_type = MC_ITEM_PROFILE, .parent_id = session->profile_id});
    mc__facts_changed(session);
    return rc;
}
