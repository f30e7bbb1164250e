/* Legal documents of the operator: docs/operating.md#legal-documents. */
#include "forum.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void begin(void)
{
    forum_open();
    strcpy(folder, "/tmp/legal.XXXXXX");
    cr_assert(mkdtemp(folder));
}

static void end(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -r %s", folder);
    cr_expect_eq(system(command), 0);
    forum_close();
}

TestSuite(legal, .init = begin, .fini = end, .timeout = 300);

static void write_document(const char *name, const char *text, size_t length)
{
    char path[96];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    cr_assert(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static mc_app_options options_with(const char *legal)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;

    options.database = forum_database;
    options.legal = legal;
    return options;
}

/* One document of the test's site by an app of its own. */
static mc_legal *read_document(const mc_app_options *options, const char *name)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *own = NULL;
    mc_legal *document = NULL;
    mc_app *made = NULL;

    visit.site_key = "test";
    cr_assert_eq(mc_app_new(&made, options, NULL), 0);
    cr_assert_eq(mc_session_new(&own, made), 0);
    cr_assert_eq(mc_session_enter(own, &visit), 0);
    cr_assert_eq(mc_legal_get(&document, own, name), 0);
    mc_session_free(own);
    mc_app_free(made);
    return document;
}

Test(legal, name_the_operator)
{
    mc_app_options options = options_with(NULL);
    mc_legal *document;

    options.operator_name = "Quay & Sons";
    options.operator_address = "Pier 4, Lisbon";
    options.operator_email = "office@quay.example";
    for (size_t i = 0; i < 2; i++) {
        document = read_document(&options, i ? "terms" : "privacy");
        cr_expect(strstr(document->html, "Quay &amp; Sons"));
        cr_expect(strstr(document->html, "<p>Pier 4, Lisbon</p>"));
        cr_expect(strstr(document->html,
                         "<a href=\"mailto:office@quay.example\">office@quay.example</a>"));
        mc_record_free(document);
    }
}

Test(legal, leave_out_what_nobody_has_set)
{
    mc_app_options options = options_with(NULL);
    mc_legal *document = read_document(&options, "terms");

    cr_expect(strstr(document->html, "localhost, who runs"));
    cr_expect_not(strstr(document->html, "mailto:"));
    cr_expect_not(strstr(document->html, "<p></p>"));
    mc_record_free(document);
}

Test(legal, are_those_of_the_folder_where_it_has_them)
{
    static const char text[] = "Date: 2031-02-03\n\n# {{site-title}} and *us*\n\n"
                               "No word of {{operator-email}} here.\n\n"
                               "[Home]({{site-url}}/x) <script>alert(1)</script>";
    mc_app_options options = options_with(folder);
    mc_legal *document, *ours;

    write_document("terms.md", text, strlen(text));
    document = read_document(&options, "terms");
    ours = read_document(&options, "cookies");

    cr_expect_str_eq(document->html, "<h1 id=\"user-content-site-title-and-us\">Test and "
                                     "<em>us</em></h1>\n\n"
                                     "<p><a href=\"https://test.localhost/x\">Home</a> </p>\n");
    cr_expect_eq(document->last_modified.us, 1927843200000000);
    cr_expect(strstr(ours->html, "access_token"));
    mc_record_free(document);
    mc_record_free(ours);
}

Test(legal, without_a_date_are_as_old_as_their_file)
{
    mc_app_options options = options_with(folder);
    mc_legal *document;
    char command[128];

    write_document("terms.md", "Be kind. {{date}}", 17);
    snprintf(command, sizeof(command), "touch -d 2030-01-02T12:00:00Z %s/terms.md", folder);
    cr_assert_eq(system(command), 0);
    document = read_document(&options, "terms");

    cr_expect_str_eq(document->html, "<p>Be kind. 2030-01-02</p>\n");
    cr_expect_eq(document->last_modified.us, 1893542400000000);
    mc_record_free(document);
}

/* Opening a pipe waits for who writes to it, and a device may never end. */
Test(legal, that_are_no_files_keep_the_app_from_starting)
{
    mc_app_options options = options_with(folder);
    char path[96];

    snprintf(path, sizeof(path), "%s/terms.md", folder);
    for (int way = 0; way < 3; way++) {
        mc_failure *error = NULL;
        mc_app *made = NULL;

        cr_assert_eq(way == 0   ? mkfifo(path, 0600)
                     : way == 1 ? symlink("/dev/zero", path)
                                : mkdir(path, 0700),
                     0);
        cr_expect_eq(mc_app_new(&made, &options, &error), MC_EINVAL);
        cr_expect(strstr(error->message, "no regular file"), "%s", error->message);
        mc_failure_free(error);
        cr_assert_eq(remove(path), 0);
    }
}

Test(legal, that_can_not_be_used_keep_the_app_from_starting)
{
    static char much[300000];
    const struct {
        const char *text;
        size_t length;
        const char *complaint;
    } wrong[] = {{"Write to {{mail}}.", 18, "{{mail}}"},
                 {"Date: tomorrow\n\nText", 20, "YYYY-MM-DD"},
                 {"Date: 2030-13-01\n\nText", 22, "YYYY-MM-DD"},
                 {"\xff\xfe", 2, "UTF-8"},
                 {"a\0b", 3, "UTF-8"},
                 {much, sizeof(much), "bytes"}};
    mc_app_options options = options_with(folder);

    memset(much, 'x', sizeof(much));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        mc_failure *error = NULL;
        mc_app *made = NULL;

        write_document("privacy.md", wrong[i].text, wrong[i].length);
        cr_expect_eq(mc_app_new(&made, &options, &error), MC_EINVAL, "%zu", i);
        cr_assert(error);
        cr_expect(strstr(error->message, "privacy.md"), "%s", error->message);
        cr_expect(strstr(error->message, wrong[i].complaint), "%s", error->message);
        mc_failure_free(error);
        mc_app_free(made);
    }
}

Test(legal, need_a_folder_that_is_one)
{
    mc_app_options options = options_with("/nowhere/legal");
    mc_failure *error = NULL;
    mc_app *made = NULL;

    cr_expect_eq(mc_app_new(&made, &options, &error), MC_EINVAL);
    cr_assert(error);
    cr_expect(strstr(error->message, "/nowhere/legal"));
    mc_failure_free(error);
}

Test(legal, are_of_the_site_or_of_the_root)
{
    mc_legal_index *index = NULL;
    mc_legal *document = NULL;
    mc_visit root = MC_VISIT_INIT;

    cr_expect_eq(mc_legal_get(&document, session, "service"), MC_ENOTFOUND);
    cr_expect_eq(mc_legal_get(&document, session, "../terms"), MC_ENOTFOUND);
    cr_expect_eq(mc_legal_get(&document, session, NULL), MC_ENOTFOUND);
    root.site_key = "root";
    cr_assert_eq(mc_session_enter(session, &root), 0);
    cr_assert_eq(mc_legal_list(&index, session), 0);
    cr_expect_eq(index->links.count, 1);
    mc_record_free(index);
    cr_expect_eq(mc_legal_get(&document, session, "terms"), MC_ENOTFOUND);
    cr_assert_eq(mc_legal_get(&document, session, "service"), 0);
    cr_expect(strstr(document->html, "https://localhost"));
    mc_record_free(document);
}
