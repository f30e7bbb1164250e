#include <criterion/criterion.h>

#include <microcosm.h>

#include "core/core.h"
#include "fail_alloc.h"

TestSuite(errors, .timeout = 120);

Test(errors, are_listed_with_all_that_belongs_to_them)
{
    cr_assert_gt(mc_error_count(), 0);
    for (size_t i = 0; i < mc_error_count(); i++) {
        const mc_error_info *info = mc_error_at(i);

        cr_assert_not_null(info);
        cr_expect_lt(info->code, 0, "%s", info->name);
        cr_expect_eq(strncmp(info->name, "MC_E", 4), 0, "%s", info->name);
        cr_expect_gt(strlen(info->slug), 0, "%s", info->name);
        cr_expect_gt(strlen(info->text), 0, "%s", info->name);
        cr_expect_eq(mc_error_find(info->code), info, "%s has a number of its own", info->name);
    }
}

Test(errors, have_unique_slugs)
{
    for (size_t i = 0; i < mc_error_count(); i++) {
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(mc_error_at(i)->slug, mc_error_at(k)->slug);
    }
}

Test(errors, have_none_past_the_end)
{
    cr_expect_null(mc_error_at(mc_error_count()));
    cr_expect_null(mc_error_at(SIZE_MAX));
}

Test(errors, are_found_by_code_only)
{
    cr_expect_str_eq(mc_error_find(MC_EINVAL)->name, "MC_EINVAL");
    cr_expect_str_eq(mc_error_find(MC_ENOMEM)->slug, "no_memory");
    cr_expect_null(mc_error_find(0));
    cr_expect_null(mc_error_find(1));
    cr_expect_null(mc_error_find(-1000));
}

TestSuite(problem, .timeout = 120);

Test(problem, is_none_after_clear)
{
    mc__problem problem = {0};

    mc__problem_clear(&problem);
    cr_expect_eq(problem.shown.code, 0);
    cr_expect_str_eq(problem.shown.slug, "");
    cr_expect_str_eq(problem.shown.message, "");
    cr_expect_str_eq(problem.shown.sqlstate, "");
    cr_expect_eq(problem.shown.fault_count, 0);
    mc__problem_release(&problem);
}

Test(problem, shows_code_slug_and_message)
{
    mc__problem problem = {0};

    cr_expect_eq(mc__fail(&problem, MC_ENOTFOUND, "there is no huddle %d", 7), MC_ENOTFOUND);
    cr_expect_eq(problem.shown.code, MC_ENOTFOUND);
    cr_expect_str_eq(problem.shown.slug, "not_found");
    cr_expect_str_eq(problem.shown.message, "there is no huddle 7");
    cr_expect_str_eq(problem.shown.sqlstate, "");
    cr_expect_eq(problem.shown.reason, 0);
    mc__problem_release(&problem);
}

Test(problem, shows_its_reason)
{
    mc__problem problem = {0};

    cr_expect_eq(mc__fail_because(&problem, MC_ECLOSED, 17, "%s is closed", "it"), MC_ECLOSED);
    cr_expect_eq(problem.shown.reason, 17);
    mc__fail(&problem, MC_EBUSY, "too much to do");
    cr_expect_eq(problem.shown.reason, 0, "a new failure has its own reason or none");
    mc__problem_release(&problem);
}

Test(problem, may_quote_the_previous_one)
{
    mc__problem problem = {0};

    mc__fail(&problem, MC_EDATABASE, "no such column");
    mc__fail(&problem, MC_ESCHEMA, "cannot check: %s", problem.shown.message);
    cr_expect_str_eq(problem.shown.message, "cannot check: no such column");
    mc__problem_release(&problem);
}

Test(problem, collects_all_faults)
{
    mc__problem problem = {0};

    cr_expect_eq(mc__fault(&problem, "title", "is longer than %d characters", 150), MC_EINVAL);
    cr_expect_eq(mc__fault(&problem, "meta.editReason", "is missing"), MC_EINVAL);
    cr_assert_eq(problem.shown.fault_count, 2);
    cr_expect_eq(problem.shown.code, MC_EINVAL);
    cr_expect_str_eq(problem.shown.slug, "invalid_input");
    cr_expect_str_eq(problem.shown.message, "title: is longer than 150 characters");
    cr_expect_str_eq(problem.shown.faults[0].field, "title");
    cr_expect_str_eq(problem.shown.faults[0].message, "is longer than 150 characters");
    cr_expect_str_eq(problem.shown.faults[1].field, "meta.editReason");
    cr_expect_str_eq(problem.shown.faults[1].message, "is missing");
    cr_expect(mc__is_at_fault(&problem, "title"));
    cr_expect(mc__is_at_fault(&problem, "meta.editReason"));
    cr_expect_not(mc__is_at_fault(&problem, "meta"));
    mc__problem_release(&problem);
}

