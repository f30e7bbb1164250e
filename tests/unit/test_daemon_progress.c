/* What the commands show while they work. */
#include "ops/progress.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *said;
static size_t length;
static progress p;

static void begin(bool is_terminal)
{
    progress_begin(&p, open_memstream(&said, &length), is_terminal);
    cr_assert(p.out);
}

/* All that was written since, as one text. */
static const char *shown(void)
{
    static char text[4096];

    fflush(p.out);
    cr_assert_lt(length, sizeof(text));
    memcpy(text, said, length);
    text[length] = '\0';
    rewind(p.out);
    return text;
}

static void finish(void)
{
    progress_end(&p);
    fclose(p.out);
    free(said);
}

TestSuite(progress, .fini = finish);

Test(progress, is_a_bar_with_rate_and_remaining_time_on_a_terminal)
{
    begin(true);
    progress_show(&p, 0, "comments", 0, 6000);
    cr_expect_str_eq(shown(), "\r\033[Kcomments       [          ] 0 of 6000");
    progress_show(&p, 100, "comments", 10, 6000);
    cr_expect_str_eq(shown(), "", "not so often");
    progress_show(&p, 10000, "comments", 2000, 6000);
    cr_expect_str_eq(shown(), "\r\033[Kcomments       [###       ] 2000 of 6000, 200/s, 20 s left");
    progress_show(&p, 20000, "comments", 6000, 6000);
    cr_expect_str_eq(shown(), "\r\033[Kcomments       [##########] 6000 of 6000, 300/s");
    progress_show(&p, 20000, "roles", 0, 0);
    cr_expect_str_eq(shown(), "\n\r\033[Kroles          [          ] 0");
}

Test(progress, is_a_line_a_minute_elsewhere)
{
    begin(false);
    progress_show(&p, 0, "reading", 0, 7200000);
    cr_expect_str_eq(shown(), "reading: 0 of 7200000\n");
    progress_show(&p, 59999, "reading", 60000, 7200000);
    cr_expect_str_eq(shown(), "");
    progress_show(&p, 60000, "reading", 60000, 7200000);
    cr_expect_str_eq(shown(), "reading: 60000 of 7200000, 1000/s, 1 h 59 min left\n");
    progress_show(&p, 60001, "checking", 1, 2);
    cr_expect_str_eq(shown(), "checking: 1 of 2\n", "a stage begins at once");
}

/* A longer one would leave its beginning behind each time. */
Test(progress, has_room_on_a_terminal_of_80_columns)
{
    const char *line;

    begin(true);
    progress_show(&p, 0, "conversations", 0, INT64_C(12345678901));
    shown();
    progress_show(&p, 9000, "conversations", INT64_C(1234567890), INT64_C(12345678901));
    line = shown();
    cr_expect_leq(strlen(line) - strlen("\r\033[K"), 79, "%s", line);
}
