/*
 * Makes HTML of tokens. Calls writer.c, flow.c.
 */
#include "slice.h"
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
    mc__slice width = mc__slice_trim_end(mc__token_attribute(t, "width"), "px");
    mc__slice height = mc__slice_trim_end(mc__token_attribute(t, "height"), "px");
    const char *x = t->argument.text ? memchr(t->argument.text, 'x', t->argument.length) : NULL;

    if (x) {
        width = (mc__slice){t->argument.text, (size_t)(x - t->argument.text)};
        height = (mc__slice){x + 1, t->argument.length - width.length - 1};
    }
    mc__writer_begin_text(w);
    put(w, "<img");
    put_attribute(w, "src", "", target);
    put_attribute(w, "alt", "", mc__token_attribute(t, "alt"));
    if (mc__slice_is_number(width))
        put_attribute(w, "width", "", width);
    if (mc__slice_is_number(height))
        put_attribute(w, "height", "", height);
    put(w, "/>");
}

/* The page of a video: [youtube]id[/youtube], [media=youtube]id[/media], [video=youtube;id]. */
static void put_video(mc__writer *w, size_t index, mc__slice inside)
{
    const mc__token *t = token_at(w, index);
    mc__slice name = {t->rule->name, strlen(t->rule->name)};
    mc__slice site = t->argument.text ? t->argument : name;
    const char *id = memchr(site.text, ';', site.length);

    if (mc__slice_begins(name, "youtube") ||
        mc__slice_begins(name, "vimeo")) /* an argument is a size */
        site = name;

    if (mc__slice_begins(inside, "http://") || mc__slice_begins(inside, "https://") ||
        mc__slice_begins(inside, "www.")) {
        put_link(w, index, "", inside);
        return;
    }
    if (id)
        inside = (mc__slice){id + 1, site.length - (size_t)(id + 1 - site.text)};
    char page[64];
    bool is_known = true;

    if (mc__slice_begins(site, "youtube") && inside.length == 11)
        snprintf(page, sizeof(page), "https://www.youtube.com/watch?v=%.11s", inside.text);
    else if (mc__slice_begins(site, "vimeo") && mc__slice_is_number(inside))
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
        mc__text_format(&w->html, " id=\"%s-%u\"", is_text ? "fn" : "fnref", t->partner);
    mc__text_format(&w->html, "><a href=\"#%s-%u\">%u</a></sup>", is_text ? "fnref" : "fn",
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

/* A part of the argument that says more than whom the quote is of: its place, or the end. */
static size_t find_more(mc__slice argument)
{
    size_t i = 0;

    for (; i < argument.length; i++) {
        mc__slice rest = mc__slice_behind(argument, i + 1);

        if ((argument.text[i] == ';' && mc__slice_is_number(rest)) || /* vBulletin */
            (argument.text[i] == ',' &&
             mc__slice_begins(mc__slice_trim(rest, " "), "post:"))) /* XenForo */
            break;
    }
    return i;
}

/* The digits that a text begins with. */
static mc__slice leading_number(mc__slice s)
{
    s.length = strspn(s.text, "0123456789") < s.length ? strspn(s.text, "0123456789") : s.length;
    return mc__slice_is_number(s) ? s : (mc__slice){NULL, 0};
}

/* The number of the post that is quoted; text is NULL if it isn't given. */
static mc__slice quoted_post(const mc__token *t)
{
    static const char *const names[] = {"post", "post_id", "pid", "msg"};
    mc__slice more = mc__slice_behind(t->argument, find_more(t->argument));
    mc__slice link = mc__token_attribute(t, "link");

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        mc__slice value = mc__token_attribute(t, names[i]);

        if (value.text && mc__slice_is_number(value))
            return value;
    }
    if (more.length > 0)
        return leading_number(mc__slice_behind(more, strcspn(more.text, "0123456789")));
    for (; link.length > 3; link = mc__slice_behind(link, 1)) { /* SMF: topic=12.msg34#msg34 */
        if (mc__slice_begins(link, "msg"))
            return leading_number(mc__slice_behind(link, 3));
    }
    return (mc__slice){NULL, 0};
}

static mc__slice quoted_author(const mc__token *t)
{
    mc__slice author = mc__token_attribute(t, "author");

    if (!author.text)
        author = mc__token_attribute(t, "name"); /* Invision */
    if (!author.text)
        author = (mc__slice){t->argument.text, find_more(t->argument)};
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

/* What the items of a list are counted by, as HTML has it; NULL: they aren't. */
static const char *counted_by(const mc__token *t)
{
    static const char *const types[][2] = {{"lower-alpha", "a"}, {"upper-alpha", "A"},
                                           {"lower-roman", "i"}, {"upper-roman", "I"},
                                           {"a", "a"},           {"i", "i"}};
    mc__slice type = t->argument.text ? t->argument : mc__token_attribute(t, "type");

    if (type.length == 0 || mc__slice_is_among(type, "disc circle square bullet none"))
        return NULL;
    if (type.length == 1 && (*type.text == 'A' || *type.text == 'I'))
        return *type.text == 'A' ? "A" : "I";
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        if (mc__slice_is(type, types[i][0]))
            return types[i][1];
    }
    return "";
}

static void open_block(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    bool is_item = t->rule->role == MC__ROLE_ITEM || t->rule->role == MC__ROLE_CELL;
    const char *type = t->rule->role == MC__ROLE_LIST ? counted_by(t) : NULL;

    if (w->is_heading)
        return;
    bool is_in_paragraph = leave_text(w);
    mc__writer_begin_line(w);
    if (mc__flow_open(&w->flow, type ? GUMBO_TAG_OL : t->rule->element, index + 1)) {
        if (type && *type)
            put_attribute(w, "type", "", mc__slice_of(type));
        if (t->rule->role == MC__ROLE_CELL && mc__token_attribute(t, "colspan").text)
            put_attribute(w, "colspan", "", mc__token_attribute(t, "colspan"));
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

/* Behind what stands before each line of the quotes and items that the tag is in. */
static size_t skip_prefix(const mc__writer *w, const mc__token *t, mc__slice code, size_t at)
{
    for (size_t i = t->line; i < t->prefix; i++) {
        size_t mark = at + strspn(code.text + at, " ");
        bool is_quote = w->tokens->text[i] == '>';

        if (is_quote && mark < code.length && code.text[mark] == '>')
            at = mark + 1;
        else if (!is_quote && at < code.length && code.text[at] == ' ')
            at++;
        else
            break;
    }
    return at;
}

/* The first line end belongs to the tag. */
static void put_code_lines(mc__writer *w, const mc__token *t, mc__slice code)
{
    bool is_quoted = memchr(w->tokens->text + t->line, '>', t->prefix - t->line);
    size_t at = 0;

    code = mc__slice_trim_end(code, is_quoted ? " \t\n>" : " \t\n");
    if (code.length > 0 && code.text[0] == '\n')
        at = skip_prefix(w, t, code, 1);
    while (at < code.length) {
        const char *newline = memchr(code.text + at, '\n', code.length - at);
        size_t end = newline ? (size_t)(newline - code.text) + 1 : code.length;

        mc__text_html(&w->html, code.text + at, end - at);
        at = newline ? skip_prefix(w, t, code, end) : end;
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
    if (!mc__slice_is_among(mc__slice_of(t->rule->name), "code pre"))
        language = mc__slice_of(t->rule->name);
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