Test(problem, collects_any_number_of_faults)
{
    mc__problem problem = {0};

    for (int i = 0; i < 1000; i++) {
        char field[16];

        snprintf(field, sizeof(field), "choices.%d", i);
        mc__fault(&problem, field, "is number %d", i);
    }
    cr_assert_eq(problem.shown.fault_count, 1000);
    cr_expect_str_eq(problem.shown.faults[0].field, "choices.0");
    cr_expect_str_eq(problem.shown.faults[777].field, "choices.777");
    cr_expect_str_eq(problem.shown.faults[999].message, "is number 999");
    mc__problem_release(&problem);
}

Test(problem, keeps_faults_with_another_message_for_invalid_input)
{
    mc__problem problem = {0};

    mc__fault(&problem, "title", "is missing");
    mc__fail(&problem, MC_EINVAL, "the poll is not complete");
    cr_expect_str_eq(problem.shown.message, "the poll is not complete");
    cr_expect_eq(problem.shown.fault_count, 1);
    mc__problem_release(&problem);
}

Test(problem, drops_faults_for_other_failures)
{
    mc__problem problem = {0};

    mc__fault(&problem, "title", "is missing");
    mc__fail(&problem, MC_EFORBIDDEN, "you may not");
    cr_expect_eq(problem.shown.fault_count, 0);
    cr_expect_null(problem.shown.faults);
    mc__fault(&problem, "question", "is missing");
    cr_expect_eq(problem.shown.code, MC_EINVAL);
    cr_assert_eq(problem.shown.fault_count, 1);
    cr_expect_str_eq(problem.shown.faults[0].field, "question");
    mc__problem_release(&problem);
}

Test(problem, can_be_cleared_and_used_again)
{
    mc__problem problem = {0};

    for (int round = 0; round < 3; round++) {
        mc__fault(&problem, "title", "is missing");
        cr_expect_eq(problem.shown.fault_count, 1);
        mc__problem_clear(&problem);
        cr_expect_eq(problem.shown.code, 0);
        cr_expect_eq(problem.shown.fault_count, 0);
    }
    mc__problem_release(&problem);
}

Test(problem, keeps_its_code_when_there_is_no_memory_for_the_message)
{
    mc__problem problem = {0};

    fail_alloc_at(1);
    cr_expect_eq(mc__fail(&problem, MC_EDATABASE, "a message"), MC_EDATABASE);
    cr_expect(fail_alloc_stop());
    cr_expect_eq(problem.shown.code, MC_EDATABASE);
    cr_expect_str_eq(problem.shown.message, mc_error_find(MC_EDATABASE)->text);
    mc__problem_release(&problem);
}

static int note_faults(void)
{
    mc__problem problem = {0};
    int rc = 0;

    for (int i = 0; i < 100; i++)
        rc = mc__fault(&problem, "title", "is wrong for the %dth time", i);
    cr_expect_eq(problem.shown.code, rc);
    cr_expect_eq(problem.shown.fault_count, rc == MC_EINVAL ? 100u : 0u);
    cr_expect_gt(strlen(problem.shown.message), 0);
    mc__problem_release(&problem);
    return rc == MC_EINVAL ? 0 : rc;
}

Test(problem, survives_each_allocation_that_fails)
{
    cr_expect_gt(fail_each(note_faults), 2);
}

typedef struct seen {
    int calls;
    mc_log_level level;
    char line[4096];
} seen;

static void look(void *data, mc_log_level level, const char *message)
{
    seen *log = data;

    log->calls++;
    log->level = level;
    snprintf(log->line, sizeof(log->line), "%s", message);
}

TestSuite(log, .timeout = 120);

Test(log, reaches_the_host_with_its_level)
{
    seen got = {0};
    mc__log log = {look, &got, MC_LOG_INFO};

    mc__log_write(&log, MC_LOG_WARNING, "connection %d lost", 3);
    cr_expect_eq(got.calls, 1);
    cr_expect_eq(got.level, MC_LOG_WARNING);
    cr_expect_str_eq(got.line, "connection 3 lost");
}

Test(log, leaves_out_lower_levels)
{
    seen got = {0};
    mc__log log = {look, &got, MC_LOG_WARNING};

    mc__log_write(&log, MC_LOG_INFO, "nothing special");
    mc__log_write(&log, MC_LOG_DEBUG, "even less");
    cr_expect_eq(got.calls, 0);
    mc__log_write(&log, MC_LOG_ERROR, "trouble");
    cr_expect_eq(got.calls, 1);
}

Test(log, goes_nowhere_when_nobody_listens)
{
    mc__log log = {NULL, NULL, MC_LOG_DEBUG};

    mc__log_write(&log, MC_LOG_ERROR, "trouble");
    mc__log_write(NULL, MC_LOG_ERROR, "trouble");
}

