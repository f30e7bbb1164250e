/*
 * Prepares every named statement against the real schema, and compares the columns of records with
 * the field tables, so that a renamed column is found.
 */
#include "postgres.h"

#include "db/db.h"
#include "domain/types.h"

#include <criterion/criterion.h>
#include <ctype.h>

static char *database;
static PGconn *conn;

static void begin(void)
{
    database = test_database_new();
    conn = test_database_connect(database);
}

static void end(void)
{
    PQfinish(conn);
    test_database_drop(database);
}

TestSuite(statements, .init = begin, .fini = end, .timeout = 300);

Test(statements, are_accepted_by_the_schema)
{
    cr_assert_gt(MC_Q_COUNT, 20);
    for (int q = 0; q < MC_Q_COUNT; q++) {
        PGresult *rows = PQprepare(conn, mc__queries[q].name, mc__queries[q].text, 0, NULL);

        cr_expect_eq(PQresultStatus(rows), PGRES_COMMAND_OK, "%s: %s", mc__queries[q].name,
                     PQerrorMessage(conn));
        PQclear(rows);
        rows = PQdescribePrepared(conn, mc__queries[q].name);
        cr_expect_eq(PQnparams(rows), mc__queries[q].n_params, "%s takes %d parameters, not %d",
                     mc__queries[q].name, PQnparams(rows), mc__queries[q].n_params);
        PQclear(rows);
    }
}

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_FLOAT8 = 701,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_INT2_ARRAY = 1005,
    OID_INT4_ARRAY = 1007,
    OID_TEXT_ARRAY = 1009,
    OID_INT8_ARRAY = 1016
};

static bool fits(mc_kind kind, Oid type)
{
    switch (kind) {
    case MC_KIND_BOOL:
    case MC_KIND_CHOICE:
        return type == OID_BOOL;
    case MC_KIND_INT64:
        return type == OID_INT8 || type == OID_INT4 || type == OID_INT2;
    case MC_KIND_DOUBLE:
    case MC_KIND_MAYBE_DOUBLE:
        return type == OID_FLOAT8;
    case MC_KIND_STRING:
        return type == OID_TEXT;
    case MC_KIND_TIME:
        return type == OID_TIMESTAMPTZ || type == OID_TIMESTAMP;
    case MC_KIND_INT64S:
        return type == OID_INT8_ARRAY;
    case MC_KIND_STRINGS:
        return type == OID_TEXT_ARRAY;
    default:
        return false;
    }
}

static int compare_row(const char *name, const mc_type *type, const PGresult *description)
{
    int known = 0;

    for (int i = 0; i < PQnfields(description); i++) {
        const char *column_name = PQfname(description, i);
        mc__column column;

        if (!mc__column_resolve(&column, type, column_name)) {
            /* a name with a dot is the path of a member */
            cr_expect(type != &mc__conversation_type || !strchr(column_name, '.'),
                      "%s: no member %s", name, column_name);
            continue;
        }
        known++;
        cr_expect(fits(column.path[column.depth - 1]->kind, PQftype(description, i)),
                  "%s: column %s has type %u, which is not of its member's kind", name, column_name,
                  PQftype(description, i));
    }
    return known;
}

Test(statements, fill_the_records_that_they_name)
{
    int compared = 0;

    for (int q = 0; q < MC_Q_COUNT; q++) {
        const mc_type *type = mc__queries[q].record ? mc_type_find(mc__queries[q].record) : NULL;
        PGresult *rows;

        if (!mc__queries[q].record)
            continue;
        cr_assert(type, "%s: there is no record type %s", mc__queries[q].name,
                  mc__queries[q].record);
        PQclear(PQprepare(conn, mc__queries[q].name, mc__queries[q].text, 0, NULL));
        rows = PQdescribePrepared(conn, mc__queries[q].name);
        cr_expect_gt(compare_row(mc__queries[q].name, type, rows), 0, "%s fills nothing of %s",
                     mc__queries[q].name, type->name);
        PQclear(rows);
        compared++;
    }
    cr_assert_gt(compared, 3);
}

static bool is_one_of(Oid type, const Oid *types)
{
    for (; *types; types++)
        if (type == *types)
            return true;
    return false;
}

static const Oid numbers[] = {OID_INT8, OID_INT4, OID_INT2, 0};

/* The schema's domains over types that the library binds; they have no fixed numbers. */
static bool is_domain(Oid type)
{
    return type >= 16384;
}

static bool column_fits(mc__column_kind kind, Oid type)
{
    switch (kind) {
    case MC_COLUMN_INT:
        return is_one_of(type, numbers);
    case MC_COLUMN_BOOL:
    case MC_COLUMN_CHOICE:
        return type == OID_BOOL;
    case MC_COLUMN_TIME:
        return type == OID_TIMESTAMPTZ;
    case MC_COLUMN_DOUBLE:
        return type == OID_FLOAT8;
    case MC_COLUMN_CHANGE:
        return type == OID_INT8_ARRAY;
    default:
        return true; /* all types have a text form */
    }
}

/* Statements whose columns are not read, since only the existence of a row matters. */
static const char *const unread[] = {
    "changes.wake",         "changes.join", "items.lock_post",    "read_marks.relax",
    "read_marks.look_anew", "sites.stats",  "sites.public_stats", "import_files.analyze",
};

static bool is_unread(const char *name)
{
    for (size_t i = 0; i < MC_COUNT(unread); i++)
        if (strcmp(name, unread[i]) == 0)
            return true;
    return false;
}

