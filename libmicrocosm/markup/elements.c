/*
 * Makes HTML of tokens. Calls writer.c, flow.c.
 */
#include "scan.h"
#include "writer.h"

static const mc__token *token_at(const mc__writer *w, size_t index)
{
    return &w->tokens->items[index];
}

static void put(mc__writer *w, const char *string)
{
    mc__text_puts(&w->html, string);
}

static void put_html(mc__writer *w, mc__slice s)
{
    mc__text_html(&w->html, s.text, s.length);
}

static void put_attribute(mc__writer *w, const char *name, const char *before, mc__slice value)
{
    mc__text_format(&w->html, " %s=\"%s", name, before);
    put_html(w, value);
    put(w, "\"");
}

static bool is_number(mc__slice s)
{
    size_t digits = 0;

    while (digits < s.length && s.text[digits] >= '0' && s.text[digits] <= '9')
        digits++;
    return digits > 0 && digits == s.length && digits <= 18;
}

static bool equals(mc__slice s, const char *lower)
{
    return mc__name_is(s.text, s.length, lower);
}

/* Elements in text. */

static void open_active(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    bool is_spoiler = t->rule->role == MC__ROLE_SPOILER;

    if (!mc__flow_open(&w->flow, is_spoiler ? GUMBO_TAG_SPAN : t->rule->element, index + 1))
        return;
    if (t->rule->role == MC__ROLE_LINK || t->rule->role == MC__ROLE_EMAIL)
        put_attribute(w, "href", t->rule->role == MC__ROLE_EMAIL ? "mailto:" : "", t->argument);
    if (is_spoiler)
        put(w, " class=\"spoiler\"");
    else if (t->rule->attribute)
        put(w, t->rule->attribute);
    put(w, ">");
}

static void put_span(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    size_t kept = 0;
    bool is_link = t->rule->role == MC__ROLE_LINK || t->rule->role == MC__ROLE_EMAIL;

    if (!t->closes) {
        if (w->active_count < MC__ACTIVE_MAX && (!is_link || t->argument.text))
            w->active[w->active_count++] = index;
        return;
    }
    for (size_t i = 0; i < w->active_count; i++) {
        if (w->active[i] != t->partner)
            w->active[kept++] = w->active[i];
    }
    w->active_count = kept;
    mc__flow_shut(&w->flow, t->partner + 1);
}

/* Writes a link around a text. */
static void put_link(mc__writer *w, size_t index, const char *before, mc__slice target)
{
    bool is_open;

    mc__writer_begin_text(w);
    is_open = mc__flow_open(&w->flow, GUMBO_TAG_A, index + 1);
    if (is_open) {
        put_attribute(w, "href", before, target);
        put(w, ">");
    }
    put_html(w, target);
    if (is_open)
        mc__flow_shut(&w->flow, index + 1);
}

/* [img=100x50] and [img width=100 height=50] */
static void put_image(mc__writer *w, const mc__token *t, mc__slice target)
{
    mc__slice width = mc__token_attribute(t, "width"), height = mc__token_attribute(t, "height");
    const char *x = t->argument.text ? memchr(t->argument.text, 'x', t->argument.length) : NULL;

    if (x) {
        width = (mc__slice){t->argument.text, (size_t)(x - t->argument.text)};
        height = (mc__slice){x + 1, t->argument.length - width.length - 1};
    }
    mc__writer_begin_text(w);
    put(w, "<img");
    put_attribute(w, "src", "", target);
    put(w, " alt=\"\"");
    if (is_number(width))
        put_attribute(w, "width", "", width);
    if (is_number(height))
        put_attribute(w, "height", "", height);
    put(w, "/>");
}

static bool begins_with(mc__slice s, const char *lower)
{
    size_t length = strlen(lower);

    return s.length >= length && mc__name_is(s.text, length, lower);
}

