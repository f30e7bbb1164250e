/* Executors: a host's function that runs SQL, what it may do, and hosts that do it wrong. */
#include "fail_alloc.h"
#include "forum.h"
#include "host.h"
#include "postgres.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(executors, .init = host_open, .fini = host_close, .timeout = 300);

Test(executors, need_an_executor_that_is_whole)
{
    struct {
        mc_executor known;
        void *unknown;
    } newer = {.known = executor_on(host)};
    mc_executor executor = executor_on(host);

    executor.size = 0;
    must_fail(mc_session_use_executor(session, &executor), MC_EINVAL);
    executor.size = sizeof(executor);
    executor.execute = NULL;
    must_fail(mc_session_use_executor(session, &executor), MC_EINVAL);
    newer.known.size = sizeof(newer);
    must(mc_session_use_executor(session, &newer.known));
    newer.unknown = &newer;
    must_fail(mc_session_use_executor(session, &newer.known), MC_EINVAL);
    must(mc_session_use_executor(session, NULL));
    must(mc_session_begin(session));
    must_fail(mc_session_use_executor(session, NULL), MC_ESTATE);
    cr_expect_eq(mc_session_use_executor(NULL, NULL), MC_ESTATE);
}

Test(executors, of_a_host_that_does_not_say_whether_it_is_in_one)
{
    mc_executor executor = executor_on(host);
    mc_site *site = NULL;

    executor.in_transaction = NULL;
    must(mc_session_use_executor(session, &executor));
    must_fail(mc_site_get(&site, session), MC_ESTATE);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "25P01");
    PQclear(test_sql(host, "BEGIN"));
    must(mc_site_get(&site, session));
    mc_record_free(site);
    PQclear(PQexec(host, "SELECT nonsense"));
    must_fail(mc_site_get(&site, session), MC_ESTATE);
    cr_expect_str_eq(mc_session_error(session)->sqlstate, "25P02");
    PQclear(test_sql(host, "ROLLBACK"));
}

/* Hosts that do it wrong, or fail. Each runs what has no parameters, such as savepoints. */

typedef struct fault {
    const char *name;
    int (*answer)(mc_result *result);
    int code;
} fault;

static const char *const two_names[] = {"a", "b"};
static const char *const two_values[] = {"1", NULL};

static int nothing(mc_result *result)
{
    (void)result;
    return 0;
}

static int positive(mc_result *result)
{
    (void)result;
    return 1;
}

static int busy(mc_result *result)
{
    (void)result;
    return MC_EBUSY;
}

static int invalid(mc_result *result)
{
    (void)result;
    return MC_EINVAL;
}

static int columns_twice(mc_result *result)
{
    mc_result_columns(result, two_names, 2);
    return mc_result_columns(result, two_names, 2);
}

static int no_columns(mc_result *result)
{
    return mc_result_columns(result, two_names, 0);
}

static int too_many_columns(mc_result *result)
{
    return mc_result_columns(result, two_names, SIZE_MAX);
}

static int column_without_a_name(mc_result *result)
{
    return mc_result_columns(result, two_values, 2);
}

static int other_columns(mc_result *result)
{
    return mc_result_columns(result, two_names, 2);
}

static int row_without_columns(mc_result *result)
{
    mc_result_row(result, two_values, 2);
    return mc_result_columns(result, two_names, 2);
}

static int short_row(mc_result *result)
{
    mc_result_columns(result, two_names, 2);
    mc_result_row(result, two_values, 1);
    return 0; /* it is remembered */
}

static int latin1(mc_result *result)
{
    static const char *const values[] = {"1", "\xe4"};

    mc_result_columns(result, two_names, 2);
    return mc_result_row(result, values, 2);
}

static int no_sqlstate(mc_result *result)
{
    return mc_result_fail(result, "oops!", NULL);
}

static int deadlock(mc_result *result)
{
    return mc_result_fail(result, "40P01", "deadlock detected");
}

static int lost(mc_result *result)
{
    return mc_result_fail(result, NULL, "the cable is cut");
}

static const fault faults[] = {
    {"nothing", nothing, MC_ESYSTEM},
    {"positive", positive, MC_ESYSTEM},
    {"invalid", invalid, MC_ESYSTEM},
    {"busy", busy, MC_EBUSY},
    {"columns_twice", columns_twice, MC_ESYSTEM},
    {"no_columns", no_columns, MC_ESYSTEM},
    {"too_many_columns", too_many_columns, MC_ESYSTEM},
    {"column_without_a_name", column_without_a_name, MC_ESYSTEM},
    {"other_columns", other_columns, MC_ESYSTEM},
    {"row_without_columns", row_without_columns, MC_ESYSTEM},
    {"short_row", short_row, MC_ESYSTEM},
    {"latin1", latin1, MC_ESYSTEM},
    {"no_sqlstate", no_sqlstate, MC_ESYSTEM},
    {"deadlock", deadlock, MC_EBUSY},
    {"lost", lost, MC_EUNAVAILABLE},
};