Test(statements, have_the_columns_that_they_declare)
{
    for (int q = 0; q < MC_Q_COUNT; q++) {
        const mc__query_info *info = &mc__queries[q];
        PGresult *rows;

        PQclear(PQprepare(conn, info->name, info->text, 0, NULL));
        rows = PQdescribePrepared(conn, info->name);
        if (info->n_columns)
            cr_assert_eq(PQnfields(rows), info->n_columns, "%s gives %d columns, not %d",
                         info->name, PQnfields(rows), info->n_columns);
        else
            cr_expect(info->record || PQnfields(rows) == 0 || is_unread(info->name),
                      "%s doesn't say what it gives, in a line \"-- row:\"", info->name);
        for (int i = 0; i < info->n_columns; i++) {
            cr_expect_str_eq(PQfname(rows, i), info->columns[i].name, "%s: column %d is %s, not %s",
                             info->name, i + 1, PQfname(rows, i), info->columns[i].name);
            cr_expect(column_fits((mc__column_kind)info->columns[i].kind, PQftype(rows, i)),
                      "%s: column %s has type %u, which its kind is not for", info->name,
                      info->columns[i].name, PQftype(rows, i));
        }
        PQclear(rows);
    }
}

static bool param_fits(mc__bind_kind kind, Oid type)
{
    static const Oid arrays[] = {OID_INT8_ARRAY, OID_INT4_ARRAY, OID_INT2_ARRAY, 0};

    switch (kind) {
    case MC_BIND_INT:
    case MC_BIND_ID:
    case MC_BIND_MAYBE_INT:
        return is_one_of(type, numbers);
    case MC_BIND_BOOL:
    case MC_BIND_CHOICE:
        return type == OID_BOOL;
    case MC_BIND_TIME:
        return type == OID_TIMESTAMPTZ;
    case MC_BIND_DOUBLE:
    case MC_BIND_MAYBE_DOUBLE:
        return type == OID_FLOAT8;
    case MC_BIND_INTS:
    case MC_BIND_MAYBE_INTS:
        return is_one_of(type, arrays);
    case MC_BIND_TEXTS:
        return type == OID_TEXT_ARRAY;
    case MC_BIND_BYTES:
        return type == OID_BYTEA;
    default:
        return !is_one_of(type, numbers) && type != OID_BOOL;
    }
}

Test(statements, take_parameters_of_the_declared_kinds)
{
    for (int q = 0; q < MC_Q_COUNT; q++) {
        const mc__query_info *info = &mc__queries[q];
        PGresult *rows;

        PQclear(PQprepare(conn, info->name, info->text, 0, NULL));
        rows = PQdescribePrepared(conn, info->name);
        for (int i = 0; i < info->n_params; i++)
            cr_expect(is_domain(PQparamtype(rows, i)) ||
                          param_fits((mc__bind_kind)info->params[i].kind, PQparamtype(rows, i)),
                      "%s: parameter %s has type %u, which its kind is not for", info->name,
                      info->params[i].name, PQparamtype(rows, i));
        PQclear(rows);
    }
}

static mc__query find_query(const char *name)
{
    int q = 0;

    while (q < MC_Q_COUNT && strcmp(mc__queries[q].name, name) != 0)
        q++;
    cr_assert_lt(q, MC_Q_COUNT, "there is no %s", name);
    return q;
}

static void compare_members(const mc__query_info *a, const mc__query_info *b)
{
    cr_assert_eq(a->n_params, b->n_params, "%s and %s", a->name, b->name);
    cr_assert_eq(a->n_columns, b->n_columns, "%s and %s", a->name, b->name);
    for (int i = 0; i < a->n_params; i++)
        cr_expect(strcmp(a->params[i].name, b->params[i].name) == 0 &&
                      a->params[i].offset == b->params[i].offset &&
                      a->params[i].kind == b->params[i].kind,
                  "%s of %s, but %s of %s", a->params[i].name, a->name, b->params[i].name, b->name);
    for (int i = 0; i < a->n_columns; i++)
        cr_expect(strcmp(a->columns[i].name, b->columns[i].name) == 0 &&
                      a->columns[i].kind == b->columns[i].kind,
                  "%s of %s, but %s of %s", a->columns[i].name, a->name, b->columns[i].name,
                  b->name);
}

/* content/comment_page.c gives the struct of one to all that serve the same on another parent. */
Test(statements, on_pages_of_comments_differ_in_the_parent_only)
{
    static const struct {
        const char *beginning, *like;
    } families[] = {{"comments.page_on_", "comments.page_on_item"},
                    {"comments.count_", "comments.count_on_item"}};
    int compared = 0;

    for (int q = 0; q < MC_Q_COUNT; q++)
        for (size_t i = 0; i < MC_COUNT(families); i++) {
            if (strncmp(mc__queries[q].name, families[i].beginning,
                        strlen(families[i].beginning)) != 0)
                continue;
            compare_members(&mc__queries[q], &mc__queries[find_query(families[i].like)]);
            compared++;
        }
    cr_assert_geq(compared, 4);
}

static PGresult *describe(const char *statement)
{
    PQclear(PQprepare(conn, statement, statement, 0, NULL));
    return PQdescribePrepared(conn, statement);
}

