/* Renders the Markdown of comments by markup/; base/limiter.c limits long texts. */
#include "comment_text.h"

#include "../base/call.h"
#include "../base/limiter.h"
#include "record/record.h"
#include "statements.h"

/* Texts up to this length aren't limited: they take 1.5 ms at worst, 0.4 ms if they are prose. */
#define SHORT_TEXT ((size_t)4096)

/* A comment's text and its HTML take no more than this in a reply, so that whatever is stored can
 * be shown. Prose takes twice its length, and what people write with most markup twelve times. */
#define ROOM_FREE ((size_t)64 << 10)
#define ROOM_FOR_BYTE 16

static int refuse_markdown(mc_session *session, int rc)
{
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    return mc__fault(&session->problem, "markdown", "cannot be shown");
}

static int check_length(mc_session *session, size_t length)
{
    if ((int64_t)length <= session->site.markdown_max)
        return 0;
    return mc__fault(&session->problem, "markdown", "must have at most %lld bytes",
                     (long long)session->site.markdown_max);
}

static int check_room(mc_session *session, const char *markdown, size_t length,
                      const mc__text *html)
{
    size_t room = ROOM_FREE + ROOM_FOR_BYTE * length;

    if (html->length <= room &&
        mc__json_length(markdown, length) + mc__json_length(html->data, html->length) <= room)
        return 0;
    return mc__fault(&session->problem, "markdown",
                     "takes too much room when it is shown: use less markup, or several comments");
}

/* Takes a turn for work on a long text, which takes a core for more than 100 ms at worst. */
static int enter(mc_session *session, mc__place *place, size_t length, bool *is_limited)
{
    int rc;

    /* A session that holds a connection must not wait, or others would wait for the connection. */
    *is_limited = length > SHORT_TEXT && !session->db.held;
    if (!*is_limited)
        return 0;
    rc = mc__limiter_enter(session->app->rendering, place, session->profile_id, length);
    return rc < 0 ? mc__fail(&session->problem, rc, "too many long texts at once") : 0;
}

static void leave(mc_session *session, mc__place *place, bool is_limited)
{
    if (is_limited)
        mc__limiter_leave(session->app->rendering, place);
}

static int find_names(mc_session *session, const char *markdown, const char ***found, size_t *count)
{
    size_t length = strlen(markdown);
    bool is_limited;
    mc__place place;
    int rc = enter(session, &place, length, &is_limited);

    if (rc < 0)
        return rc;
    rc = mc__mentions_find(&session->scratch, markdown, length, found, count);
    leave(session, &place, is_limited);
    return rc < 0 ? refuse_markdown(session, rc) : 0;
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
    int rc = check_length(session, strlen(markdown));

    if (rc == 0)
        rc = find_names(session, markdown, &found, count);
    if (rc < 0)
        return rc;
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

static int render_in_turn(mc_session *session, mc__text *out, const mc__render_options *options,
                          const char *markdown)
{
    size_t length = strlen(markdown);
    bool is_limited;
    mc__place place;
    int rc = enter(session, &place, length, &is_limited);

    if (rc < 0)
        return rc;
    rc = mc__render(out, options, markdown, length);
    leave(session, &place, is_limited);
    return rc < 0 ? refuse_markdown(session, rc) : check_room(session, markdown, length, out);
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
                                  .site_domain = session->site.host,
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
                                  .site_domain = comment->site_host,
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
