/*
 * A program with users in a table of its own. A user who has signed in there is signed in to the
 * forum: the forum passes a visitor's cookie to the program, which looks up the user. The forum
 * itself handles no passwords and cookies.
 *
 *     host_users CONNINFO SITE [COOKIE]
 *
 * Prints who the visitor is in the forum; without a cookie a guest.
 */
#include <libpq-fe.h>
#include <microcosm.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* The host's connection, with a lock, since the forum may call from several threads. */
typedef struct host {
    PGconn *db;
    pthread_mutex_t lock;
} host;

static int make_people(PGconn *db)
{
    PGresult *result = PQexec(
        db, "CREATE TABLE IF NOT EXISTS people (cookie text PRIMARY KEY, email text NOT NULL,"
            " name text NOT NULL, locked boolean NOT NULL DEFAULT false);"
            "INSERT INTO people VALUES ('c1', 'rowan@example.org', 'Rowan', false),"
            " ('c2', 'mallory@example.org', 'Mallory', true) ON CONFLICT DO NOTHING");
    int rc = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : -1;

    if (rc < 0)
        fprintf(stderr, "%s", PQerrorMessage(db));
    PQclear(result);
    return rc;
}

/* Accepts the user of a cookie's row. */
static int answer(const PGresult *rows, mc_identity *identity)
{
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        return MC_EUNAVAILABLE;
    if (PQntuples(rows) == 0)
        return MC_EUNAUTHENTICATED;
    if (strcmp(PQgetvalue(rows, 0, 2), "t") == 0)
        return MC_EFORBIDDEN;
    /* The forum may cache the answer for 30 seconds. */
    return mc_identity_accept(identity, PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1), 30);
}

/* Called by the forum to identify the user of a cookie. */
static int identify(void *data, const mc_credentials *credentials, mc_identity *identity)
{
    host *h = data;
    PGresult *rows;
    int rc;

    if (strcmp(credentials->scheme, "cookie") != 0)
        return MC_ENOTFOUND; /* not ours; perhaps an access token of the forum */
    pthread_mutex_lock(&h->lock);
    rows = PQexecParams(h->db, "SELECT email, name, locked FROM people WHERE cookie = $1", 1, NULL,
                        &credentials->token, NULL, NULL, 0);
    rc = answer(rows, identity);
    PQclear(rows);
    pthread_mutex_unlock(&h->lock);
    return rc;
}

static int visit_site(mc_session *session, const char *site, const char *cookie)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_profile *self = NULL;
    int rc;

    visit.site_key = site;
    visit.token = cookie;
    visit.scheme = "cookie";
    rc = mc_session_enter(session, &visit);
    if (rc == 0 && mc_session_profile(session) == 0) {
        puts("a guest");
        return 0;
    }
    if (rc == 0)
        rc = mc_profile_self(&self, session);
    if (rc == 0)
        printf("%s, profile %lld\n", self->profile_name, (long long)self->id);
    else
        fprintf(stderr, "%s\n", mc_session_error(session)->message);
    mc_record_free(self);
    return rc;
}

static int run(mc_app *app, host *h, const char *site, const char *cookie)
{
    const mc_auth_provider provider = {
        .size = sizeof(provider), .name = "people", .identify = identify, .data = h};
    mc_session *session = NULL;
    int rc = mc_app_add_auth_provider(app, &provider, NULL);

    if (rc == 0)
        rc = mc_session_new(&session, app);
    if (rc == 0)
        rc = visit_site(session, site, cookie);
    mc_session_free(session);
    return rc;
}

int main(int argc, char **argv)
{
    host h = {.lock = PTHREAD_MUTEX_INITIALIZER};
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_failure *error = NULL;
    mc_app *app = NULL;
    int rc;

    if (argc < 3) {
        fprintf(stderr, "usage: host_users CONNINFO SITE [COOKIE]\n");
        return 2;
    }
    options.database = argv[1];
    rc = mc_app_new(&app, &options, &error);
    if (rc == 0)
        rc = mc_app_migrate(app, &error);
    if (rc < 0)
        fprintf(stderr, "%s\n", error ? error->message : "out of memory");
    mc_failure_free(error);
    h.db = PQconnectdb(argv[1]);
    if (rc == 0 && PQstatus(h.db) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(h.db));
        rc = -1;
    }
    if (rc == 0)
        rc = make_people(h.db);
    if (rc == 0)
        rc = run(app, &h, argv[2], argc > 3 ? argv[3] : NULL);
    mc_app_free(app);
    PQfinish(h.db);
    return rc < 0 ? 1 : 0;
}
