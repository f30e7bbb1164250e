/* Renders the Markdown of comments by markup/; base/limiter.c limits long texts. */
#include "comment_text.h"

#include "../base/call.h"
#include "../base/limiter.h"
#include "record/record.h"
#include "statements.h"

/* Texts up to this length aren't limited: they take 1.5 ms at worst, 0.4 ms if they are prose. */
#define SHORT_TEXT ((size_t)4096)

static int refuse_markdown(mc_session *session, int rc)
{
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    return mc__fault(&session->problem, "markdown",
                     rc == MC_ETOOLARGE ? "must have at most 1 MiB" : "cannot be shown");
}

/* Names in texts are not escaped. */
static int put_key(mc__text *out, const char *name)
{
    mc_scratch_text(escaped);

    mc__text_html(&escaped, name, strlen(name));
    return escaped.error ? escaped.error : mc__name_key(out, mc__text_string(&escaped));
}

int mc__comment_names(mc_session *session, const char *markdown, const char ***out, size_t *count)
{
    const char **found = NULL;
    int rc = mc__mentions_find(&session->scratch, markdown, strlen(markdown), &found, count);

    if (rc < 0)
        return refuse_markdown(session, rc);
    for (size_t i = 0; i < *count; i++) {
        mc_scratch_text(key);

        if (put_key(&key, found[i]) < 0)
            return mc__out_of_memory(session);
        found[i] = mc__arena_strdup(&session->scratch, mc__text_string(&key));
    }
    *out = found;
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int64_t look_up_mention(void *data, const char *name)
{
    const PGresult *rows = data; /* NULL: the text has no names */
    mc_scratch_text(key);

    if (put_key(&key, name) < 0)
        return 0;
    for (int number = 0; rows && number < PQntuples(rows); number++) {
        mc__comments_mentioned_row row = mc__read_comments_mentioned(rows, number);

        if (strcmp(row.name_key, mc__text_string(&key)) == 0)
            return row.profile_id;
    }
    return 0;
}

void mc__comment_ask_names(mc__batch *batch, mc_session *session, const char **keys, size_t count)
{
    if (!count)
        return;
    mc__add_comments_mentioned(
        batch, &(mc__comments_mentioned_in){.site_id = session->site.id, .keys = {keys, count}});
}

/* Renders under the limiter, since the longest texts take a core for more than 100 ms. */
static int render_in_turn(mc_session *session, mc__text *out, const mc__render_options *options,
                          const char *markdown)
{
    size_t length = strlen(markdown);
    /* A session that holds a connection must not wait, or others would wait for the connection. */
    bool is_limited = length > SHORT_TEXT && !session->db.held;
    int rc = is_limited ? mc__limiter_enter(session->app->rendering) : 0;

    if (rc < 0)
        return mc__fail(&session->problem, rc, "too many long texts at once");
    rc = mc__render(out, options, markdown, length);
    if (is_limited)
        mc__limiter_leave(session->app->rendering);
    return rc < 0 ? refuse_markdown(session, rc) : 0;
}

/* Tells the names of elements of this comment from those of others on the page. */
static void write_scope(char scope[24], int64_t comment_id)
{
    if (comment_id)
        snprintf(scope, 24, "%lld", (long long)comment_id);
    else
        snprintf(scope, 24, "\uFDEF");
}

int mc__comment_render(mc_session *session, int64_t comment_id, const char *markdown,
                       const PGresult *mentioned, const char **html, mc__rendered *rendered)
{
    char scope[24];
    mc_scratch_text(text);
    mc__render_options options = {.site_url = session->site.url,
                                  .site_domain =
                                      *session->site.domain ? session->site.domain : NULL,
                                  .lookup = look_up_mention,
                                  .lookup_data = (void *)mentioned,
                                  .scope = scope,
                                  .rendered = rendered};
    int rc;

    write_scope(scope, comment_id);
    rc = render_in_turn(session, &text, &options, markdown);
    if (rc < 0)
        return rc;
    if (rendered->blank)
        return mc__fault(&session->problem, "markdown", "must show something");
    *html = mc__arena_copy(&session->scratch, mc__text_string(&text), text.length);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* Links of names in HTML, as rendering writes them. */
typedef struct old_mentions {
    mc__arena *arena;
    struct {
        const char *key;
        int64_t profile_id;
    } names[MC__MENTIONS_MAX];
    size_t count;
} old_mentions;

static void note_mention(old_mentions *mentions, int64_t profile_id, const char *name,
                         size_t length)
{
    mc_scratch_text(key);
    const char *html = mc__arena_copy(mentions->arena, name, length);

    if (!html || mc__name_key(&key, html) < 0)
        mentions->arena->failed = true;
    else {
        mentions->names[mentions->count].key =
            mc__arena_strdup(mentions->arena, mc__text_string(&key));
        mentions->names[mentions->count++].profile_id = profile_id;
    }
}

static void find_mentions(old_mentions *mentions, const char *html)
{
    static const char link[] = "<a href=\"/profiles/";
    static const char *const marks[] = {"@", "+", "\uFF20"};

    while (mentions->count < MC__MENTIONS_MAX && (html = strstr(html, link))) {
        char *behind;
        int64_t profile_id = strtoll(html + strlen(link), &behind, 10);
        size_t length;

        html = behind;
        if (strncmp(html, "\">", 2) != 0)
            continue;
        html += 2;
        length = strcspn(html, "<");
        for (size_t i = 0; i < MC_COUNT(marks); i++) {
            size_t mark = strlen(marks[i]);

            if (length > mark && strncmp(html, marks[i], mark) == 0)
                note_mention(mentions, profile_id, html + mark, length - mark);
        }
    }
}

static int64_t look_up_old_mention(void *data, const char *name)
{
    const old_mentions *mentions = data;
    mc_scratch_text(key);

    if (put_key(&key, name) < 0)
        return 0;
    for (size_t i = 0; i < mentions->count; i++) {
        if (strcmp(mentions->names[i].key, mc__text_string(&key)) == 0)
            return mentions->names[i].profile_id;
    }
    return 0;
}

const char *mc__comment_render_again(mc__arena *arena, const mc__outdated_comment *comment)
{
    mc_scratch_arena(scratch);
    mc_scratch_text(text);
    old_mentions mentions = {.arena = &scratch};
    mc__rendered rendered = {0};
    char scope[24];
    mc__render_options options = {.site_url = comment->site_url,
                                  .site_domain =
                                      *comment->site_domain ? comment->site_domain : NULL,
                                  .lookup = look_up_old_mention,
                                  .lookup_data = &mentions,
                                  .scope = scope,
                                  .rendered = &rendered};
    int rc;

    write_scope(scope, comment->comment_id);
    find_mentions(&mentions, comment->html);
    rc = scratch.failed ? MC_ENOMEM
                        : mc__render(&text, &options, comment->markdown, strlen(comment->markdown));
    if (rc == MC_ENOMEM)
        return NULL;
    if (rc < 0 || rendered.blank)
        return mc__arena_strdup(arena, comment->html);
    return mc__arena_copy(arena, mc__text_string(&text), text.length);
}
