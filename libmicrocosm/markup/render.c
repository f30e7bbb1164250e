/*
 * From what a member wrote to what everybody sees: runs the stages of stages.h in order. Calls all
 * other files of markup/.
 */
#include <microcosm/render.h>

#include "stages.h"

/* How much longer than the Markdown what the first stages make of it may be: quotes in BBCode put
 * marks in front of every line. */
#define GROWTH_MAX 4
#define GROWTH_ALWAYS ((size_t)64 << 10)

/* Length of a line end beyond ASCII at text[at]: U+0085, U+2028 or U+2029; 0 if there is none. */
static size_t line_end(const char *text, size_t length, size_t at)
{
    if (length - at >= 2 && memcmp(text + at, "\xC2\x85", 2) == 0)
        return 2;
    if (length - at >= 3 &&
        (memcmp(text + at, "\xE2\x80\xA8", 3) == 0 || memcmp(text + at, "\xE2\x80\xA9", 3) == 0))
        return 3;
    return 0;
}

/* Line ends become '\n', other movements of a typewriter a space. */
static void put_lines(mc__text *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        size_t other = (unsigned char)text[i] >= 0x80 ? line_end(text, length, i) : 0;

        if (other > 0) {
            mc__text_putc(out, '\n');
            i += other - 1;
        } else if (text[i] == '\v' || text[i] == '\f')
            mc__text_putc(out, ' ');
        else if (text[i] != '\r')
            mc__text_putc(out, text[i]);
        else if (i + 1 == length || text[i + 1] != '\n')
            mc__text_putc(out, '\n');
    }
}

/* docs/http/comments.md#markdown, step 1. Ends with a line end: md4c 0.4.8 may look past the end of
 * a last line that has none. */
static void clean(mc__text *out, const char *markdown, size_t length)
{
    mc_scratch_text(lines);

    put_lines(&lines, markdown, length);
    mc__text_printable(out, lines.data, lines.length, MC__SPACES_ALL);
    if (lines.error)
        out->error = MC_ENOMEM;
    if (out->length > 0 && out->data[out->length - 1] != '\n')
        mc__text_putc(out, '\n');
}

static void put_plain(mc__sanitiser *s, const char *text, size_t length)
{
    bool in_paragraph = false;

    for (size_t i = 0; i < length; i++) {
        bool ends_line = text[i] == '\n';
        bool ends_paragraph = ends_line && (i + 1 == length || text[i + 1] == '\n');

        if (!ends_line && !in_paragraph)
            mc__text_puts(s->out, "<p>");
        if (!ends_line)
            mc__text_html(s->out, text + i, 1);
        else if (in_paragraph)
            mc__text_puts(s->out, ends_paragraph ? "</p>\n" : "<br/>\n");
        in_paragraph = !ends_paragraph && (in_paragraph || !ends_line);
    }
    s->found.blank = false;
}

static void forget(mc__sanitiser *s, size_t out_length)
{
    s->out->length = out_length;
    s->out->error = 0;
    s->found.mentioned_count = 0;
    s->found.blank = true;
    s->players = 0;
    s->ids_count = 0;
}

static int render(mc__sanitiser *s, const char *markdown, size_t length)
{
    size_t max = length * GROWTH_MAX + GROWTH_ALWAYS;
    mc__text cleaned __attribute__((cleanup(mc__text_auto))) = {.max = max};
    mc__text prepared __attribute__((cleanup(mc__text_auto))) = {.max = max};
    mc__text limited __attribute__((cleanup(mc__text_auto))) = {.max = max};
    mc__tokens tokens __attribute__((cleanup(mc__tokens_release))) = {0};
    size_t length_before = s->out->length;
    int rc;

    clean(&cleaned, markdown, length);
    if (cleaned.error)
        return MC_ENOMEM;
    rc = mc__tokens_find(&tokens, mc__text_string(&cleaned), cleaned.length);
    if (rc == 0)
        mc__prepare(&prepared, &tokens);
    if (rc == 0 && !prepared.error)
        mc__limit(&limited, mc__text_string(&prepared), prepared.length);
    if (rc == 0)
        rc = prepared.error ? prepared.error : limited.error;
    if (rc == 0)
        rc = mc__markdown(s, &tokens, mc__text_string(&limited), limited.length);
    if (rc == 0 && mc__letters_shout(&s->letters)) { /* once more: most texts are no shouts */
        forget(s, length_before);
        s->is_calm = true;
        rc = mc__markdown(s, &tokens, mc__text_string(&limited), limited.length);
    }
    if (rc != MC_ETOOLARGE)
        return rc;

    /* Not a text that anybody would write by hand; its author may still want to read it. */
    forget(s, length_before);
    put_plain(s, cleaned.data, cleaned.length);
    return s->out->error;
}

