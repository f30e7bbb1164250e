/*
 * A program whose people sign in at a page of a club, which sends them back with a ticket. The
 * forum keeps what belongs to the browser and checks it; the program only says where the page is,
 * and whose ticket it is. Here the club writes its tickets into a table; another one would be asked
 * over the network.
 *
 *     host_sign_in CONNINFO SITE                      prints the page's address, and the cookie
 *     host_sign_in CONNINFO SITE COOKIE STATE TICKET  prints where the browser goes then
 *
 * Behind microcosmd's paths, or your own, the first is /api/v1/signin/club, the second
 * /api/v1/signedin/club.
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

/* Sends a browser to the club. It has to bring state back, as "state". */
static int begin(void *data, const mc_auth_flow *flow, mc_auth_redirect *redirect)
{
    char url[2000];

    (void)data;
    snprintf(url, sizeof(url), "https://club.example/login?state=%s&challenge=%s&site=%s",
             flow->state, flow->challenge, flow->site_key);
    return mc_auth_redirect_to(redirect, url);
}

/* Says whose ticket it is, once. The challenge that the club was given is that of the browser which
 * has begun, so a ticket that was stolen on its way is good for nobody else. */
static int end(void *data, const mc_auth_flow *flow, mc_identity *identity)
{
    const char *values[] = {flow->code, flow->verifier};
    host *h = data;
    PGresult *rows;
    int rc;

    pthread_mutex_lock(&h->lock);
    rows = PQexecParams(h->db,
                        "DELETE FROM tickets WHERE ticket = $1 AND challenge ="
                        " translate(encode(sha256($2::bytea), 'base64'), '+/=', '-_')"
                        " RETURNING email, name",
                        2, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        rc = MC_EUNAVAILABLE;
    else if (PQntuples(rows) == 0)
        rc = MC_EUNAUTHENTICATED;
    else
        rc = mc_identity_accept(identity, PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1), 0);
    PQclear(rows);
    pthread_mutex_unlock(&h->lock);
    return rc;
}

static int send_away(mc_session *session)
{
    mc_sign_in_start *start = NULL;
    int rc = mc_sign_in_begin(&start, session, "club", "/");

    if (rc == 0)
        printf("%s\n%s\n", start->url, start->secret);
    mc_record_free(start);
    return rc;
}

static int receive(mc_session *session, char **brought)
{
    mc_sign_in_return back = MC_SIGN_IN_RETURN_INIT;
    mc_sign_in_code *code = NULL;
    int rc;

    back.secret = brought[0];
    back.state = brought[1];
    back.code = brought[2];
    rc = mc_sign_in_end(&code, session, "club", &back);
    if (rc == 0)
        puts(code->needs_factor ? "ask for the second factor: mc_sign_in_code_prove()" : code->url);
    mc_record_free(code);
    return rc;
}

static int run(mc_app *app, host *h, int argc, char **argv)
{
    mc_auth_provider club = MC_AUTH_PROVIDER_INIT;
    mc_visit visit = MC_VISIT_INIT;
    mc_session *session = NULL;
    int rc;

    club.name = "club";
    club.title = "The Club";
    club.begin = begin;
    club.end = end;
    club.data = h;
    visit.site_key = argv[2];
    rc = mc_app_add_auth_provider(app, &club, NULL);
    if (rc == 0)
        rc = mc_session_new(&session, app);
    if (rc == 0)
        rc = mc_session_enter(session, &visit);
    if (rc == 0)
        rc = argc == 3 ? send_away(session) : receive(session, argv + 3);
    if (rc < 0 && session)
        fprintf(stderr, "%s\n", mc_session_error(session)->message);
    mc_session_free(session);
    return rc;
}

static int open_tickets(host *h, const char *conninfo)
{
    PGresult *result;
    int rc;

    h->db = PQconnectdb(conninfo);
    result = PQexec(h->db, "CREATE TABLE IF NOT EXISTS tickets (ticket text PRIMARY KEY,"
                           " challenge text NOT NULL, email text NOT NULL, name text NOT NULL)");
    rc = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : -1;
    if (rc < 0)
        fprintf(stderr, "%s", PQerrorMessage(h->db));
    PQclear(result);
    return rc;
}

int main(int argc, char **argv)
{
    host h = {.lock = PTHREAD_MUTEX_INITIALIZER};
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_failure *error = NULL;
    mc_app *app = NULL;
    int rc;

    if (argc != 3 && argc != 6) {
        fprintf(stderr, "usage: host_sign_in CONNINFO SITE [COOKIE STATE TICKET]\n");
        return 2;
    }
    options.database = argv[1];
    rc = mc_app_new(&app, &options, &error);
    if (rc == 0)
        rc = mc_app_migrate(app, &error);
    if (rc < 0)
        fprintf(stderr, "%s\n", error ? error->message : "out of memory");
    mc_failure_free(error);
    if (rc == 0)
        rc = open_tickets(&h, argv[1]);
    if (rc == 0)
        rc = run(app, &h, argc, argv);
    mc_app_free(app);
    PQfinish(h.db);
    return rc < 0 ? 1 : 0;
}
