/*
 * A forum for tests: an app on a database of its own, a site, people. Use as a suite's init and
 * fini. A failure here ends the test with a message.
 */
#ifndef TEST_FORUM_H
#define TEST_FORUM_H

#include <microcosm.h>

extern char *forum_database; /* connection string */
extern mc_app *forum_app;
extern char *forum_files;   /* folder of its files, which is there when the first comes */
extern mc_session *session; /* on site "test", as a guest */

void forum_open(void);
void forum_close(void);

/* Acts as the person with that name, who is made at the first call; NULL is the guest. Returns the
 * profile. */
int64_t act_as(const char *name);
/* The site's root microcosm. */
int64_t root_microcosm(void);
int64_t make_microcosm(int64_t parent_id, const char *title);
int64_t make_conversation(int64_t microcosm_id, const char *title);
int64_t make_comment(int64_t conversation_id, const char *markdown);
/* Runs SQL as the owner of the tables, with access to all sites; for roles and bans. */
void forum_sql(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t forum_number(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Runs a function in as many threads at the same time, each with a session of its own. Those act as
 * the person of that name; a %d in it is the thread's number. */
void at_once(int threads, const char *name, void (*run)(mc_session *own, int number, void *data),
             void *data);
/* The session's error names these fields, in this order, each with a space behind it. */
void expect_faults(const char *fields);

/* The call must succeed. */
#define must(call) cr_assert_eq((call), 0, "%s: %s", #call, mc_session_error(session)->message)
/* The call must fail with that code. */
#define must_fail(call, code_)                                                                     \
    cr_expect_eq((call), (code_), "%s gives %d: %s", #call, mc_session_error(session)->code,       \
                 mc_session_error(session)->message)

#endif