int mc__render(mc__text *html, const mc__render_options *options, const char *markdown,
               size_t length)
{
    static const mc__render_options defaults;
    mc__sanitiser *s;
    size_t length_before = html->length;
    int rc;

    if (html->error)
        return html->error;
    if (length > MC__TEXT_MAX)
        return MC_ETOOLARGE;
    if (!mc__utf8_valid(markdown, length))
        return MC_EINVAL;
    s = mc__malloc(sizeof(*s));
    if (!s)
        return MC_ENOMEM;

    options = options ? options : &defaults;
    *s = (mc__sanitiser){.out = html,
                         .scope = options->scope,
                         .lookup = options->lookup,
                         .lookup_data = options->lookup_data};
    s->found.blank = true;
    mc__home_init(&s->home, options->site_url, options->site_domain);
    rc = render(s, markdown, length);
    if (rc < 0)
        html->length = length_before;
    else if (options->rendered)
        *options->rendered = s->found;
    mc__arena_release(&s->arena);
    mc__free(s);
    return rc;
}

typedef struct name_list {
    mc__arena *arena;
    const char *names[MC__MENTIONS_MAX];
    size_t count;
} name_list;

/* Each name is asked for once, and no more than so many. */
static int64_t note_name(void *data, const char *name)
{
    name_list *list = data;

    list->names[list->count++] = mc__arena_strdup(list->arena, name);
    return 0;
}

static bool may_mention(const char *markdown, size_t length)
{
    return memchr(markdown, '@', length) || memchr(markdown, '+', length) ||
           memchr(markdown, '&', length);
}

int mc__mentions_find(mc__arena *arena, const char *markdown, size_t length, const char ***names,
                      size_t *count)
{
    mc_scratch_text(html);
    name_list list = {.arena = arena};
    mc__render_options options = {.lookup = note_name, .lookup_data = &list};
    int rc = 0;

    if (length > MC__TEXT_MAX)
        return MC_ETOOLARGE;
    if (length > 0 && may_mention(markdown, length))
        rc = mc__render(&html, &options, markdown,
                        length); /* the only sure way to see what it sees */
    if (rc < 0)
        return rc;

    const char **copy = mc__arena_alloc(arena, sizeof(list.names));
    if (!copy || arena->failed)
        return MC_ENOMEM;
    memcpy(copy, list.names, sizeof(list.names));
    *names = copy;
    *count = list.count;
    return 0;
}

void mc_render_options_init(mc_render_options *options, size_t size)
{
    static const mc_render_options defaults = MC_RENDER_OPTIONS_INIT;

    if (!options)
        return;
    memset(options, 0, size);
    memcpy(options, &defaults, size < sizeof(defaults) ? size : sizeof(defaults));
    options->size = size;
}

int mc_render(mc_buffer *html, const char *markdown, size_t length,
              const mc_render_options *options)
{
    mc_render_options known = MC_RENDER_OPTIONS_INIT;

    if (!html || (!markdown && length > 0))
        return MC_EINVAL;
    if (options && mc__struct_take(NULL, &known, sizeof(known), options, "render_options") < 0)
        return MC_EINVAL;

    mc__render_options internal = {
        .site_url = known.site_url,
        .site_domain = known.site_domain,
        .lookup = known.mention,
        .lookup_data = known.mention_data,
    };
    return mc__render(html, &internal, markdown ? markdown : "", length);
}