/* Statements that select columns of a view select all that fill a member. */
Test(statements, select_all_columns_that_the_record_has_members_for)
{
    static const struct {
        mc__query query;
        const char *all;
        const mc_type *type;
    } some[] = {
        {MC_Q_COMMENTS_PAGE_ON_ITEM, "SELECT * FROM microcosm.comment_records", &mc__comment_type},
        {MC_Q_COMMENTS_PAGE_ON_PROFILE, "SELECT * FROM microcosm.comment_records",
         &mc__comment_type},
        {MC_Q_ITEMS_GET_CONVERSATION, "SELECT * FROM microcosm.item_records",
         &mc__conversation_type},
        {MC_Q_ITEMS_GET_EVENT, "SELECT * FROM microcosm.item_records", &mc__event_type},
        {MC_Q_ITEMS_GET_POLL, "SELECT * FROM microcosm.item_records", &mc__poll_type},
    };

    for (size_t i = 0; i < MC_COUNT(some); i++) {
        PGresult *taken = describe(mc__queries[some[i].query].text), *all = describe(some[i].all);

        cr_assert_gt(PQnfields(all), PQnfields(taken));
        for (int c = 0; c < PQnfields(all); c++) {
            mc__column column;
            bool is_member = mc__column_resolve(&column, some[i].type, PQfname(all, c));
            bool is_taken = false;

            for (int t = 0; t < PQnfields(taken); t++)
                is_taken |= strcmp(PQfname(taken, t), PQfname(all, c)) == 0;
            cr_expect(is_taken || !is_member, "%s leaves out %s", mc__queries[some[i].query].name,
                      PQfname(all, c));
        }
        PQclear(taken);
        PQclear(all);
    }
}

/* Each statement has a condition on its site; these few concern the platform, for the given reason.
 */
static const char *const platform_statements[] = {
    "users.find", /* accounts belong to no site */
    "users.list", /* the same, for operators */
    "auth.list_tokens",
    "users.make",
    "auth.token_user", /* neither do tokens */
    "auth.revoke_token",
    "auth.visit_token",
    "auth.own_total",
    "auth.own_page",
    "auth.own_token",
    "passwords.of_email", /* nor do passwords */
    "passwords.of_user",
    "codes.end_all", /* a user's, on all sites */
    "codes.end_sign_ins",
    "auth.trim",
    "passwords.forget",
    "second_factors.of_user",
    "second_factors.use_step",
    "second_factors.use_recovery_code",
    "second_factors.has_recovery_code",
    "passwords.rehash",
    "passwords.count_attempt",
    "passwords.succeed",
    "providers.identity", /* who users are elsewhere is of no site */
    "providers.user_with",
    "clients.create", /* nor clients */
    "clients.list",
    "clients.delete",
    "clients.of_secret",
    "clients.forget_codes", /* of all sites */
    "read_marks.write_used",
    "platform.days",
    "platform.take",    /* of all sites */
    "short_links.find", /* nor short links */
    "short_links.save",
    "read_marks.write_hits",
    "sites.find",  /* finds the site */
    "items.zones", /* PostgreSQL's own list */
    "items.lock_post",
    "changes.wake", /* take a lock and send a signal, read nothing */
    "changes.join",
    "changes.peers", /* the same, for all sites' followers */
    "counters.turn", /* the same */
    "jobs.list",     /* the platform's scheduled work */
    "jobs.now",
    "jobs.offsets",
    "jobs.schedule",
    "jobs.lead",
    "jobs.start",
    "jobs.finish",
    "plans.by_values", /* a setting */
    "plans.once",
    "suggest.query",        /* a text's words */
    "search_index.turn",    /* a lock */
    "search_index.waiting", /* all sites, in the background */
    "mail.trim",            /* of all sites */
    "mail.digest",
    "mail.bounce", /* addresses are of no site */
    "mail.allow",
    "mail.key",       /* one for all sites */
    "updates.make",   /* work of all sites */
    "updates.remind", /* events of all sites */
    "updates.trim",
    "queue.feed",     /* work of all sites */
    "queue.in_order", /* a setting */
    "queue.take",
    "queue.done",
    "mail.dropped",
    "mail.ending",
    "mail.not_ending",
    "mail.unsure",
    "queue.failed",
    "queue.list",
    "queue.retry",
    "read_marks.relax", /* a setting */
    "read_marks.look_anew",
    "read_marks.settled",            /* the server's activity */
    "profiles.reserved_without_key", /* names are reserved on all sites */
    "profiles.set_reserved_keys",
    "sites.languages", /* those of PostgreSQL */
    "import_files.analyze",
    "import_files.forget_files", /* files before they are a site's */
    "import_files.add_files",
    "import_files.profile",
    "import_files.described",
    "import_files.id_of",
    "sites.theme_exists", /* themes are for all sites */
    "sites.key",
    "sites.host",     /* look among all sites */
    "files.announce", /* files are kept once for all sites */
    "files.stored",
    "files.add_thumbnail",
    "files.retire",
    "files.lock_retired",
    "files.drop",
};

Test(statements, name_their_site)
{
    for (int q = 0; q < MC_Q_COUNT; q++) {
        bool of_platform = false;

        for (size_t i = 0; i < MC_COUNT(platform_statements); i++)
            of_platform |= strcmp(mc__queries[q].name, platform_statements[i]) == 0;
        cr_expect(of_platform || strstr(mc__queries[q].text, "site_id"), "%s doesn't name its site",
                  mc__queries[q].name);
    }
}