static const fault *current;

static int execute_wrongly(void *data, const char *sql, const char *const *params, size_t count,
                           mc_result *result)
{
    return count == 0 ? run_on_host(data, sql, params, count, result) : current->answer(result);
}

Test(executors, of_a_host_whose_function_fails_end_in_an_error)
{
    mc_executor executor = executor_on(host);
    mc_profile *profile = NULL;

    executor.execute = execute_wrongly;
    act_as("alice");
    must(mc_session_use_executor(session, &executor));
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        int rc;

        current = &faults[i];
        PQclear(test_sql(host, "BEGIN"));
        rc = mc_profile_self(&profile, session);
        cr_expect_eq(rc, current->code, "%s: %d, %s", current->name, rc,
                     mc_session_error(session)->message);
        cr_expect_eq(mc_session_error(session)->code, current->code, "%s", current->name);
        cr_expect_null(profile);
        cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS,
                     "%s: the host's transaction failed", current->name);
        PQclear(test_sql(host, "ROLLBACK"));
    }
    cr_expect(strstr(mc_session_error(session)->message, "the cable is cut"));
}

static int execute_no_savepoint(void *data, const char *sql, const char *const *params,
                                size_t count, mc_result *result)
{
    return strncmp(sql, "SAVEPOINT", 9) == 0 ? MC_EBUSY
                                             : run_on_host(data, sql, params, count, result);
}

Test(executors, of_a_host_go_on_if_no_savepoint_could_be_made)
{
    mc_executor executor = executor_on(host);
    mc_profile *profile = NULL;

    executor.execute = execute_no_savepoint;
    act_as("alice");
    must(mc_session_use_executor(session, &executor));
    PQclear(test_sql(host, "BEGIN"));
    must_fail(mc_profile_self(&profile, session), MC_EBUSY);
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS);
    must_fail(mc_session_begin(session), MC_EBUSY);
    cr_expect_eq(PQtransactionStatus(host), PQTRANS_INTRANS);
    PQclear(test_sql(host, "ROLLBACK"));
}

/* What a host's function does with the library meanwhile. */

static mc_session *other;

static int execute_and_ask(void *data, const char *sql, const char *const *params, size_t count,
                           mc_result *result)
{
    mc_profile *profile = NULL;

    cr_expect_eq(mc_profile_self(&profile, session), MC_ESTATE);
    cr_expect_eq(mc_session_commit(session), MC_ESTATE);
    cr_expect_eq(mc_session_begin(session), MC_ESTATE);
    mc_session_reset(session);
    mc_session_free(session);
    cr_expect_eq(mc_session_act_as(other, 0), 0);
    return run_on_host(data, sql, params, count, result);
}

Test(executors, keep_their_session_from_being_used_by_the_hosts_function)
{
    mc_executor executor = executor_on(host);
    mc_profile *profile = NULL;
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&other, forum_app), 0);
    cr_assert_eq(mc_session_enter(other, &visit), 0);
    executor.execute = execute_and_ask;
    act_as("alice");
    must(mc_session_use_executor(session, &executor));
    must(mc_profile_self(&profile, session));
    cr_expect_str_eq(profile->profile_name, "alice");
    cr_expect_eq(mc_session_error(session)->code, 0);
    mc_record_free(profile);
    mc_session_free(other);
}

static int64_t talk;

static int comment_in_a_transaction(void)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "conversation", .item_id = talk, .markdown = "hello"};
    mc_comment *comment = NULL;
    int64_t id;
    int rc;

    PQclear(test_sql(host, "BEGIN"));
    rc = mc_comment_create(&id, session, &edit);
    if (rc == 0)
        rc = mc_comment_get(&comment, session, id, 0, 0);
    mc_record_free(comment);
    PQclear(test_sql(host, "ROLLBACK"));
    return rc;
}

Test(executors, survive_a_lack_of_memory)
{
    mc_executor executor = executor_on(host);

    act_as("alice");
    talk = make_conversation(root_microcosm(), "Boats");
    must(mc_session_use_executor(session, &executor));
    cr_assert_eq(comment_in_a_transaction(), 0);
    cr_expect_gt(fail_each(comment_in_a_transaction), 10);
    cr_expect_eq(count_comments(), 0);
    PQclear(test_sql(host, "BEGIN"));
    make_comment(talk, "it is fine after it");
    PQclear(test_sql(host, "COMMIT"));
    cr_expect_eq(count_comments(), 1);
}
