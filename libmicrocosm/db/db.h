/*
 * Connections, prepared statements, pipelines, transactions. Uses libpq and names no table;
 * statements are defined in sql/<room>/<topic>.sql and referred to by their enum.
 */
#ifndef MC_DB_H
#define MC_DB_H

#include "../core/core.h"
#include "queries.h"

#include <libpq-fe.h>
#include <microcosm/session.h>

/* Pool. Many threads share few connections; each is lent for one trip or one transaction. */
typedef struct mc__pool mc__pool;

/* How a write ended, for the callback that applies it. */
typedef enum mc__outcome {
    MC_WRITTEN,         /* committed, and marked as this pool's own */
    MC_WRITTEN_BY_HOST, /* committed on a connection of the host's, which bears no mark */
    MC_LEFT_TO_HOST,    /* in a transaction of the host's, who may yet commit it or not */
    MC_UNSURE           /* the connection was lost meanwhile: it may be there, or come yet */
} mc__outcome;

typedef struct mc__pool_options {
    const char *conninfo; /* copied */
    int size;
    int64_t wait_ms, statement_ms;
    bool prepare; /* false: nothing may outlive a transaction (pgbouncer in transaction mode) */
    /* Called after each write that others follow, by the thread that wrote; NULL: nobody is. With
     * the number of the transaction if that is the host's. */
    void (*wrote)(void *data, mc__outcome outcome, uint64_t transaction);
    void *wrote_data;
    mc__log log;
} mc__pool_options;

int mc__pool_new(mc__pool **out, const mc__pool_options *options);
void mc__pool_free(mc__pool *pool);
/* False in a process forked after mc__pool_new(), which must not use the sockets. */
bool mc__pool_is_ours(const mc__pool *pool);
const char *mc__pool_conninfo(const mc__pool *pool); /* as it was given */
/* A random number, in the setting microcosm.origin of all of its connections. */
int64_t mc__pool_origin(const mc__pool *pool);

typedef struct mc__pool_stats {
    int64_t size, lent,
        waits; /* waits: how often there was none to lend at once, since the start */
} mc__pool_stats;
void mc__pool_count(mc__pool *pool, mc__pool_stats *out);

/* Whether the server has lately been short of disk or memory and hasn't written anything since. */
bool mc__pool_is_short(const mc__pool *pool);

typedef struct mc__conn mc__conn;
/* Waits for at most wait_ms; 0: for the time in the pool's options. */
int mc__pool_borrow(mc__conn **out, mc__pool *pool, mc__problem *problem, bool to_write,
                    int64_t wait_ms);
void mc__pool_return(mc__pool *pool, mc__conn *conn);
/* Opens a connection outside of the pool's limit, owned by the caller, who closes it. */
int mc__pool_connect(mc__conn **out, mc__pool *pool, mc__problem *problem);
void mc__pool_close(mc__pool *pool, mc__conn *conn);
PGconn *mc__conn_pg(mc__conn *conn);
/* 0 if the server answers on it. */
int mc__conn_ping(mc__problem *problem, mc__conn *conn);

/* Statements */
#define MC_BATCH_MAX 16

typedef struct mc__call {
    mc__query query;
    const char *params[MC_PARAMS_MAX]; /* text format; NULL is SQL's NULL */
    PGresult *result;
} mc__call;

/* Statements that are sent together: one trip, and one transaction unless the session is in one. */
typedef struct mc__batch {
    mc__arena arena;
    size_t count;
    mc__call calls[MC_BATCH_MAX];
} mc__batch;

void mc__batch_init(mc__batch *batch);
/* Frees the results, so that the batch can be run again. */
void mc__batch_clear(mc__batch *batch);
void mc__batch_release(mc__batch *batch);
static inline void mc__batch_auto(mc__batch *batch)
{
    mc__batch_release(batch);
}
#define mc_batch(name)                                                                             \
    mc__batch name __attribute__((cleanup(mc__batch_auto)));                                       \
    mc__batch_init(&(name))

typedef struct mc__bytes {
    const uint8_t *data;
    size_t length;
} mc__bytes;

/* How the member of a statement's struct becomes a parameter. */
typedef enum mc__bind_kind {
    MC_BIND_INT,
    MC_BIND_ID,        /* 0 is NULL */
    MC_BIND_MAYBE_INT, /* NULL unless given, as for all optional members */
    MC_BIND_BOOL,
    MC_BIND_CHOICE, /* MC_UNSET is NULL */
    MC_BIND_TEXT,   /* NULL is NULL; not copied */
    MC_BIND_TIME,   /* MC_TIME_NONE is NULL */
    MC_BIND_DOUBLE,
    MC_BIND_MAYBE_DOUBLE,
    MC_BIND_INTS,       /* bigint[] */
    MC_BIND_MAYBE_INTS, /* the same; without items it is NULL */
    MC_BIND_TEXTS,      /* text[] */
    MC_BIND_BYTES       /* bytea */
} mc__bind_kind;

/* Adds a statement and returns its number in the batch. in: the statement's struct, or NULL if it
 * has no parameters. Called by the functions of statements.h, which are generated from the SQL and
 * pass the right struct. */
size_t mc__batch_add(mc__batch *batch, mc__query query, const void *in);
/* Result of statement i after a run that succeeded; owned by the batch. */
const PGresult *mc__batch_rows(const mc__batch *batch, size_t i);

