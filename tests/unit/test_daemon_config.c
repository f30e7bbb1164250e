/* Settings: flags over environment over file, and nothing unknown. */
#include "ops/config.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static config settings;
static const char *words[2];
static size_t word_count;

static void begin(void)
{
    config_init(&settings);
}

static void end(void)
{
    config_release(&settings);
}

TestSuite(daemon_config, .init = begin, .fini = end, .timeout = 120);

static bool read_line_of(const char *const *argv, int argc)
{
    word_count = 1;
    return config_read(&settings, argc, argv, NULL, 0, words, &word_count);
}

#define READ(...)                                                                                  \
    read_line_of((const char *[]){__VA_ARGS__},                                                    \
                 (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)))

static bool read_file(const char *text)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    bool sound = config_read_file(&settings, file, "test.conf");

    fclose(file);
    return sound;
}

Test(daemon_config, has_sensible_defaults)
{
    cr_expect_str_eq(settings.listen, "127.0.0.1:8080");
    cr_expect_str_eq(settings.base_domain, "localhost");
    cr_expect_null(settings.database);
    cr_expect_null(settings.data);
    cr_expect_null(settings.default_site);
    cr_expect_eq(settings.threads, 48);
    cr_expect_eq(settings.max_body, 1 << 20);
    cr_expect_eq(settings.log_level, MC_LOG_INFO);
    cr_expect_eq(settings.trusted_proxies.count, 0);
    cr_expect(settings.prepare);
    cr_expect_not(settings.demo);
}

Test(daemon_config, takes_flags_in_both_forms)
{
    cr_assert(READ("--listen", "0.0.0.0:80", "--threads=7", "--demo", "--max-body", "64k",
                   "--trusted-proxies", "127.0.0.1, 10.0.0.0/8", "--log-level", "debug", "word"),
              "%s", settings.problem);
    cr_expect_str_eq(settings.listen, "0.0.0.0:80");
    cr_expect_eq(settings.threads, 7);
    cr_expect(settings.demo);
    cr_expect_eq(settings.max_body, 65536);
    cr_expect_eq(settings.trusted_proxies.count, 2);
    cr_expect_eq(settings.log_level, MC_LOG_DEBUG);
    cr_assert_eq(word_count, 1);
    cr_expect_str_eq(words[0], "word");
}

Test(daemon_config, refuses_what_is_given_twice)
{
    cr_expect_not(READ("--threads", "3", "--threads=3"));
    cr_expect_str_eq(settings.problem, "threads is given twice");
    cr_expect_not(read_file("listen = 1.2.3.4:5\nlog-level = info\nlisten = 1.2.3.4:5\n"));
    cr_expect_str_eq(settings.problem, "test.conf:3: listen is given twice");
}

Test(daemon_config, notes_variables_that_are_no_settings)
{
    setenv("MICROCOSM_LISTNE", "x", 1);
    setenv("MICROCOSM_LISTEN", "127.0.0.1:1", 1);
    setenv("MICROCOSM_PG_BIN", "/usr/bin", 1);
    cr_assert(READ("word"));
    bool is_noted = false;
    for (size_t i = 0; i < settings.unknown_count; i++) {
        is_noted |= strncmp(settings.unknown[i], "MICROCOSM_LISTNE=", 17) == 0;
        cr_expect_neq(strncmp(settings.unknown[i], "MICROCOSM_LISTEN=", 17), 0);
        cr_expect_neq(strncmp(settings.unknown[i], "MICROCOSM_PG_BIN=", 17), 0);
    }
    cr_expect(is_noted);
}

Test(daemon_config, reads_nothing_more_when_asked_for_help)
{
    cr_assert(READ("--threads", "3", "-h", "--unknown"));
    cr_expect(settings.wants_help);
}

Test(daemon_config, refuses_flags_it_does_not_know_or_understand)
{
    cr_expect_not(READ("--lissten", "x"));
    cr_expect_str_eq(settings.problem, "unknown flag --lissten");
    cr_expect_not(READ("--listen"));
    cr_expect_not(READ("--threads", "0"));
    cr_expect_not(READ("--threads", "many"));
    cr_expect_not(READ("--threads", "1025"));
    cr_expect_not(READ("--max-body", "1x"));
    cr_expect_not(READ("--max-body", "99999999999999999999m"));
    cr_expect_not(READ("--prepare", "maybe"));
    cr_expect_not(READ("--trusted-proxies", "here"));
    cr_expect_not(READ("--log-level", "loud"));
    cr_expect_not(READ("one", "two"));
    cr_expect_not(READ("--title", "a flag of another command"));
}

Test(daemon_config, reads_a_file)
{
    cr_assert(read_file("# a comment\n\n  listen = 127.0.0.1:9000  \r\ndemo=yes\ndefault-site = a "
                        "= b\nbase-domain =\n"),
              "%s", settings.problem);
    cr_expect_str_eq(settings.listen, "127.0.0.1:9000");
    cr_expect(settings.demo);
    cr_expect_str_eq(settings.default_site, "a = b");
    cr_expect_null(settings.base_domain);
}

Test(daemon_config, says_where_a_file_is_wrong)
{
    cr_expect_not(read_file("listen = x:1\nlissten = y\n"));
    cr_expect_str_eq(settings.problem, "test.conf:2: unknown key \"lissten\"");
    cr_expect_not(read_file("just words\n"));
    cr_expect_str_eq(settings.problem, "test.conf:1: a line is \"key = value\"");
    cr_expect_not(read_file("config = other.conf\n"), "a file names no other");
    cr_expect_not(read_file("threads = -1"));
}

Test(daemon_config, lets_flags_win_over_environment_over_file)
{
    char path[] = "/tmp/test_daemon_config.XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = "threads = 1\nlisten = 127.0.0.1:1\nbase-domain = file\n";

    cr_assert_eq(write(fd, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
    close(fd);
    setenv("MICROCOSM_CONFIG", path, 1);
    setenv("MICROCOSM_LISTEN", "127.0.0.1:2", 1);
    setenv("MICROCOSM_BASE_DOMAIN", "environment", 1);
    cr_assert(READ("--base-domain", "flag"), "%s", settings.problem);
    unlink(path);
    cr_expect_eq(settings.threads, 1);
    cr_expect_str_eq(settings.listen, "127.0.0.1:2");
    cr_expect_str_eq(settings.base_domain, "flag");
}

Test(daemon_config, names_the_variable_at_fault)
{
    setenv("MICROCOSM_THREADS", "x", 1);
    cr_expect_not(READ("word"));
    cr_expect_eq(strncmp(settings.problem, "MICROCOSM_THREADS: ", 19), 0, "%s", settings.problem);
}

Test(daemon_config, fails_without_the_file_it_was_told_to_read)
{
    cr_expect_not(READ("--config", "/nonexistent/file"));
}

Test(daemon_config, takes_one_database)
{
    cr_expect_not(READ("--data", "d", "--database", "c"), "both in one place is a slip");
    end();
    begin();
    setenv("MICROCOSM_DATABASE", "weaker", 1);
    cr_assert(READ("--data", "d"), "%s", settings.problem);
    cr_expect_str_eq(settings.data, "d");
    cr_expect_null(settings.database, "the stronger place counts");
}