/* The page of a video: [youtube]id[/youtube], [media=youtube]id[/media], [video=youtube;id]. */
static void put_video(mc__writer *w, size_t index, mc__slice inside)
{
    const mc__token *t = token_at(w, index);
    mc__slice name = {t->rule->name, strlen(t->rule->name)};
    mc__slice site = t->argument.text ? t->argument : name;
    const char *id = memchr(site.text, ';', site.length);

    if (begins_with(name, "youtube") || begins_with(name, "vimeo")) /* an argument is a size */
        site = name;

    if (begins_with(inside, "http://") || begins_with(inside, "https://") ||
        begins_with(inside, "www.")) {
        put_link(w, index, "", inside);
        return;
    }
    if (id)
        inside = (mc__slice){id + 1, site.length - (size_t)(id + 1 - site.text)};
    char page[64];
    bool is_known = true;

    if (begins_with(site, "youtube") && inside.length == 11)
        snprintf(page, sizeof(page), "https://www.youtube.com/watch?v=%.11s", inside.text);
    else if (begins_with(site, "vimeo") && is_number(inside))
        snprintf(page, sizeof(page), "https://vimeo.com/%.*s", (int)inside.length, inside.text);
    else
        is_known = false;
    if (is_known) {
        put_link(w, index, "", (mc__slice){page, strlen(page)});
    } else {
        mc__writer_begin_text(w);
        put_html(w, inside);
    }
}

static void put_lines(mc__writer *w, mc__slice s)
{
    for (size_t i = 0; i < s.length; i++) {
        if (s.text[i] == '\n')
            mc__writer_break(w);
        else {
            mc__writer_begin_text(w);
            mc__text_html(&w->html, s.text + i, 1);
        }
    }
}

/* The number of a footnote: in the text, and before the footnote's own. */
static void put_note(mc__writer *w, const mc__token *t)
{
    bool is_text = t->rule->role == MC__ROLE_NOTE_TEXT;

    mc__writer_begin_text(w);
    put(w, "<sup");
    if (is_text || t->is_first)
        mc__text_format(&w->html, " id=\"%s-%zu\"", is_text ? "fn" : "fnref", t->partner);
    mc__text_format(&w->html, "><a href=\"#%s-%zu\">%zu</a></sup>", is_text ? "fnref" : "fn",
                    t->partner, t->partner);
}

static void put_alert(mc__writer *w, const mc__token *t)
{
    mc__writer_begin_text(w);
    put(w, "<strong>");
    mc__text_putc(&w->html, (char)(t->content.text[0] & ~0x20));
    mc__text_lower(&w->html, t->content.text + 1, t->content.length - 1);
    put(w, "</strong>");
}

static void put_around(mc__writer *w, const char *begin, mc__slice s, const char *end)
{
    mc__writer_begin_text(w);
    put(w, begin);
    put_html(w, s);
    put(w, end);
}

static void put_attachment(mc__writer *w, size_t index, mc__slice number)
{
    char path[48];

    snprintf(path, sizeof(path), "/attachments/%.*s", (int)number.length, number.text);
    put_link(w, index, "", (mc__slice){path, strlen(path)});
}

static void put_whole(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    mc__slice inside = mc__slice_trim(t->content, " \t\n");

    switch (t->rule->role) {
    case MC__ROLE_IMAGE:
        put_image(w, t, inside);
        break;
    case MC__ROLE_ATTACHMENT:
        put_attachment(w, index, inside);
        break;
    case MC__ROLE_CITE:
        put_around(w, "<em>", mc__slice_trim(inside, ": "), "</em> ");
        break;
    case MC__ROLE_LINK:
        put_link(w, index, "", inside);
        break;
    case MC__ROLE_EMAIL:
        put_link(w, index, "mailto:", inside);
        break;
    case MC__ROLE_VIDEO:
        put_video(w, index, inside);
        break;
    case MC__ROLE_CODE:
        put_around(w, "<code>", t->content, "</code>");
        break;
    case MC__ROLE_LITERAL:
        put_lines(w, t->content);
        break;
    case MC__ROLE_NOTE:
    case MC__ROLE_NOTE_TEXT:
        put_note(w, t);
        break;
    case MC__ROLE_ALERT:
        put_alert(w, t);
        break;
    default:
        break;
    }
}

/* Blocks. */

/* Ends the text before a block, wherever it is. Says whether there was a paragraph. */
static bool leave_text(mc__writer *w)
{
    bool is_in_paragraph = w->paragraph != MC__PARAGRAPH_NONE;

    mc__writer_end_spans(w);
    mc__writer_end_paragraph(w);
    w->has_text = w->break_due = false;
    return is_in_paragraph;
}

static void return_to_text(mc__writer *w, bool is_in_paragraph)
{
    w->has_text = w->break_due = false;
    if (is_in_paragraph)
        mc__writer_begin_paragraph(w);
}