/* Statements of mc__read_of_no_site() return the same on a connection set to any site. */
Test(statements, of_no_site_work_on_any_site)
{
    static const char *const sites[] = {"0", "", "1", "999"};
    static const struct {
        mc__query query;
        const char *params[3];
    } calls[] = {{MC_Q_SITES_FIND, {"root", "away.example"}},
                 {MC_Q_AUTH_TOKEN_USER,
                  {"\\xabababababababababababababababababababababababababababababababab"}},
                 {MC_Q_SITES_HOST, {"far.example"}},
                 {MC_Q_SITES_KEY, {"root"}},
                 {MC_Q_SITES_THEME_EXISTS, {"1"}},
                 {MC_Q_USERS_FIND, {"a@example.org"}},
                 {MC_Q_USERS_LIST, {"6", "1"}},
                 {MC_Q_AUTH_LIST_TOKENS, {NULL, "0", "1"}},
                 {MC_Q_AUTH_OWN_TOTAL, {"7", "5"}},
                 {MC_Q_AUTH_OWN_PAGE, {"7", "5", "0"}},
                 {MC_Q_AUTH_OWN_TOKEN, {"7", "70"}},
                 {MC_Q_PASSWORDS_OF_EMAIL, {"a@example.org"}},
                 {MC_Q_PASSWORDS_OF_USER, {"7"}}};

    PQclear(test_sql(conn, "SET microcosm.site_id = '0'"));
    PQclear(test_sql(conn, "UPDATE microcosm.sites SET domain = 'far.example' WHERE site_id = 1"));
    PQclear(test_sql(conn, "INSERT INTO microcosm.users (user_id, email, canonical_email)"
                           " VALUES (7, 'a@example.org', 'a@example.org')"));
    PQclear(test_sql(
        conn, "INSERT INTO microcosm.access_tokens (token_hash, token_id, user_id, expires) VALUES"
              " (decode(repeat('ab', 32), 'hex'), 70, 7, clock_timestamp() + interval '1 day')"));
    PQclear(test_sql(conn, "INSERT INTO microcosm.passwords (user_id, hash)"
                           " VALUES (7, '$argon2id$v=19$m=8,t=1,p=1$x$x')"));
    for (size_t i = 0; i < MC_COUNT(sites); i++) {
        char set[60];

        snprintf(set, sizeof(set), "SET microcosm.site_id = '%s'", sites[i]);
        PQclear(test_sql(conn, set));
        for (size_t c = 0; c < MC_COUNT(calls); c++) {
            const mc__query_info *info = &mc__queries[calls[c].query];
            PGresult *rows = PQexecParams(conn, info->text, info->n_params, NULL, calls[c].params,
                                          NULL, NULL, 0);

            cr_expect_eq(PQntuples(rows), 1, "%s on site '%s': %d rows %s", info->name, sites[i],
                         PQntuples(rows), PQerrorMessage(conn));
            PQclear(rows);
        }
    }
}

/*
 * Requests use counters, since counting rows takes time in proportion to their number. These
 * statements count few rows, or are not part of a request. A new one needs a reason here.
 */