/* In a transaction counters of items wait (microcosm.settle() in sql/schema/definitions) until a
 * statement runs that may read them. */
#define MC_SETTLE "SELECT microcosm.settle()"
bool mc__batch_is_unsettled(const mc__batch *batch); /* whether they may wait beyond it */

/* Rows */

/* How a column becomes the member of a statement's struct. */
typedef enum mc__column_kind {
    MC_COLUMN_INT,
    MC_COLUMN_BOOL,
    MC_COLUMN_CHOICE,     /* NULL is MC_UNSET */
    MC_COLUMN_TEXT,       /* points into the result */
    MC_COLUMN_MAYBE_TEXT, /* the same; NULL is NULL */
    MC_COLUMN_TIME,
    MC_COLUMN_DOUBLE,
    MC_COLUMN_CHANGE
} mc__column_kind;

/* What a write has changed: the numbers that the fragment change_value of sql/feed/changes.sql puts
 * into a row of the change feed, in its order. All 0: nothing. */
typedef struct mc__change {
    int64_t site_id;
    int64_t item_type, item_id;
    int64_t parent_type, parent_id;
    int64_t microcosm_id; /* that it is in */
    int64_t moved_from;   /* the one that it was moved out of */
    int64_t profile_id;   /* who did it */
    int64_t is_new;       /* 1: nothing that was there before has changed */
} mc__change;

/* Reads a row into the statement's own struct, for the functions of statements.h. */
void mc__row_read(void *out, mc__query query, const PGresult *rows, int row);
/* Values of one column. NULL gives 0, false, MC_TIME_NONE, "". */
int64_t mc__row_int(const PGresult *rows, int row, int column);
bool mc__row_bool(const PGresult *rows, int row, int column);
double mc__row_double(const PGresult *rows, int row, int column);
mc__change mc__row_change(const PGresult *rows, int row, int column);
mc_time mc__row_time(const PGresult *rows, int row, int column);
const char *mc__row_text(const PGresult *rows, int row, int column);
bool mc__row_is_null(const PGresult *rows, int row, int column);
/* Reads an array such as {1,2,3} into the arena; "" is an empty array. */
int mc__row_ints(mc_int64s *out, mc__arena *arena, const PGresult *rows, int row, int column);
/* Of a column of type text[]; its NULLs become "". */
int mc__row_texts(mc_strings *out, mc__arena *arena, const PGresult *rows, int row, int column);
int mc__ints_parse(mc_int64s *out, mc__arena *arena, const char *array);

/* The host's own connection: libpq's, or a function of the host's that runs statements on it. */
typedef struct mc__host {
    PGconn *pg;
    mc_executor executor; /* if pg is NULL; .execute is NULL too: there is no connection */
    bool is_executing;    /* the host's function was called: the session must not be used now */
} mc__host;

/* A session's view of the database */
typedef struct mc__db {
    mc__pool *pool;
    mc__problem *problem; /* receives failures */
    mc__host host;        /* used instead of the pool */
    mc__conn *held;       /* while a transaction is open on a connection of the pool */
    bool in_transaction;
    bool host_savepoint; /* the transaction is a savepoint in the host's */
    int64_t site_id;   /* what row-level security lets through; 0: all sites, for the platform's own
                          work; MC_NO_SITE: rows of no site are asked for, whatever it is */
    int64_t wait_ms;   /* longest wait for a connection; 0: as the pool's options say */
    bool has_written;  /* in the transaction, what others follow */
    bool is_unsettled; /* something was written in it, and not settled since */
} mc__db;

#define MC_NO_SITE INT64_C(-1)

typedef enum mc__access {
    MC_READ, /* may be sent again after the connection was lost */
    MC_WRITE,
    MC_WRITE_QUIETLY /* what nobody follows or waits for: counters, marks */
} mc__access;

static inline bool mc__db_is_on_host(const mc__db *db)
{
    return db->host.pg || db->host.executor.execute;
}

int mc__db_run(mc__db *db, mc__batch *batch, mc__access access);
int mc__db_begin(mc__db *db);
/* The same for statements that only read, all of them as of one moment. Not on a connection of the
 * host's. */
int mc__db_begin_reading(mc__db *db);
int mc__db_commit(mc__db *db);
int mc__db_rollback(mc__db *db);
/* Rolls back an open transaction and returns the connection. */
void mc__db_leave(mc__db *db);

/* Code and message for a failed result (or, with rows NULL, a failed connection). */
int mc__db_fail(mc__problem *problem, const PGconn *pg, const PGresult *rows);
/* The SQLSTATE of a write whose rights were judged before something changed that they depend on. */
#define MC__JUDGED_LATE "MC409"
/* The same as mc__db_fail() for an SQLSTATE. */
int mc__db_fail_state(mc__problem *problem, const char *sqlstate);
/* MC_EDATABASE: of a transaction in which a statement has failed, COMMIT keeps nothing. */
int mc__db_fail_commit(mc__problem *problem);
/* The same if a COMMIT was answered with ROLLBACK; else 0. */
int mc__db_check_commit(mc__problem *problem, PGresult *rows);

MC_DEFINE_AUTO(PGresult *, PQclear)
MC_DEFINE_AUTO(PGconn *, PQfinish)

#endif
