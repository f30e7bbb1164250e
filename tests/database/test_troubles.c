/* A PostgreSQL that doesn't answer, or lacks what it needs. */
#include "forum.h"

#include "db/db.h"
#include "domain/base/handles.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

TestSuite(troubles, .init = forum_open, .fini = forum_close, .timeout = 300);

/* An app with one connection for reading and one for writing, which waits two seconds for answers:
 * what a server answers that isn't silent may take longer on a busy machine. */
static mc_app *impatient_app(void)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_app *app = NULL;

    options.database = forum_database;
    options.connections = 2;
    options.statement_ms = 1000;
    options.base_domain = "localhost";
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    return app;
}

static mc_session *enter(mc_app *app)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *own = NULL;
    int rc, tries = 0;

    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&own, app), 0);
    do
        rc = mc_session_enter(own, &visit);
    while (was_too_slow(rc, &tries));
    cr_assert_eq(rc, 0);
    return own;
}

/* The process of the app's idle connection. */
static pid_t backend_of(mc_app *app)
{
    mc__problem problem = {0};
    mc__conn *conn = NULL;
    pid_t pid;

    cr_assert_eq(mc__pool_borrow(&conn, app->pool, &problem, false, 0), 0);
    pid = PQbackendPID(mc__conn_pg(conn));
    mc__pool_return(app->pool, conn);
    mc__problem_release(&problem);
    return pid;
}

static void expect_silence(mc_session *own, int rc)
{
    cr_expect_eq(rc, MC_EUNAVAILABLE);
    cr_expect_not_null(strstr(mc_session_error(own)->message, "has not answered"), "%s",
                       mc_session_error(own)->message);
}

Test(troubles, a_server_that_is_silent_is_not_waited_for)
{
    mc_app *app = impatient_app();
    mc_session *own = enter(app);
    mc_microcosm *microcosm = NULL;
    pid_t backend = backend_of(app);
    int rc, tries = 0;

    cr_assert_eq(kill(backend, SIGSTOP), 0);
    expect_silence(own, mc_microcosm_get(&microcosm, own, root_microcosm(), NULL, NULL));
    do
        rc = mc_microcosm_get(&microcosm, own, root_microcosm(), NULL, NULL);
    while (was_too_slow(rc, &tries));
    cr_assert_eq(rc, 0, "another one answers");
    mc_record_free(microcosm);
    cr_assert_eq(kill(backend, SIGCONT), 0);
    mc_session_free(own);
    mc_app_free(app);
}

/* As alice; leaves the transaction open. backend: the process that it is in. */
static int begin_and_write(pid_t *backend, mc_session *own, const mc_comment_edit *edit)
{
    int64_t made;
    int rc = mc_session_act_as_email(own, "alice@example.org");

    if (rc == 0)
        rc = mc_session_begin(own);
    if (rc < 0)
        return rc;
    *backend = PQbackendPID(mc__conn_pg(own->db.held));
    rc = mc_comment_create(&made, own, edit);
    if (rc < 0)
        mc_session_rollback(own);
    return rc;
}

/* Also with more to send than the sockets hold, in a transaction, and at its end. */
Test(troubles, a_silent_server_loses_the_transaction)
{
    static char text[60001];
    mc_app *app = impatient_app();
    mc_session *own = enter(app);
    mc_comment_edit edit = {.size = sizeof(edit), .item_type = "conversation", .markdown = text};
    int64_t made = 0;
    pid_t backend = 0;
    int rc, tries = 0;

    memset(text, 'x', sizeof(text) - 1);
    act_as("alice");
    edit.item_id = make_conversation(root_microcosm(), "Which knot?");
    do
        rc = begin_and_write(&backend, own, &edit);
    while (was_too_slow(rc, &tries));
    cr_assert_eq(rc, 0);
    cr_assert_eq(kill(backend, SIGSTOP), 0);
    expect_silence(own, mc_session_commit(own));
    cr_assert_eq(kill(backend, SIGCONT), 0);
    do
        rc = mc_comment_create(&made, own, &edit);
    while (was_too_slow(rc, &tries));
    cr_expect_eq(rc, 0, "%s", mc_session_error(own)->message);
    mc_session_free(own);
    mc_app_free(app);
}

/* PostgreSQL's own errors, raised where a comment is written. */
static void raise_for_comments(const char *sqlstate)
{
    forum_sql("CREATE OR REPLACE FUNCTION public.raise_it() RETURNS trigger LANGUAGE plpgsql AS"
              " $$ BEGIN RAISE EXCEPTION USING ERRCODE = '%s'; END $$",
              sqlstate);
}

Test(troubles, what_the_server_lacks_is_told)
{
    static const struct {
        const char *sqlstate;
        int code;
    } errors[] = {{"53100", MC_ERESOURCES}, {"53200", MC_ERESOURCES}, {"53400", MC_ERESOURCES},
                  {"58030", MC_ERESOURCES}, {"53300", MC_EBUSY},      {"54000", MC_EINVAL},
                  {"54001", MC_EINVAL}};
    mc_comment_edit edit = {.size = sizeof(edit), .item_type = "conversation", .markdown = "x"};
    mc_failure *failure = NULL;
    int64_t made = 0;

    act_as("alice");
    edit.item_id = make_conversation(root_microcosm(), "Which knot?");
    raise_for_comments("53100");
    forum_sql("CREATE TRIGGER raise_it BEFORE INSERT ON microcosm.comments FOR EACH ROW"
              " EXECUTE FUNCTION public.raise_it()");
    for (size_t i = 0; i < MC_COUNT(errors); i++) {
        raise_for_comments(errors[i].sqlstate);
        must_fail(mc_comment_create(&made, session, &edit), errors[i].code);
        cr_expect_str_eq(mc_session_error(session)->sqlstate, errors[i].sqlstate);
    }
    cr_expect_eq(mc_app_check(forum_app, &failure), MC_ERESOURCES);
    mc_failure_free(failure);
    forum_sql("DROP TRIGGER raise_it ON microcosm.comments");
    must(mc_comment_create(&made, session, &edit));
    cr_expect_eq(mc_app_check(forum_app, NULL), 0, "it has written something");
}