static const struct {
    const char *statement;
    int times;
    const char *why;
} counting[] = {
    {"comments.page_on_item", 3,
     "hidden comments among 1,024 positions, and those by people the actor ignores"},
    {"comments.page_on_profile", 3, "the same on one profile"},
    {"comments.count_on_profile", 2, "the same"},
    {"comments.shown_before", 5, "the same before one comment; from indexes that hold no others"},
    {"comments.newest_on_item", 1, "by people the actor ignores, in one item"},
    {"comments.first_after_on_item", 2, "the same"},
    {"comments.count_on_item", 1, "by people the actor ignores, in one item"},
    {"attendees.attended_total", 1, "events to which the actor has said yes, each by hand"},
    {"platform.take", 9, "for the operator, who asks for it once a day"},
    {"exports.origin", 8, "for an operator's export, which reads all of it anyway"},
    {"import_files.forget_files", 1, "not in requests, and at most as many files as a step has"},
    {"import_files.files_after", 2, "the same"},
    {"import_files.written_after", 2, "the same"},
    {"import_files.check", 1, "the same"},
    {"imports.note_profiles", 1, "the same"},
    {"imports.conversations", 4, "the same"},
    {"imports.attendees", 2, "the same"},
    {"imports.votes", 2, "the same"},
    {"import_texts.lock_items", 1, "the same"},
    {"import_texts.comments", 3, "the same"},
    {"attachments.total", 1, "of one thing, at most 250"},
    {"attachments.put", 1, "the same"},
    {"attributes.total", 1, "of one thing, at most 250"},
    {"attributes.put", 1, "the same"},
    {"attributes.delete", 1, "those that were asked for"},
    {"trending.page", 2, "the newest comments of 250 items, which a limit ends; and those items"},
    {"search.hits", 1, "ends at a limit"},
    {"search.hits_of_many", 1, "the same"},
    {"search.recent", 1, "the same"},
    {"search.addressed", 1, "profiles of the addresses that are asked for"},
    {"given.shown_comments", 1, "the same as items.shown_comments"},
    {"given.huddles", 1, "the same in huddles"},
    {"huddles.list", 1, "the same"},
    {"search_index.expand", 1, "in the background: sites"},
    {"search_index.build", 1, "in the background, and ends at a limit"},
    {"ignores.page", 1, "what the actor ignores, each looked up; at most 10,000"},
    {"items.edit", 1, "comments on an item that goes to another microcosm, for their authors"},
    {"items.set_flags", 1, "comments on an item that is hidden or shown, for their authors"},
    {"items.shown_comments", 1, "by people the actor ignores, in the items of a page"},
    {"items.collection_total", 1, "items the actor ignores, each looked up"},
    {"microcosms.page", 3, "sticky items of one microcosm; items the actor ignores"},
    {"microcosms.items", 2, "sticky items of one microcosm: moderators make each by hand"},
    {"sites.public_total", 1, "on the root host only; makers of sites make each by hand"},
    {"profiles.total", 2, "the one named deleted; profiles the actor ignores, each looked up"},
    {"profiles.set_keys", 1, "of the profiles that it is given"},
    {"profiles.list_named", 1, "ends at a limit"},
    {"profiles.list_named_top", 1, "the same"},
    {"profiles.list_online", 1, "the same"},
    {"profiles.list_followed", 1, "the same"},
    {"profiles.get", 1, "at most a hundred huddles of the profile itself"},
    {"profiles.of_users", 1, "the same"},
    {"comments.page_on_huddle", 3, "the same as comments.page_on_item"},
    {"comments.count_on_huddle", 1, "by people the actor ignores, in one huddle"},
    {"comments.newest_on_huddle", 2, "the same; hidden ones, of which there are none"},
    {"comments.first_after_on_huddle", 2, "the same"},
    {"bans.total", 1, "ends at a limit"},
    {"auth.own_total", 1, "the same"},
    {"auth.create_own", 1, "the same"},
    {"providers.save", 1, "a site's providers, of which there are at most 50"},
    {"huddles.total", 1, "the actor's own huddles; ends at a limit"},
    {"huddles.count_participants", 1, "of one huddle, which has few hundred at most"},
    {"huddles.add", 2, "the same"},
    {"counters.fold_microcosms", 1, "in the background, and ends at a limit"},
    {"counters.fold_sites", 1, "the same"},
    {"counters.fold_profiles", 2, "the same"},
    {"changes.trim", 1, "in the background: those it has deleted, which a limit ends"},
    {"told.page", 1, "the actor's own updates; ends at a limit"},
    {"updates.make", 2, "in the background: who follows a thing, and those it has written"},
    {"updates.remind", 1, "in the background: those it has written"},
    {"updates.trim", 1, "the same"},
    {"followed.page", 1, "the actor's own watchers; ends at a limit"},
    {"mail.trim", 1, "in the background: those it has deleted, which a limit ends"},
    {"mail.digest", 1, "in the background, and ends at a limit"},
    {"mail.allow", 1, "for the operator: the address"},
    {"second_factors.of_user", 1, "ten codes"},
    {"auth.trim", 3, "in the background: those that it has deleted, which a limit ends"},
    {"queue.feed", 1, "in the background, and ends at a limit"},
    {"queue.failed", 1, "the rows that it is given"},
    {"queue.list", 3, "in the background and for the operator; ends at a limit"},
    {"queue.retry", 1, "for the operator: those that it has changed"},
    {"counters.refresh_site", 3, "in the background, once an hour for a site"},
};

static int times_counted(const char *sql)
{
    int times = 0;

    for (const char *found = sql; (found = strstr(found, "count(")); found++)
        times += found == sql || !(isalnum((unsigned char)found[-1]) || found[-1] == '_');
    return times;
}

static size_t find_counting(const char *statement)
{
    size_t i = 0;

    while (i < MC_COUNT(counting) && strcmp(counting[i].statement, statement) != 0)
        i++;
    return i;
}

Test(statements, do_not_count_growing_tables)
{
    bool seen[MC_COUNT(counting)] = {false};

    for (int q = 0; q < MC_Q_COUNT; q++) {
        const char *name = mc__queries[q].name;
        size_t i = find_counting(name);
        int allowed = i < MC_COUNT(counting) ? counting[i].times : 0;

        cr_expect_eq(times_counted(mc__queries[q].text), allowed,
                     "%s counts rows %d times; it may %d times", name,
                     times_counted(mc__queries[q].text), allowed);
        if (allowed)
            seen[i] = true;
    }
    for (size_t i = 0; i < MC_COUNT(counting); i++)
        cr_expect(seen[i], "%s is no statement any more", counting[i].statement);
}

/* What a statement reads, in pages of PostgreSQL, with values for some of its parameters; 0 or an
 * empty array for the others. */
typedef struct value {
    const char *name, *text;
} value;

static const char *value_of(const mc__query_member *param, const value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].name, param->name) == 0)
            return values[i].text;
    return param->kind == MC_BIND_INTS ? "{}" : "0";
}

