/*
 * Makes HTML of tokens. Calls writer.c, flow.c, bbcode.c. Values of attributes are checked by
 * sanitise.c.
 */
#include "marks.h"
#include "scan.h"
#include "writer.h"

static const mc__token *token_at(const mc__writer *w, size_t index)
{
    return &w->tokens->items[index];
}

static mc__slice attribute(const mc__writer *w, const mc__token *t, const char *name)
{
    return mc__token_attribute(w->tokens->text, t, name);
}

static mc__slice argument(const mc__writer *w, const mc__token *t)
{
    return attribute(w, t, "");
}

static void put(mc__writer *w, const char *string)
{
    mc__text_puts(&w->html, string);
}

static void put_html(mc__writer *w, mc__slice s)
{
    mc__text_html(&w->html, s.text, s.length);
}

/* Entities are what they stand for: forums keep what stands in tags as HTML has it. */
static void put_value(mc__writer *w, mc__slice s)
{
    uint32_t character;

    for (size_t at = 0; at < s.length;) {
        size_t entity = s.text[at] == '&' ? mc__entity(s.text + at, s.length - at, &character) : 0;

        if (entity > 0)
            mc__text_append(&w->html, s.text + at, entity);
        else
            mc__text_html(&w->html, s.text + at, 1);
        at += entity > 0 ? entity : 1;
    }
}

/* Nothing for an empty value. */
static void put_attribute(mc__writer *w, const char *name, const char *before, mc__slice value)
{
    if (value.length == 0)
        return;
    mc__text_format(&w->html, " %s=\"%s", name, before);
    put_value(w, value);
    put(w, "\"");
}

/* Where a link or image leads: to that scheme, unless the target has it; or to a host. */
static void put_target(mc__writer *w, const char *name, const char *before, mc__slice target)
{
    if (mc__slice_begins(target, before))
        before = mc__bbcode_names_host(target) ? "http://" : "";
    put_attribute(w, name, before, target);
}

/* Elements in text. */

/* Where a link leads begins with this; NULL: the token is no link. */
static const char *scheme_of(const mc__token *t)
{
    return t->rule->role == MC__ROLE_LINK ? "" : t->rule->role == MC__ROLE_EMAIL ? "mailto:" : NULL;
}

void mc__element_open(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    bool is_spoiler = t->rule->role == MC__ROLE_SPOILER;

    if (!mc__flow_open(w, is_spoiler ? GUMBO_TAG_SPAN : t->rule->element, index + 1))
        return;
    if (scheme_of(t))
        put_target(w, "href", scheme_of(t), argument(w, t));
    if (t->rule->element == GUMBO_TAG_ABBR)
        put_attribute(w, "title", "", argument(w, t));
    if (is_spoiler || t->rule->attribute)
        put(w, is_spoiler ? " class=\"spoiler\"" : t->rule->attribute);
    put(w, ">");
}

static void put_span(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    size_t kept = 0;

    if (!t->closes) {
        if (w->active_count < MC__ACTIVE_MAX && (!scheme_of(t) || argument(w, t).text))
            w->active[w->active_count++] = index;
        return;
    }
    for (size_t i = 0; i < w->active_count; i++) {
        if (w->active[i] != t->partner)
            w->active[kept++] = w->active[i];
    }
    w->active_count = kept;
    mc__flow_shut(w, t->partner + 1);
}

static void put_around(mc__writer *w, const char *begin, mc__slice s, const char *end)
{
    mc__writer_begin_text(w);
    put(w, begin);
    put_html(w, s);
    put(w, end);
}

/* A link around its target, which begins with something that is not shown for mail. */
static void put_link(mc__writer *w, size_t index, const char *before, mc__slice target)
{
    bool is_open;

    mc__writer_begin_text(w);
    is_open = mc__flow_open(w, GUMBO_TAG_A, index + 1);
    if (is_open) {
        put_target(w, "href", before, target);
        put(w, ">");
    }
    if (strcmp(before, "mailto:") != 0)
        put(w, before);
    put_value(w, target);
    if (is_open)
        mc__flow_shut(w, index + 1);
}

/* [img=100x50] and [img width=100 height=50] */
static void put_image(mc__writer *w, const mc__token *t, mc__slice target)
{
    mc__slice width = attribute(w, t, "width"), height = attribute(w, t, "height");
    mc__slice rest = argument(w, t);

    if (rest.text && memchr(rest.text, 'x', rest.length)) {
        width = mc__slice_cut(&rest, "x");
        height = mc__slice_behind(rest, 1);
    }
    mc__writer_begin_text(w);
    put(w, "<img");
    put_target(w, "src", "", target);
    put(w, " alt=\"");
    put_html(w, attribute(w, t, "alt"));
    put(w, "\"");
    put_attribute(w, "width", "", mc__slice_trim_end(width, "px"));
    put_attribute(w, "height", "", mc__slice_trim_end(height, "px"));
    put(w, "/>");
}

