#include "host.h"

#include "forum.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

PGconn *host;

void host_open(void)
{
    forum_open();
    host = test_database_connect(forum_database);
    PQclear(test_sql(host, "CREATE TABLE public.offers (boat text)"));
}

void host_close(void)
{
    PQfinish(host);
    forum_close();
}

int64_t count_comments(void)
{
    return forum_number("SELECT count(*) FROM microcosm.comments");
}

int64_t count_offers(void)
{
    return forum_number("SELECT count(*) FROM public.offers");
}

/* PostgreSQL itself fails, in the middle of a statement: that is in the year before 1. */
void fail_in_sql(void)
{
    mc_event_edit edit = {.size = sizeof(edit),
                          .microcosm_id = root_microcosm(),
                          .title = "Regatta",
                          .when = "0001-01-01T00:00:00Z",
                          .tz = "Asia/Tokyo"};
    int64_t id;

    must_fail(mc_event_create(&id, session, &edit), MC_EINVAL);
}

int64_t make_poll(void)
{
    static const mc_poll_choice_edit port = {.size = sizeof(port), .choice = "port"},
                                     starboard = {.size = sizeof(starboard), .choice = "starboard"};
    const void *choices[] = {&port, &starboard};
    mc_poll_edit edit = {.size = sizeof(edit),
                         .microcosm_id = root_microcosm(),
                         .title = "Sides",
                         .question = "Which side?",
                         .choices = {choices, 2}};
    int64_t id;

    must(mc_poll_create(&id, session, &edit));
    return id;
}

void comment_often(int64_t id, int count, const char *word)
{
    char text[100];

    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "%s %d", word, i);
        make_comment(id, text);
    }
}

/* Rows that the transaction open on pg has updated. Not what each write is about, nor
 * the numbers of hidden comments, of which there is one for each 1,024. */
int64_t updated_rows(PGconn *pg)
{
    PGresult *rows =
        test_sql(pg, "SELECT coalesce(sum(n_tup_upd), 0) FROM"
                     " pg_catalog.pg_stat_xact_user_tables"
                     " WHERE relname NOT IN ('comments', 'hidden_comments', 'attendees')");
    int64_t updated = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);

    PQclear(rows);
    return updated;
}

void expect_shown(int64_t id, int64_t total)
{
    mc_conversation *record = NULL;

    must(mc_conversation_get(&record, session, id, NULL));
    cr_expect_eq(record->comments->total, total, "%" PRId64 " instead of %" PRId64,
                 record->comments->total, total);
    mc_record_free(record);
}

/* What the counters must be, from the comments themselves. */
void expect_settled(int64_t id)
{
    cr_expect_eq(forum_number("SELECT (SELECT count(*) FROM microcosm.unsettled_items)"
                              " + (SELECT count(*) FROM microcosm.unsettled_huddles)"
                              " + (SELECT count(*) FROM microcosm.unsettled_polls)"
                              " + (SELECT count(*) FROM microcosm.unsettled_events)"),
                 0);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.items i, LATERAL ("
                     "SELECT count(*) FILTER (WHERE is_visible) AS comments, max(position) + 1 AS"
                     " next, max(created) FILTER (WHERE is_visible) AS newest,"
                     " max(comment_id) FILTER (WHERE is_visible) AS last"
                     " FROM microcosm.comments WHERE item_id = i.item_id) c"
                     " WHERE i.item_id = %" PRId64 " AND i.comment_count = c.comments AND"
                     " i.next_position = c.next AND i.last_comment_id = c.last AND"
                     " i.last_comment_created = c.newest AND i.last_activity >= c.newest",
                     id),
        1);
    cr_expect_eq(forum_number("SELECT sum(comment_count) FROM (SELECT comment_count FROM"
                              " microcosm.profile_counters UNION ALL SELECT comment_count FROM"
                              " microcosm.profile_deltas) c"),
                 forum_number("SELECT count(*) FROM microcosm.comments WHERE is_visible"));
}

static int answer(const PGresult *rows, mc_result *result)
{
    const char *names[100], *values[100];
    int columns = PQnfields(rows);

    cr_assert_leq(columns, 100);
    if (columns == 0)
        return 0;
    for (int i = 0; i < columns; i++)
        names[i] = PQfname(rows, i);
    mc_result_columns(result, names, (size_t)columns);
    for (int row = 0; row < PQntuples(rows); row++) {
        for (int i = 0; i < columns; i++)
            values[i] = PQgetisnull(rows, row, i) ? NULL : PQgetvalue(rows, row, i);
        mc_result_row(result, values, (size_t)columns);
    }
    return 0;
}

int run_on_host(void *data, const char *sql, const char *const *params, size_t count,
                mc_result *result)
{
    PGconn *pg = data;
    PGresult *rows =
        count ? PQexecParams(pg, sql, (int)count, NULL, params, NULL, NULL, 0) : PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(rows);
    int rc = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK
                 ? answer(rows, result)
                 : mc_result_fail(result, PQresultErrorField(rows, PG_DIAG_SQLSTATE),
                                  PQerrorMessage(pg));

    PQclear(rows);
    return rc;
}

static int in_transaction(void *data)
{
    switch (PQtransactionStatus(data)) {
    case PQTRANS_IDLE:
        return 0;
    case PQTRANS_INTRANS:
        return 1;
    case PQTRANS_UNKNOWN:
        return MC_EUNAVAILABLE;
    default:
        return MC_ESTATE;
    }
}

mc_executor executor_on(PGconn *pg)
{
    return (mc_executor){.size = sizeof(mc_executor),
                         .execute = run_on_host,
                         .in_transaction = in_transaction,
                         .data = pg};
}