static long number_behind(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

/* By EXPLAIN, whose first line of them is of the whole. */
static long pages_in(const PGresult *rows)
{
    long pages = 0;

    for (int row = 0; row < PQntuples(rows) && pages == 0; row++) {
        const char *line = PQgetvalue(rows, row, 0);

        if (strstr(line, "Buffers: shared"))
            pages = number_behind(line, "hit=") + number_behind(line, "read=");
    }
    return pages;
}

static void execute(const char *sql)
{
    PGresult *rows = PQexec(conn, sql);

    cr_assert_lt(PQresultStatus(rows), PGRES_BAD_RESPONSE, "%s", PQerrorMessage(conn));
    PQclear(rows);
}

static void prepare(const char *name, const char *statement)
{
    char text[32768];

    snprintf(text, sizeof(text), "PREPARE %s AS %s", name, mc__queries[find_query(statement)].text);
    execute(text);
}

/* By the plan that plan_cache_mode says. */
static long pages_read(const char *statement, const value *values, size_t count)
{
    const mc__query_info *info = &mc__queries[find_query(statement)];
    char text[32768];
    int length = snprintf(text, sizeof(text),
                          "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) EXECUTE measured");
    PGresult *rows;
    long pages;

    prepare("measured", statement);
    for (int i = 0; i < info->n_params; i++) {
        const char *given = value_of(&info->params[i], values, count);
        char *literal = given ? PQescapeLiteral(conn, given, strlen(given)) : NULL;

        length += snprintf(text + length, sizeof(text) - (size_t)length, "%s%s", i ? ", " : " (",
                           literal ? literal : "NULL");
        PQfreemem(literal);
    }
    snprintf(text + length, sizeof(text) - (size_t)length, info->n_params ? ")" : "");
    rows = PQexec(conn, text);
    cr_assert_eq(PQresultStatus(rows), PGRES_TUPLES_OK, "%s", PQerrorMessage(conn));
    pages = pages_in(rows);
    PQclear(rows);
    execute("DEALLOCATE measured");
    return pages;
}

/* Site 2 with its owner, profile 1, and microcosms 2 to 4. */
static void make_site(void)
{
    execute(
        "SET microcosm.site_id = 0; SET plan_cache_mode = force_generic_plan;"
        "INSERT INTO microcosm.users (user_id, email, canonical_email) VALUES (1, 'a@b', 'a@b');"
        "BEGIN;"
        "INSERT INTO microcosm.sites (site_id, subdomain_key, title, owned_by, created_by)"
        " VALUES (2, 'many', 'Many', 1, 1);"
        "INSERT INTO microcosm.profiles (site_id, profile_id, user_id, profile_name, name_key)"
        " VALUES (2, 1, 1, 'owner', 'owner');"
        "COMMIT;"
        "INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, owned_by,"
        " created_by) SELECT 2, n, CASE WHEN n > 2 THEN 2 END,"
        " CASE WHEN n > 2 THEN ARRAY[2, n] ELSE ARRAY[2] END, 'x', 1, 1"
        " FROM generate_series(2, 4) n;");
}

/* The first page of a conversation, or of a profile, of which most is hidden. */
Test(statements, read_nothing_of_the_comments_that_are_hidden)
{
    static const char *const pages[] = {
        "comments.page_on_item",    "comments.newest_page_on_item",
        "comments.newest_on_item",  "comments.first_after_on_item",
        "comments.page_on_profile", "comments.newest_page_on_profile",
        "comments.replies"};
    static const value values[] = {
        {"site_id", "2"}, {"parent_id", "1"}, {"limit", "5"}, {"after", NULL}, {"comment_id", "2"}};
    long before[MC_COUNT(pages)];

    make_site();
    execute(
        "INSERT INTO microcosm.items (site_id, item_id, item_type, microcosm_id, title, created_by)"
        " VALUES (2, 1, 6, 2, 'x', 1);"
        "INSERT INTO microcosm.comments (site_id, comment_id, item_id, on_profile_id, item_type,"
        " position, created_by, markdown, html, in_reply_to) SELECT 2, n, CASE WHEN n % 2 = 0 THEN "
        "1 END,"
        " CASE WHEN n % 2 = 1 THEN 1 END, CASE WHEN n % 2 = 1 THEN 3 ELSE 6 END,"
        " 20000 + n, 1, 'x', 'x', CASE WHEN n % 2 = 0 AND n > 2 THEN 2 END FROM generate_series(1, "
        "40) n");
    for (size_t i = 0; i < MC_COUNT(pages); i++) {
        pages_read(pages[i], values, MC_COUNT(values)); /* the first time reads the catalog too */
        before[i] = pages_read(pages[i], values, MC_COUNT(values));
    }
    execute(
        "INSERT INTO microcosm.comments (site_id, comment_id, item_id, on_profile_id, item_type,"
        " position, created_by, markdown, html, is_deleted, in_reply_to) SELECT 2, 100000 + n,"
        " CASE WHEN n % 2 = 0 THEN 1 END, CASE WHEN n % 2 = 1 THEN 1 END,"
        " CASE WHEN n % 2 = 1 THEN 3 ELSE 6 END, CASE WHEN n > 20000 THEN 20000 ELSE 0 END + n,"
        " 1, 'x', 'x', true, CASE WHEN n % 2 = 0 THEN 2 END FROM generate_series(1, 40000) n WHERE "
        "n < 20000 OR n > 20050;"
        "ANALYZE microcosm.comments");
    for (size_t i = 0; i < MC_COUNT(pages); i++) {
        long after = pages_read(pages[i], values, MC_COUNT(values));

        cr_expect_gt(before[i], 0);
        cr_expect_leq(after, before[i] + 25, "%s reads %ld pages instead of %ld", pages[i], after,
                      before[i]);
    }
}

/* What is asked all the time reads little, however many changes were made. */
Test(statements, of_the_queue_read_new_changes_only)
{
    static const value few[] = {
        {"limit", "10"}, {"kinds", "{updates}"}, {"item_types", "{16}"}, {"actions", "{1}"}};

    execute("SET microcosm.site_id = 0; SET plan_cache_mode = force_generic_plan;"
            "INSERT INTO microcosm.changes (site_id, item_type, item_id, action)"
            " SELECT 1, 4, n, 'create' FROM generate_series(1, 20000) n");
    execute("UPDATE microcosm.queue_position SET since = pg_current_snapshot()");
    execute("UPDATE microcosm.search_progress SET snapshot = pg_current_snapshot()");
    pages_read("queue.feed", few, MC_COUNT(few));
    cr_expect_lt(pages_read("queue.feed", few, MC_COUNT(few)), 50);
    pages_read("search_index.waiting", NULL, 0);
    cr_expect_lt(pages_read("search_index.waiting", NULL, 0), 50);
}

/* Whatever waits: the plan is from when the queue was short, and is used when it is long. */
Test(statements, of_the_queue_take_rows_in_the_order_of_an_index)
{
    static const char take[] =
        "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) EXECUTE take('updates', 10, 60)";
    PGresult *rows;
    long pages;

    execute("SET microcosm.site_id = 0; SET plan_cache_mode = force_generic_plan;"
            "INSERT INTO microcosm.queue (site_id, kind, item_type, item_id)"
            " VALUES (2, 'code', 4, 1)");
    execute("VACUUM microcosm.queue");
    execute("BEGIN");
    execute(mc__queries[find_query("queue.in_order")].text);
    prepare("take", "queue.take");
    execute("EXECUTE take('updates', 10, 60); COMMIT;"
            "INSERT INTO microcosm.queue (site_id, kind, item_type, item_id)"
            " SELECT 2, CASE WHEN n % 2 = 0 THEN 'updates' ELSE 'mail' END, 4, n"
            " FROM generate_series(1, 20000) n");
    rows = PQexec(conn, take);
    cr_assert_eq(PQresultStatus(rows), PGRES_TUPLES_OK, "%s", PQerrorMessage(conn));
    pages = pages_in(rows);
    PQclear(rows);
    cr_expect_gt(pages, 0);
    cr_expect_lt(pages, 200, "takes 10 of 10,000 rows by reading %ld pages", pages);
    execute("PREPARE left_over AS SELECT 1 / (count(*) = 10)::int FROM microcosm.queue"
            " WHERE attempts = 1 AND kind = 'updates' AND item_id <= 20; EXECUTE left_over");
}

/* Rows that the parts of a plan have given, or have read and left out. */
static int64_t rows_handled(const char *explain)
{
    PGresult *rows = PQexec(conn, explain);
    int64_t sum = 0, loops = 1;
    long long n, of;

    cr_assert_eq(PQresultStatus(rows), PGRES_TUPLES_OK, "%s", PQerrorMessage(conn));
    for (int row = 0; row < PQntuples(rows); row++) {
        const char *line = PQgetvalue(rows, row, 0), *found;

        if ((found = strstr(line, "(actual rows=")) &&
            sscanf(found, "(actual rows=%lld loops=%lld", &n, &of) == 2) {
            loops = of;
            sum += n * loops;
        }
        if ((found = strstr(line, "Rows Removed by")) && (found = strchr(found, ':')))
            sum += strtoll(found + 1, NULL, 10) * loops;
    }
    PQclear(rows);
    return sum;
}

/* Followers from a number on, with whatever the statement looks at for each of them. */
static void add_followers(int from, int to)
{
    static const char *const each[] = {
        "users (user_id, email, canonical_email) SELECT n, 'u' || n, 'u' || n",
        ("profiles (site_id, profile_id, user_id, profile_name, name_key, name_look, avatar)"
         " SELECT 2, n, n, 'u' || n, 'u' || n, 'u' || n, '/a'"),
        "profile_options (site_id, profile_id) SELECT 2, n",
        "ignores (site_id, profile_id, item_type, item_id) SELECT 2, n, 3, n + 1",
        "read_marks (site_id, profile_id, item_type, item_id, read_at) SELECT 2, n, 6, 7, now()",
        "mail_bounces (canonical_email) SELECT 'bounced' || n",
        "watchers (site_id, profile_id, item_type, item_id, send_email) SELECT 2, n, 6, 3, true",
    };
    char text[1024];

    for (size_t i = 0; i < MC_COUNT(each); i++) {
        snprintf(text, sizeof(text),
                 "INSERT INTO microcosm.%s FROM generate_series(%d, %d) n ON CONFLICT DO NOTHING",
                 each[i], from, to);
        execute(text);
    }
}

static int64_t rows_to_tell_all(int comment_id)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "INSERT INTO microcosm.comments (site_id, comment_id, item_id, item_type, position,"
             " created_by, markdown, html) VALUES (2, %d, 3, 6, %d, 1, 'x', 'x');"
             "INSERT INTO microcosm.queue (queue_id, site_id, kind, item_type, item_id, action)"
             " VALUES (1000000 + %d, 2, 'updates', 4, %d, 'create')",
             comment_id, comment_id, comment_id, comment_id);
    execute(text);
    snprintf(text, sizeof(text),
             "EXPLAIN (ANALYZE, TIMING OFF) EXECUTE make(ARRAY[1000000 + %d], true, 100000, "
             "100000, false)",
             comment_id);
    return rows_handled(text);
}