/* The page of a video: [youtube]id[/youtube], [media=youtube]id[/media], [video=youtube;id]. */
static void put_video(mc__writer *w, size_t index, mc__slice inside)
{
    const mc__token *t = token_at(w, index);
    mc__slice rest = t->rule->attribute ? mc__slice_of(t->rule->attribute) : argument(w, t);
    mc__slice site = mc__slice_cut(&rest, ";"),
              id = rest.length > 0 ? mc__slice_behind(rest, 1) : inside;

    if (mc__slice_is_address(inside))
        put_link(w, index, "", inside);
    else if (mc__slice_begins(site, "youtube") && id.length == 11)
        put_link(w, index, "https://www.youtube.com/watch?v=", id);
    else if (mc__slice_begins(site, "vimeo") && mc__slice_is_number(id))
        put_link(w, index, "https://vimeo.com/", id);
    else
        put_around(w, "", id, "");
}

/* As it is: what would make words into links is escaped. */
static void put_lines(mc__writer *w, mc__slice s)
{
    for (size_t i = 0; i < s.length; i++) {
        if (s.text[i] == '\n') {
            mc__writer_break(w);
            continue;
        }
        mc__writer_begin_text(w);
        if (strchr(MC__ESCAPED, s.text[i]))
            mc__text_format(&w->html, "&#%u;", (unsigned)mc__mark_escaped(s.text[i]));
        else
            mc__text_html(&w->html, s.text + i, 1);
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

/* [!NOTE]: the word with a capital. */
static void put_alert(mc__writer *w, mc__slice word)
{
    mc__writer_begin_text(w);
    put(w, "<strong>");
    mc__text_putc(&w->html, (char)(word.text[0] & ~0x20));
    mc__text_lower(&w->html, word.text + 1, word.length - 1);
    put(w, "</strong>");
}

static void put_whole(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    mc__slice content = mc__token_content(w->tokens->text, t);
    mc__slice inside = mc__slice_trim(content, " \t\n");

    switch (t->rule->role) {
    case MC__ROLE_IMAGE:
        put_image(w, t, inside);
        break;
    case MC__ROLE_ATTACHMENT:
        put_link(w, index, "/attachments/", t->shape == t->rule->shape ? inside : argument(w, t));
        break;
    case MC__ROLE_CITE:
        put_around(w, "<em>", mc__slice_trim(inside, ": "), "</em> ");
        break;
    case MC__ROLE_LINK:
    case MC__ROLE_EMAIL:
        put_link(w, index, scheme_of(t), inside);
        break;
    case MC__ROLE_VIDEO:
        put_video(w, index, inside);
        break;
    case MC__ROLE_CODE:
        put_around(w, "<code>", content, "</code>");
        break;
    case MC__ROLE_LITERAL:
        put_lines(w, content);
        break;
    case MC__ROLE_NOTE:
    case MC__ROLE_NOTE_TEXT:
        put_note(w, t);
        break;
    case MC__ROLE_ALERT:
        put_alert(w, content);
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

/* vBulletin 5 writes an "n" before it. */
static bool is_post_number(mc__slice s)
{
    return mc__slice_is_number(mc__slice_begins(s, "n") ? mc__slice_behind(s, 1) : s);
}

/* A part of the argument that says more than whom the quote is of: its place, or the end. */
static size_t find_more(mc__slice s)
{
    size_t i = 0;

    for (; i < s.length; i++) {
        mc__slice rest = mc__slice_behind(s, i + 1);

        if ((s.text[i] == ';' && is_post_number(rest)) || /* vBulletin */
            (s.text[i] == ',' &&
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
static mc__slice quoted_post(const mc__writer *w, const mc__token *t)
{
    static const char *const names[] = {"post", "post_id", "pid", "msg"};
    mc__slice more = mc__slice_behind(argument(w, t), find_more(argument(w, t)));
    mc__slice link = attribute(w, t, "link");

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        mc__slice value = attribute(w, t, names[i]);

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

static mc__slice quoted_author(const mc__writer *w, const mc__token *t)
{
    mc__slice author = attribute(w, t, "author");

    if (!author.text)
        author = attribute(w, t, "name"); /* Invision */
    if (!author.text)
        author = (mc__slice){argument(w, t).text, find_more(argument(w, t))};
    while (mc__slice_begins(author, "&quot;")) /* as phpBB keeps it */
        author = mc__slice_behind(author, 6);
    while (author.length >= 6 && memcmp(author.text + author.length - 6, "&quot;", 6) == 0)
        author.length -= 6;
    return mc__slice_trim(author, " \"'");
}

static void put_attribution(mc__writer *w, const mc__token *t)
{
    mc__slice author = quoted_author(w, t), post = quoted_post(w, t);

    if (author.length == 0)
        return;
    put(w, "<p><cite>");
    if (post.text)
        mc__text_format(&w->html, "<a href=\"/comments/%.*s\">", (int)post.length, post.text);
    for (size_t i = 0; i < author.length; i++) {
        i += mc__slice_begins(mc__slice_behind(author, i), "\\\""); /* phpBB's in a quoted name */
        mc__flow_put(&w->html, author.text + i, 1);
    }
    put(w, post.text ? "</a></cite></p>\n" : "</cite></p>\n");
}

/* What the items of a list are counted by: '1', or a letter as HTML has it; 0: they aren't. */
static char counted_by(const mc__writer *w, const mc__token *t)
{
    static const char *const words[] = {"lower-alpha", "lower-roman", "upper-alpha", "upper-roman"};
    mc__slice type = argument(w, t).text ? argument(w, t) : attribute(w, t, "type");

    if (type.length == 0 || mc__slice_is_among(type, "disc circle square bullet none"))
        return t->rule->element == GUMBO_TAG_OL ? '1' : 0;
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        if (mc__slice_is(type, words[i]))
            return "aiAI"[i];
    }
    return type.length == 1 && strchr("aiAI", *type.text) ? *type.text : '1';
}

static void open_block(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    bool is_item = t->rule->role == MC__ROLE_ITEM || t->rule->role == MC__ROLE_CELL;
    char type = t->rule->role == MC__ROLE_LIST ? counted_by(w, t) : 0;

    if (w->is_heading)
        return;
    bool is_in_paragraph = leave_text(w);
    mc__writer_begin_line(w);
    if (mc__flow_open(w, type ? GUMBO_TAG_OL : t->rule->element, index + 1)) {
        if (type > '1')
            put_attribute(w, "type", "", (mc__slice){&type, 1});
        if (t->rule->role == MC__ROLE_CELL)
            put_attribute(w, "colspan", "", attribute(w, t, "colspan"));
        if (t->rule->attribute)
            put(w, t->rule->attribute);
        if (t->rule->role == MC__ROLE_ALIGN)
            put_attribute(w, "align", "", argument(w, t));
        put(w, is_item ? ">" : ">\n");
        if (t->rule->role == MC__ROLE_QUOTE)
            put_attribution(w, t);
        if (t->rule->role == MC__ROLE_SPOILER) {
            put(w, "<summary>");
            put_html(w, argument(w, t).length > 0 ? argument(w, t) : mc__slice_of("Spoiler"));
            put(w, "</summary>\n");
        }
    }
    mc__writer_stay_fresh(w);
    return_to_text(w, is_in_paragraph);
}

static void shut(mc__writer *w, size_t owner)
{
    if (!mc__flow_has(w, owner))
        return;
    if (token_at(w, owner - 1)->rule->role == MC__ROLE_ITEM)
        mc__writer_trim_line_ends(w);
    mc__flow_shut(w, owner);
    put(w, "\n");
    if (token_at(w, owner - 1)->rule->role == MC__ROLE_ITEM)
        mc__writer_stay_fresh(w);
}

/* The item that is open in the innermost list, or that list: its owner; 0 if there is none. */
static size_t innermost(const mc__writer *w, mc__token_role role)
{
    for (size_t i = w->depth; i > 0; i--) {
        size_t owner = w->open[i - 1].owner;

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
    if (w->is_heading || !mc__flow_has(w, t->partner + 1))
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

static void put_listing(mc__writer *w, size_t index)
{
    const mc__token *t = token_at(w, index);
    mc__slice code = mc__token_content(w->tokens->text, t), language = argument(w, t);

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
        language = attribute(w, t, "lang");
    if (!language.text)
        language = attribute(w, t, "language");
    if (t->rule->attribute)
        language = mc__slice_of(t->rule->attribute);
    if (mc__flow_open(w, GUMBO_TAG_PRE, index + 1)) {
        put(w, "><code");
        put_attribute(w, "class", "language-", language);
        put(w, ">");
        put_code_lines(w, t, code);
        put(w, "\n</code>");
        mc__flow_shut(w, index + 1);
        put(w, "\n");
    } else {
        put_lines(w, code);
    }
    return_to_text(w, is_in_paragraph);
}

void mc__element_put(mc__writer *w, size_t index)
{
    static void (*const put_shape[])(mc__writer *, size_t) = {
        [MC__TOKEN_SPAN] = put_span,       [MC__TOKEN_BLOCK] = put_block,
        [MC__TOKEN_ITEM] = put_item,       [MC__TOKEN_WHOLE] = put_whole,
        [MC__TOKEN_LISTING] = put_listing,
    };
    unsigned shape = token_at(w, index)->shape;

    if (shape < MC_COUNT(put_shape) && put_shape[shape])
        put_shape[shape](w, index);
}