Test(log, writes_one_line_whatever_is_in_the_message)
{
    seen got = {0};
    mc__log log = {look, &got, MC_LOG_INFO};

    mc__log_write(&log, MC_LOG_ERROR, "%s", "ERROR: no\nDETAIL:\t\x1B[31mZoë\x7F");
    cr_expect_str_eq(got.line, "ERROR: no DETAIL:  [31mZoë ");
}

Test(log, cuts_long_lines_between_characters)
{
    for (size_t before = 1000; before < 1024; before++) {
        seen got = {0};
        mc__log log = {look, &got, MC_LOG_INFO};

        mc__log_write(&log, MC_LOG_ERROR, "%0*d%s", (int)before, 0, "é€😀é€😀é€😀é€😀");
        cr_expect_lt(strlen(got.line), 1024, "%zu", before);
        cr_expect_geq(strlen(got.line), 1010 > before ? 1010 : before, "%zu", before);
        cr_expect(mc__utf8_valid(got.line, strlen(got.line)), "%zu", before);
    }
}

Test(log, takes_no_memory)
{
    seen got = {0};
    mc__log log = {look, &got, MC_LOG_INFO};

    fail_alloc_at(1);
    mc__log_write(&log, MC_LOG_ERROR, "out of %s", "memory");
    cr_expect_not(fail_alloc_stop());
    cr_expect_str_eq(got.line, "out of memory");
}

TestSuite(version, .timeout = 120);

Test(version, is_that_of_the_headers_and_of_the_project)
{
    char wanted[32];

    snprintf(wanted, sizeof(wanted), "%d.%d.%d", MC_VERSION_MAJOR, MC_VERSION_MINOR,
             MC_VERSION_PATCH);
    cr_expect_str_eq(mc_version(), wanted);
    cr_expect_str_eq(mc_version(), PROJECT_VERSION);
}

Test(version, has_a_build_date)
{
    int year, month, day, length = 0;

    cr_assert_eq(sscanf(mc_build_date(), "%4d-%2d-%2d%n", &year, &month, &day, &length), 3);
    cr_expect_eq(length, 10);
    cr_expect_eq(mc_build_date()[length], '\0');
}

Test(app_errors, of_a_database_that_cannot_be_reached_has_the_reason)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_session *session = NULL;
    mc_visit visit = MC_VISIT_INIT;
    mc_failure *error = NULL;
    mc_app *app = NULL;

    options.database = "host=/nowhere port=1234 dbname=forum password=secret";
    options.connections = 2;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);

    cr_expect_eq(mc_app_check(app, &error), MC_EUNAVAILABLE);
    cr_expect(strstr(error->message, "the database cannot be reached: "), "%s", error->message);
    cr_expect(strstr(error->message, "/nowhere/.s.PGSQL.1234"), "%s", error->message);
    cr_expect(strstr(error->message, "No such file or directory"), "%s", error->message);
    cr_expect_null(strpbrk(error->message, "\n\t"), "one line");
    cr_expect_null(strstr(error->message, "secret"));
    mc_failure_free(error);

    cr_assert_eq(mc_session_new(&session, app), 0);
    visit.site_key = "demo";
    cr_expect_eq(mc_session_enter(session, &visit), MC_EUNAVAILABLE);
    cr_expect(strstr(mc_session_error(session)->message, "No such file or directory"));
    mc_session_free(session);
    mc_app_free(app);
}

Test(app_errors, of_a_number_among_the_options_names_it_and_its_limits)
{
    static const struct {
        const char *name;
        size_t offset;
        int64_t wrong[4];
    } some[] = {
        {"connections", offsetof(mc_app_options, connections), {-1, 1001, INT64_MIN, INT64_MAX}},
        {"wait_ms", offsetof(mc_app_options, wait_ms), {0, -1, 2147483648, INT64_MAX}},
        {"statement_ms", offsetof(mc_app_options, statement_ms), {0, -1, 2147483648, INT64_MAX}},
        {"cache_size", offsetof(mc_app_options, cache_size), {-1, INT64_MIN, INT64_MAX, -2}},
        {"changes_keep_s",
         offsetof(mc_app_options, changes_keep_s),
         {59, -1, 316224001, INT64_MAX}},
    };

    for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++)
        for (size_t w = 0; w < 4; w++) {
            mc_app_options options = MC_APP_OPTIONS_INIT;
            mc_failure *error = NULL;
            mc_app *app = NULL;

            options.database = "host=/nowhere";
            memcpy((char *)&options + some[i].offset, &some[i].wrong[w], sizeof(int64_t));
            cr_expect_eq(mc_app_new(&app, &options, &error), MC_EINVAL, "%s = %lld", some[i].name,
                         (long long)some[i].wrong[w]);
            cr_expect(error && strstr(error->message, some[i].name) == error->message);
            cr_expect_null(app);
            mc_failure_free(error);
            mc_app_free(app);
        }
}