/* So many followers, so much work: not its square, though there are no statistics but those from
 * when there was nothing. The second time there are updates and mails from the first. */
Test(statements, that_tell_followers_do_the_same_for_each)
{
    int64_t few[2], many[2];

    make_site();
    execute("INSERT INTO microcosm.items (site_id, item_id, item_type, microcosm_id, title,"
            " created_by) VALUES (2, 3, 6, 2, 'x', 1);"
            "ANALYZE microcosm.users, microcosm.profiles, microcosm.watchers, microcosm.mails");
    execute("SET plan_cache_mode = force_custom_plan");
    prepare("make", "updates.make");
    add_followers(10, 259);
    for (int i = 0; i < 2; i++)
        few[i] = rows_to_tell_all(1 + i);
    add_followers(260, 2009);
    for (int i = 0; i < 2; i++)
        many[i] = rows_to_tell_all(3 + i);
    execute("PREPARE told AS SELECT 1 / (count(*) = 2000)::int FROM microcosm.updates"
            " WHERE item_id = 4; EXECUTE told");
    for (int i = 0; i < 2; i++)
        cr_expect_lt(many[i], 16 * few[i], "%lld rows for 8 times as many followers, not %lld",
                     (long long)many[i], (long long)few[i]);
}

/* Lists read what they show, however much there is that their reader may not see. */
Test(statements, read_nothing_of_what_is_not_shown)
{
    static const char *const lists[] = {"items.collection", "items.collection_oldest",
                                        "trending.page"};
    static const value values[] = {
        {"site_id", "2"}, {"item_type", "6"}, {"microcosms", "{2,3}"}, {"limit", "25"}};
    long before[MC_COUNT(lists)];

    make_site();
    execute("INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
            " SELECT 2, 6, 2 + n % 2, 'shown', 1 FROM generate_series(1, 200) n");
    for (size_t i = 0; i < MC_COUNT(lists); i++) {
        pages_read(lists[i], values, MC_COUNT(values)); /* the first time reads the catalog too */
        before[i] = pages_read(lists[i], values, MC_COUNT(values));
    }
    execute(
        "INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by, created,"
        " is_sticky) SELECT 2, 6, 4, 'closed', 1, now() - n * interval '1 day', true"
        " FROM generate_series(1, 20000) n; ANALYZE microcosm.items");
    for (size_t i = 0; i < MC_COUNT(lists); i++) {
        long after = pages_read(lists[i], values, MC_COUNT(values));

        cr_expect_gt(before[i], 0);
        cr_expect_leq(after, before[i] + 25, "%s reads %ld pages instead of %ld", lists[i], after,
                      before[i]);
    }
}

