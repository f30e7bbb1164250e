/*
 * What check_counts.py counts the instructions of: one warm page as a guest, one as a member, one
 * as a guest with the cache turned off, one post. Each is what a request of the daemon does in the
 * library, from entering the site to the reset of the session, and happens in a function named
 * counted_<what>, at which callgrind writes its counts down.
 *
 *     with_postgres valgrind --tool=callgrind ... count_calls guest_page|member_page|cold_page|post
 *
 * Some talk with PostgreSQL, and how often libpq is called back by poll() depends on the
 * server's pace; so each call is made several times, and the smallest count is the one that is
 * compared.
 */
#include "postgres.h"

#include <microcosm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMENTS 25
#define WARM_UP 20
#define COUNTED 10
#define OWNER "owner@example.org"

/* About what people write; the counts depend on it. */
#define TEXT_WITH(paragraph)                                                                       \
    "I had the same trouble last spring, and it took me **three weekends** to find out what it "   \
    "was. There is a [drawing](https://plans.example.org/frames/17) that shows how the two "       \
    "halves meet." paragraph "Saturday suits me, I can bring two more if somebody has room in "    \
    "the car. The trick is to cut it at an angle, then it holds without any glue. Number %d."
#define TEXT TEXT_WITH("\n\n")
#define JSON_TEXT TEXT_WITH("\\n\\n")

typedef struct bench {
    mc_app *app;
    mc_session *session;
    mc_buffer *out;
    int64_t conversation_id;
    char token[MC_TOKEN_SIZE];
    int posted;
} bench;

static _Noreturn void give_up(const bench *b, const char *what)
{
    fprintf(stderr, "count_calls: %s: %s\n", what,
            b->session ? mc_session_error(b->session)->message : "no session");
    exit(1);
}

static void must(const bench *b, int rc, const char *what)
{
    if (rc < 0)
        give_up(b, what);
}

static void enter(bench *b, const char *token)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.host = "counts.localhost";
    visit.token = token;
    visit.address = "127.0.0.1";
    must(b, mc_session_enter(b->session, &visit), "enter");
}

static void read_page(bench *b, const char *token)
{
    mc_buffer_clear(b->out);
    enter(b, token);
    must(b, mc_conversation_json(b->out, b->session, b->conversation_id, NULL), "read");
    mc_session_reset(b->session);
}

static void post(bench *b)
{
    char body[1024];
    int64_t id;

    snprintf(body, sizeof(body),
             "{\"itemType\":\"conversation\",\"itemId\":%lld,\"markdown\":\"" JSON_TEXT "\"}",
             (long long)b->conversation_id, ++b->posted);
    enter(b, b->token);
    must(b, mc_comment_create_body(&id, b->session, MC_FORMAT_JSON, body, strlen(body)), "post");
    mc_session_reset(b->session);
}

/* The calls that are counted; callgrind knows them by name. */

__attribute__((noinline)) static void counted_guest_page(bench *b)
{
    read_page(b, NULL);
    __asm__ volatile("" ::: "memory"); /* nothing of it may move into the caller */
}

__attribute__((noinline)) static void counted_member_page(bench *b)
{
    read_page(b, b->token);
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void counted_cold_page(bench *b)
{
    read_page(b, NULL);
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void counted_post(bench *b)
{
    post(b);
    __asm__ volatile("" ::: "memory");
}

/* Making what is read. */

static void make_conversation(bench *b)
{
    mc_microcosm_edit microcosm = {.size = sizeof(microcosm), .title = "Bench", .description = "."};
    mc_conversation_edit edit = {.size = sizeof(edit), .title = "How it went"};

    must(b, mc_microcosm_create(&edit.microcosm_id, b->session, &microcosm), "microcosm");
    must(b, mc_conversation_create(&b->conversation_id, b->session, &edit), "conversation");
    for (int i = 0; i < COMMENTS; i++) {
        char markdown[1024];
        mc_comment_edit comment = {.size = sizeof(comment),
                                   .item_type = "conversation",
                                   .item_id = b->conversation_id,
                                   .markdown = markdown};
        int64_t id;

        snprintf(markdown, sizeof(markdown), TEXT, i);
        must(b, mc_comment_create(&id, b->session, &comment), "comment");
    }
}

static void make_forum(bench *b, const char *database, bool cache)
{
    mc_site_edit site = {.size = sizeof(site), .title = "Counts", .subdomain_key = "counts"};
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    int64_t id;

    options.database = database;
    options.cache_size = cache ? options.cache_size : 0;
    options.connections = 1; /* or the calls would find other connections prepared or not */
    if (mc_app_new(&b->app, &options, NULL) < 0 || mc_session_new(&b->session, b->app) < 0 ||
        mc_buffer_new(&b->out, (size_t)1 << 20) < 0)
        give_up(b, "open");
    must(b, mc_site_create(&id, b->session, &site, OWNER), "site");
    visit.site_key = "counts";
    must(b, mc_session_enter(b->session, &visit), "enter");
    must(b, mc_session_act_as_email(b->session, OWNER), "owner");
    make_conversation(b);
    must(b, mc_token_create(b->token, b->session, OWNER, 1), "token");
    mc_session_reset(b->session);
}

typedef struct kind {
    const char *name;
    void (*counted)(bench *b);
} kind;

static const kind kinds[] = {
    {"guest_page", counted_guest_page},
    {"member_page", counted_member_page},
    {"cold_page", counted_cold_page},
    {"post", counted_post},
};

static const kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    fprintf(stderr, "count_calls: what is %s?\n", name);
    exit(2);
}

/* The daemon does the background work on a thread; here it is done between the calls. */
static void run(bench *b, const kind *k)
{
    for (int i = 0; i < WARM_UP; i++) {
        if (k->counted == counted_post)
            post(b);
        else
            read_page(b, k->counted == counted_member_page ? b->token : NULL);
        mc_app_step(b->app);
    }
    for (int i = 0; i < COUNTED; i++) {
        mc_app_step(b->app);
        k->counted(b);
    }
}

int main(int argc, char **argv)
{
    const kind *k = find_kind(argc == 2 ? argv[1] : "");
    char *database = test_database_new();
    bench b = {.posted = 0};

    make_forum(&b, database, k->counted != counted_cold_page);
    run(&b, k);
    mc_buffer_free(b.out);
    mc_session_free(b.session);
    mc_app_free(b.app);
    test_database_drop(database);
    return 0;
}
