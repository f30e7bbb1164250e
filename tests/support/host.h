/* For tests of transactions: a host program with a connection and a table of its own in the forum's
 * database. Use host_open() and host_close() as a suite's init and fini. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <libpq-fe.h>
#include <microcosm.h>

extern PGconn *host;

void host_open(void);
void host_close(void);

/* Committed comments, and rows of the host's own table, public.offers. */
int64_t count_comments(void);
int64_t count_offers(void);

/* Makes a call of which PostgreSQL itself refuses a statement. */
void fail_in_sql(void);
int64_t make_poll(void);
void comment_often(int64_t conversation_id, int count, const char *word);
/* Rows that the transaction open on pg has updated. */
int64_t updated_rows(PGconn *pg);
/* The conversation is shown with that many comments. */
void expect_shown(int64_t conversation_id, int64_t total);
/* The counters of the conversation and of its authors are what the rows say. */
void expect_settled(int64_t conversation_id);

/* An executor that runs on the connection, and its function alone. */
mc_executor executor_on(PGconn *pg);
int run_on_host(void *pg, const char *sql, const char *const *params, size_t count,
                mc_result *result);

#endif