/* What is in other microcosms isn't looked up one by one, which would be more pages than there are
 * of them. Searches are planned by what they ask. */
Test(statements, of_a_search_read_nothing_of_what_is_not_shown)
{
    static const value values[] = {
        {"site_id", "2"}, {"types", "{6}"},      {"microcosms", "{2,3}"}, {"limit", "25"},
        {"most", "1000"}, {"author_id", "1"},    {"order_by", "1"},       {"since", NULL},
        {"until", NULL},  {"event_after", NULL}, {"event_before", NULL}};
    long before, after;

    make_site();
    execute("SET plan_cache_mode = force_custom_plan;"
            "INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
            " SELECT 2, 6, 2 + n % 2, 'shown', 1 FROM generate_series(1, 200) n;"
            "ANALYZE microcosm.items");
    pages_read("search.recent", values, MC_COUNT(values));
    before = pages_read("search.recent", values, MC_COUNT(values));
    execute("INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
            " SELECT 2, 6, 4, 'closed', 1 FROM generate_series(1, 20000);"
            "ANALYZE microcosm.items");
    after = pages_read("search.recent", values, MC_COUNT(values));
    cr_expect_gt(before, 0);
    cr_expect_leq(after, before + 2000, "%ld pages instead of %ld", after, before);
}

/* Of conversations and of polls, however many more there are. */
Test(statements, read_of_a_microcosm_what_is_on_the_page)
{
    static const char *const lists[] = {"microcosms.page", "microcosms.items",
                                        "microcosms.items_refresh"};
    static const value values[][4] = {
        {{"site_id", "2"}, {"microcosm_id", "3"}, {"limit", "25"}, {"polls", "false"}},
        {{"site_id", "2"}, {"microcosm_id", "3"}, {"limit", "25"}, {"polls", "true"}}};
    long before[MC_COUNT(lists)][2];

    make_site();
    execute("INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id, last_activity)"
            " SELECT 2, n, now() FROM generate_series(2, 4) n;"
            "INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
            " SELECT 2, 6 + n % 2, 3, 'x', 1 FROM generate_series(1, 200) n");
    for (size_t i = 0; i < MC_COUNT(lists); i++)
        for (int with = 0; with < 2; with++) {
            pages_read(lists[i], values[with], 4); /* the first time reads the catalog too */
            before[i][with] = pages_read(lists[i], values[with], 4);
        }
    execute("INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by,"
            " last_activity) SELECT 2, 6 + n % 2, 3, 'older', 1, now() - n * interval '1 day'"
            " FROM generate_series(1, 10000) n; ANALYZE microcosm.items");
    for (size_t i = 0; i < MC_COUNT(lists); i++)
        for (int with = 0; with < 2; with++) {
            long after = pages_read(lists[i], values[with], 4);

            cr_expect_gt(before[i][with], 0);
            cr_expect_leq(after, before[i][with] + 50, "%s reads %ld pages instead of %ld",
                          lists[i], after, before[i][with]);
        }
}
