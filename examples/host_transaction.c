/*
 * A program with a table and a connection of its own. It sells boats, and announces each offer by a
 * comment in the forum. It writes offer and comment in one transaction of its own: either both
 * exist afterwards, or neither.
 *
 *     host_transaction CONNINFO SITE CONVERSATION EMAIL OFFER [--rollback]
 */
#include <libpq-fe.h>
#include <microcosm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(PGconn *db, const char *sql, const char *value)
{
    PGresult *result = PQexecParams(db, sql, value ? 1 : 0, NULL, &value, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return 0;
    fprintf(stderr, "%s\n", PQerrorMessage(db));
    return -1;
}

static int post(mc_session *session, PGconn *db, int64_t conversation, const char *email,
                const char *offer)
{
    char markdown[1000];
    mc_comment_edit edit = {.size = sizeof(edit),
                            .item_type = "conversation",
                            .item_id = conversation,
                            .markdown = markdown};
    int64_t comment_id = 0;
    int rc;

    snprintf(markdown, sizeof(markdown), "New on offer: **%s**", offer);
    /* From now on the session uses our connection, inside our transaction. */
    rc = mc_session_use_connection(session, db);
    if (rc == 0)
        rc = mc_session_act_as_email(session, email);
    if (rc == 0)
        rc = mc_comment_create(&comment_id, session, &edit);
    if (rc < 0)
        fprintf(stderr, "%s\n", mc_session_error(session)->message);
    else
        printf("comment %lld\n", (long long)comment_id);
    return rc;
}

static int sell(mc_app *app, PGconn *db, char **argv, bool rollback)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *session = NULL;
    int rc = mc_session_new(&session, app);

    visit.site_key = argv[2];
    if (rc == 0)
        rc = mc_session_enter(session, &visit);
    if (rc == 0)
        rc = run(
            db,
            "CREATE TABLE IF NOT EXISTS offers (offer_id serial PRIMARY KEY, boat text NOT NULL)",
            NULL);
    if (rc == 0)
        rc = run(db, "BEGIN", NULL);
    if (rc == 0)
        rc = run(db, "INSERT INTO offers (boat) VALUES ($1)", argv[5]);
    if (rc == 0)
        rc = post(session, db, strtoll(argv[3], NULL, 10), argv[4], argv[5]);
    if (run(db, rc < 0 || rollback ? "ROLLBACK" : "COMMIT", NULL) < 0)
        rc = -1;
    mc_session_free(session);
    return rc;
}

int main(int argc, char **argv)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_failure *error = NULL;
    mc_app *app = NULL;
    PGconn *db;
    int rc;

    if (argc < 6) {
        fprintf(stderr,
                "usage: host_transaction CONNINFO SITE CONVERSATION EMAIL OFFER [--rollback]\n");
        return 2;
    }
    options.database = argv[1];
    rc = mc_app_new(&app, &options, &error);
    if (rc == 0)
        rc = mc_app_migrate(app, &error);
    if (rc < 0)
        fprintf(stderr, "%s\n", error ? error->message : "out of memory");
    mc_failure_free(error);
    db = PQconnectdb(argv[1]);
    if (rc == 0 && PQstatus(db) != CONNECTION_OK) {
        fprintf(stderr, "%s\n", PQerrorMessage(db));
        rc = -1;
    }
    if (rc == 0)
        rc = sell(app, db, argv, argc > 6 && strcmp(argv[6], "--rollback") == 0);
    PQfinish(db);
    mc_app_free(app);
    return rc < 0 ? 1 : 0;
}