/* Number behind the name, as in vBulletin's "Tom;123", or behind "post", "pid" and the like. */
static mc__slice quoted_post(const mc__token *t)
{
    static const char *const names[] = {"post", "post_id", "pid", "msg"};
    mc__slice link = mc__token_attribute(t, "link");

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        mc__slice value = mc__slice_trim(mc__token_attribute(t, names[i]), " ");

        if (value.text && is_number(value))
            return value;
    }
    for (size_t i = 0; i + 1 < t->argument.length; i++) {
        mc__slice rest = {t->argument.text + i + 1, t->argument.length - i - 1};

        if (t->argument.text[i] == ';' && is_number(rest))
            return rest;
    }
    for (size_t i = 0; link.text && i + 3 < link.length; i++) { /* SMF: topic=12.msg34#msg34 */
        mc__slice digits = {link.text + i + 3, 0};

        while (i + 3 + digits.length < link.length && digits.length < 18 &&
               digits.text[digits.length] >= '0' && digits.text[digits.length] <= '9')
            digits.length++;
        if (memcmp(link.text + i, "msg", 3) == 0 && digits.length > 0)
            return digits;
    }
    return (mc__slice){NULL, 0};
}

static mc__slice quoted_author(const mc__token *t)
{
    mc__slice author = mc__token_attribute(t, "author");

    if (!author.text)
        author = mc__token_attribute(t, "name"); /* Invision */
    if (author.text)
        return mc__slice_trim(author, " \"'");
    author = t->argument;
    for (size_t i = 0; i < author.length; i++) {
        mc__slice rest = {author.text + i + 1, author.length - i - 1};
        bool ends = (author.text[i] == ';' && is_number(rest)) ||
                    (author.text[i] == ',' && begins_with(mc__slice_trim(rest, " "), "post:"));

        if (ends)
            author.length = i;
    }
    return mc__slice_trim(author, " \"'");
}

static void put_attribution(mc__writer *w, const mc__token *t)
{
    mc__slice author = quoted_author(t), post = quoted_post(t);

    if (author.length == 0)
        return;
    put(w, "<p><cite>");
    if (post.text)
        mc__text_format(&w->html, "<a href=\"/comments/%.*s\">", (int)post.length, post.text);
    put_html(w, author);
    put(w, post.text ? "</a></cite></p>\n" : "</cite></p>\n");
}

static GumboTag element_of(const mc__token *t)
{
    bool is_counted = t->rule->role == MC__ROLE_LIST && t->argument.length > 0 &&
                      !equals(t->argument, "disc") && !equals(t->argument, "circle") &&
                      !equals(t->argument, "square");

    return is_counted ? GUMBO_TAG_OL : t->rule->element;
}

static void open_block(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    bool is_item = t->rule->role == MC__ROLE_ITEM || t->rule->role == MC__ROLE_CELL;

    if (w->is_heading)
        return;
    bool is_in_paragraph = leave_text(w);
    mc__writer_begin_line(w);
    if (mc__flow_open(&w->flow, element_of(t), index + 1)) {
        if (t->rule->role == MC__ROLE_LIST && t->argument.length == 1 &&
            strchr("aAiI", t->argument.text[0]))
            put_attribute(w, "type", "", t->argument);
        if (t->rule->attribute)
            put(w, t->rule->attribute);
        if (t->rule->role == MC__ROLE_ALIGN && t->argument.length > 0)
            put_attribute(w, "align", "", t->argument);
        put(w, is_item ? ">" : ">\n");
        if (t->rule->role == MC__ROLE_QUOTE)
            put_attribution(w, t);
        if (t->rule->role == MC__ROLE_SPOILER) {
            put(w, "<summary>");
            put_html(w, t->argument.length > 0 ? t->argument : (mc__slice){"Spoiler", 7});
            put(w, "</summary>\n");
        }
    }
    mc__writer_stay_fresh(w);
    return_to_text(w, is_in_paragraph);
}

static void shut(mc__writer *w, size_t owner)
{
    if (!mc__flow_has(&w->flow, owner))
        return;
    if (token_at(w, owner - 1)->rule->role == MC__ROLE_ITEM)
        mc__writer_trim_line_ends(w);
    mc__flow_shut(&w->flow, owner);
    put(w, "\n");
    if (token_at(w, owner - 1)->rule->role == MC__ROLE_ITEM)
        mc__writer_stay_fresh(w);
}

/* The item that is open in the innermost list, or that list: its owner; 0 if there is none. */
static size_t innermost(const mc__writer *w, mc__token_role role)
{
    for (size_t i = w->flow.depth; i > 0; i--) {
        size_t owner = w->flow.open[i - 1].owner;

        if (owner > 0 && token_at(w, owner - 1)->rule->role == role)
            return owner;
        if (owner > 0 && token_at(w, owner - 1)->rule->role == MC__ROLE_LIST)
            return 0;
    }
    return 0;
}

static void put_block(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);

    if (!t->closes) {
        open_block(w, index);
        return;
    }
    if (w->is_heading || !mc__flow_has(&w->flow, t->partner + 1))
        return;

    bool is_in_paragraph = leave_text(w);
    size_t item = t->rule->role == MC__ROLE_LIST ? innermost(w, MC__ROLE_ITEM) : 0;
    if (item > t->partner)
        shut(w, item);
    shut(w, t->partner + 1);
    return_to_text(w, is_in_paragraph);
}

static void put_item(mc__writer *w, size_t index)
{
    bool is_in_paragraph = leave_text(w);
    size_t item = innermost(w, MC__ROLE_ITEM);

    if (item > 0)
        shut(w, item);
    if (innermost(w, MC__ROLE_LIST) > 0) {
        if (is_in_paragraph)
            mc__writer_begin_paragraph(w);
        open_block(w, index);
    } else {
        return_to_text(w, is_in_paragraph);
    }
}

/* Behind the marks of so many quotes at the start of a line. */
static size_t skip_quotes(mc__slice code, size_t at, size_t quotes)
{
    for (size_t i = 0; i < quotes; i++) {
        size_t mark = at;

        while (mark < code.length && code.text[mark] == ' ')
            mark++;
        if (mark == code.length || code.text[mark] != '>')
            break;
        at = mark + 1 + (mark + 1 < code.length && code.text[mark + 1] == ' ');
    }
    return at;
}

/* Lines of code in a quote have its marks in front. The first line end belongs to the tag. */
static void put_code_lines(mc__writer *w, const mc__token *t, mc__slice code)
{
    size_t quotes = 0, at = 0;

    for (size_t i = t->line; i < t->prefix; i++)
        quotes += w->tokens->text[i] == '>';
    code = mc__slice_trim_end(code, quotes > 0 ? " \t\n>" : " \t\n");
    if (code.length > 0 && code.text[0] == '\n')
        at = skip_quotes(code, 1, quotes);
    while (at < code.length) {
        const char *newline = memchr(code.text + at, '\n', code.length - at);
        size_t end = newline ? (size_t)(newline - code.text) + 1 : code.length;

        mc__text_html(&w->html, code.text + at, end - at);
        at = newline ? skip_quotes(code, end, quotes) : end;
    }
}

static bool is_language(mc__slice s)
{
    bool is_name = s.length > 0 && s.length <= 30;

    for (size_t i = 0; i < s.length; i++)
        is_name = is_name && s.text[i] != '"' && s.text[i] > ' ';
    return is_name;
}

static void put_listing(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    mc__slice code = t->content, language = t->argument;

    if (w->is_heading) {
        put_around(w, "<code>", code, "</code>");
        return;
    }
    bool is_in_paragraph = leave_text(w);
    mc__writer_begin_line(w);
    if (t->rule->role == MC__ROLE_RULE) {
        put(w, "<hr/>\n");
        return_to_text(w, is_in_paragraph);
        return;
    }
    if (!language.text)
        language = mc__token_attribute(t, "lang");
    if (!equals((mc__slice){t->rule->name, strlen(t->rule->name)}, "code"))
        language = (mc__slice){t->rule->name, strlen(t->rule->name)};
    if (mc__flow_open(&w->flow, GUMBO_TAG_PRE, index + 1)) {
        put(w, "><code");
        if (is_language(language))
            put_attribute(w, "class", "language-", language);
        put(w, ">");
        put_code_lines(w, t, code);
        put(w, "\n</code>");
        mc__flow_shut(&w->flow, index + 1);
        put(w, "\n");
    } else {
        put_lines(w, code);
    }
    return_to_text(w, is_in_paragraph);
}

static void put_element(mc__writer *w, size_t index)
{
    switch (token_at(w, index)->shape) {
    case MC__TOKEN_SPAN:
        put_span(w, index);
        break;
    case MC__TOKEN_BLOCK:
        put_block(w, index);
        break;
    case MC__TOKEN_ITEM:
        put_item(w, index);
        break;
    case MC__TOKEN_WHOLE:
        put_whole(w, index);
        break;
    case MC__TOKEN_LISTING:
        put_listing(w, index);
        break;
    default:
        break;
    }
}

const mc__token_writer mc__elements = {.put = put_element, .open = open_active};
