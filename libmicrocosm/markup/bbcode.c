/*
 * Translates BBCode, outside of code, to Markdown with a little HTML
 * (docs/http/comments.md#markdown). Only tags that have their partner are touched: "a[i]" is not
 * the start of italics.
 *
 * Bold and the like become HTML tags rather than asterisks, as those need no look at what stands
 * around them: "a[b]!b[/b]" has no equivalent with asterisks. Calls verbatim.c, scan.c.
 */
#include "stages.h"
#include "scan.h"

#define TOKENS_MAX 10000  /* tags that are looked at in one text */
#define QUOTES_MAX 5      /* levels of quotes; deeper ones lose their marks */
#define ARGUMENT_MAX 2048 /* bytes behind the '=' of a tag */

typedef enum kind {
    BOLD,
    ITALIC,
    UNDERLINE,
    STRIKE,
    COLOR,
    LIST,
    IMAGE,
    LINK,
    EMAIL,
    ATTACHMENT,
    CITE,
    QUOTE,
    KINDS,
    ITEM, /* "[*]", which has no partner */
    NO_KIND
} kind;

typedef struct tag_rule {
    const char *name;
    const char *open, *close; /* what both tags become, for those that are just replaced */
    bool is_whole;            /* becomes something together with what is between the tags */
} tag_rule;

static const tag_rule tag_rules[KINDS] = {
    [BOLD] = {"b", "<strong>", "</strong>", false},
    [ITALIC] = {"i", "<em>", "</em>", false},
    [UNDERLINE] = {"u", "<em>", "</em>", false},
    [STRIKE] = {"s", "<del>", "</del>", false},
    [COLOR] = {"color", "", "", false},
    [LIST] = {"list", "", "", false},
    [IMAGE] = {"img", NULL, NULL, true},
    [LINK] = {"url", NULL, "</a>", false},
    [EMAIL] = {"email", NULL, "</a>", false},
    [ATTACHMENT] = {"attach", NULL, NULL, true},
    [CITE] = {"cite", NULL, NULL, true},
    [QUOTE] = {"quote", NULL, NULL, false},
};

typedef struct slice {
    const char *text;
    size_t length;
} slice;

typedef struct token {
    kind kind;
    bool closes;
    size_t begin, end;
    slice argument;  /* behind the '=', without quotes; text is NULL if there was none */
    size_t partner;  /* index of the other tag; NONE until found */
    size_t previous; /* while looking for partners: the next outer open tag of this kind */
} token;

#define NONE SIZE_MAX

typedef struct tokens {
    token *items;
    size_t count, capacity;
    size_t innermost[KINDS]; /* open tag of each kind */
    bool failed;
} tokens;

static slice trim(slice s, const char *around)
{
    while (s.length > 0 && strchr(around, s.text[0]))
        s = (slice){s.text + 1, s.length - 1};
    while (s.length > 0 && strchr(around, s.text[s.length - 1]))
        s.length--;
    return s;
}

static slice unquote(slice s)
{
    s = trim(s, " \t");
    bool quoted = s.length >= 2 && (s.text[0] == '"' || s.text[0] == '\'') &&
                  s.text[s.length - 1] == s.text[0];

    return quoted ? (slice){s.text + 1, s.length - 2} : s;
}

static kind find_kind(const char *name, size_t length)
{
    for (kind k = 0; k < KINDS; k++) {
        if (mc__name_is(name, length, tag_rules[k].name))
            return k;
    }
    return NO_KIND;
}

static size_t name_length(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length && i < 8 &&
           ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z')))
        i++;
    return i;
}

/* Reads the tag that begins at text[at], a '[', if there is one. */
static bool read_token(const char *text, size_t end, size_t at, token *t)
{
    size_t i = at + 1;

    *t = (token){.begin = at, .partner = NONE, .previous = NONE, .kind = NO_KIND};
    if (end - at >= 3 && memcmp(text + at, "[*]", 3) == 0) {
        t->kind = ITEM;
        t->end = at + 3;
        return true;
    }
    t->closes = i < end && text[i] == '/';
    i += t->closes;
    size_t name = name_length(text + i, end - i);
    t->kind = find_kind(text + i, name);
    i += name;
    if (t->kind == NO_KIND || i >= end)
        return false;
    if (text[i] == '=' && !t->closes) {
        size_t bound = end - i > ARGUMENT_MAX ? i + ARGUMENT_MAX : end;
        size_t begin = ++i;

        while (i < bound && text[i] != ']' && text[i] != '\n' && text[i] != '[')
            i++;
        t->argument = unquote((slice){text + begin, i - begin});
    }
    t->end = i + 1;
    return i < end && text[i] == ']';
}

static token *add_token(tokens *list, const token *t)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 32;
        token *items = mc__realloc(list->items, capacity * sizeof(*items));

        if (!items) {
            list->failed = true;
            return NULL;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count] = *t;
    return &list->items[list->count++];
}

/* Notes a tag; a closing one gets the last open tag of its kind for partner. */
static void note_token(tokens *list, const token *read)
{
    token *t = add_token(list, read);

    if (!t || t->kind == ITEM)
        return;

    size_t *innermost = &list->innermost[t->kind];
    if (!t->closes) {
        t->previous = *innermost;
        *innermost = list->count - 1;
    } else if (*innermost != NONE) {
        token *opening = &list->items[*innermost];

        t->partner = *innermost;
        *innermost = opening->previous;
        opening->partner = list->count - 1;
    }
}

static void find_tokens(tokens *list, const char *text, size_t length)
{
    mc__verbatim v;
    mc__part part;
    token t;

    for (size_t k = 0; k < KINDS; k++)
        list->innermost[k] = NONE;
    mc__verbatim_init(&v, text, length);
    while (mc__verbatim_next(&v, &part)) {
        size_t at = part.begin;

        while (!part.is_code && at < part.end && list->count < TOKENS_MAX && !list->failed) {
            const char *bracket = memchr(text + at, '[', part.end - at);
            if (!bracket)
                break;
            at = (size_t)(bracket - text) + 1;
            if (read_token(text, part.end, at - 1, &t)) {
                note_token(list, &t);
                at = t.end;
            }
        }
    }
}

typedef struct writer {
    mc__text *out;
    const char *text;
    size_t length;
    size_t at;     /* what is before has been dealt with */
    size_t quotes; /* that are open, each with its mark on every line */
    size_t deeper; /* further ones, without */
    size_t lists;
} writer;

static void put_newline(writer *w)
{
    mc__text_putc(w->out, '\n');
    for (size_t i = 0; i < w->quotes; i++)
        mc__text_puts(w->out, "> ");
}

static void put(writer *w, const char *text, size_t length)
{
    for (size_t begin = 0; begin < length;) {
        const char *newline = memchr(text + begin, '\n', length - begin);
        size_t end = newline ? (size_t)(newline - text) : length;

        mc__text_append(w->out, text + begin, end - begin);
        if (newline)
            put_newline(w);
        begin = end + (newline != NULL);
    }
}

static void put_string(writer *w, const char *string)
{
    put(w, string, strlen(string));
}

/* Text that must mean itself: no Markdown, no HTML, no entities. */
static void put_literal(writer *w, slice s)
{
    for (size_t i = 0; i < s.length; i++) {
        unsigned char c = (unsigned char)s.text[i];
        bool is_letter =
            c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!is_letter && c > ' ')
            mc__text_putc(w->out, '\\');
        put(w, s.text + i, 1);
    }
}

/* The start of a link, as HTML: its text may be any Markdown, balanced or not. */
static void put_link_start(writer *w, const char *scheme, slice target)
{
    mc__text_puts(w->out, "<a href=\"");
    mc__text_puts(w->out, scheme);
    mc__text_html(w->out, target.text, target.length);
    mc__text_puts(w->out, "\">");
}

static void put_link(writer *w, const char *scheme, slice target)
{
    put_link_start(w, scheme, target);
    put_literal(w, target);
    put_string(w, "</a>");
}

static void skip(writer *w, const char *characters)
{
    while (w->at < w->length && strchr(characters, w->text[w->at]))
        w->at++;
}

/* White space behind a start tag goes before it: a tag alone on its line would begin a block. */
static void put_start_tag(writer *w, const char *tag)
{
    size_t begin = w->at;

    if (!*tag)
        return;
    skip(w, " \t\n");
    put(w, w->text + begin, w->at - begin);
    put_string(w, tag);
}

static void put_item(writer *w, const token *t)
{
    bool at_line_start = t->begin == 0 || w->text[t->begin - 1] == '\n';

    if (!at_line_start && w->lists == 0) {
        put_string(w, "[*]");
        return;
    }
    if (!at_line_start)
        put_newline(w);
    put_string(w, "* ");
    skip(w, " \t");
}

static void open_quote(writer *w)
{
    if (w->quotes == QUOTES_MAX) {
        w->deeper++;
        return;
    }
    put_newline(w);
    put_newline(w);
    w->quotes++;
    mc__text_puts(w->out, "> ");
    skip(w, " \t\n");
}

static void close_quote(writer *w)
{
    if (w->deeper > 0) {
        w->deeper--;
        return;
    }
    w->quotes -= w->quotes > 0; /* its opening tag may have gone with an image around it */
    put_newline(w);
    put_newline(w);
    skip(w, " \t");
    if (w->at < w->length && w->text[w->at] == '\n')
        w->at++;
}

static bool is_web_address(slice s)
{
    return (s.length > 7 && mc__name_is(s.text, 7, "http://")) ||
           (s.length > 8 && mc__name_is(s.text, 8, "https://")) ||
           (s.length > 4 && mc__name_is(s.text, 4, "www."));
}

static bool has_any(slice s, const char *characters)
{
    for (size_t i = 0; i < s.length; i++) {
        if (strchr(characters, s.text[i]))
            return true;
    }
    return false;
}

static bool put_image(writer *w, slice inside)
{
    if (inside.length == 0 || has_any(inside, " \t\n<>"))
        return false;

    mc__text_puts(w->out, "![](<");
    for (size_t i = 0; i < inside.length; i++) {
        if (inside.text[i] == '\\' || inside.text[i] == '&')
            mc__text_putc(w->out, '\\');
        mc__text_putc(w->out, inside.text[i]);
    }
    mc__text_puts(w->out, ">)");
    return true;
}

static bool put_attachment(writer *w, slice inside)
{
    if (inside.length == 0 || inside.length > 18 ||
        strspn(inside.text, "0123456789") < inside.length)
        return false;

    mc__text_format(w->out, "[/attachments/%.*s](/attachments/%.*s)", (int)inside.length,
                    inside.text, (int)inside.length, inside.text);
    return true;
}

static bool put_cited(writer *w, slice inside)
{
    inside = trim(inside, " \t\n:");
    if (inside.length == 0)
        return false;

    put_string(w, "<em>");
    put_literal(w, inside);
    put_string(w, "</em> ");
    return true;
}

/* Writes the element that both tags and what is between them stand for; false if none does. */
static bool put_whole(writer *w, const token *t, slice inside)
{
    inside = trim(inside, " \t\n");
    switch (t->kind) {
    case IMAGE:
        return put_image(w, inside);
    case ATTACHMENT:
        return put_attachment(w, inside);
    case CITE:
        return put_cited(w, inside);
    case LINK:
        if (!is_web_address(inside) || has_any(inside, " \t\n"))
            return false;
        put_link(w, "", inside);
        return true;
    case EMAIL:
        if (inside.length == 0 || has_any(inside, " \t\n\"<>"))
            return false;
        put_link(w, "mailto:", inside);
        return true;
    default:
        return false;
    }
}

static void put_as_written(writer *w, const token *t)
{
    put(w, w->text + t->begin, t->end - t->begin);
}

static bool is_link(const token *t)
{
    return t->kind == LINK || t->kind == EMAIL;
}

static void put_opening(writer *w, const token *t)
{
    if (tag_rules[t->kind].is_whole)
        put_as_written(w, t);
    else if (t->kind == QUOTE)
        open_quote(w);
    else if (!is_link(t))
        put_start_tag(w, tag_rules[t->kind].open);
    else if (t->argument.text)
        put_link_start(w, t->kind == EMAIL ? "mailto:" : "", t->argument);
    w->lists += t->kind == LIST;
}

static void put_closing(writer *w, const token *t, const token *opening)
{
    if (tag_rules[t->kind].is_whole)
        put_as_written(w, t);
    else if (t->kind == QUOTE)
        close_quote(w);
    else if (!is_link(t) || opening->argument.text)
        put_string(w, tag_rules[t->kind].close);
    w->lists -= t->kind == LIST && w->lists > 0;
}

/* Deals with one tag, behind which w->at stands. Returns the index of the next one to look at. */
static size_t put_token(writer *w, const tokens *list, size_t i)
{
    const token *t = &list->items[i];

    if (t->kind == ITEM) {
        put_item(w, t);
        return i + 1;
    }

    const token *partner = &list->items[t->partner];
    if (t->closes) {
        put_closing(w, t, partner);
        return i + 1;
    }
    if (!t->argument.text && put_whole(w, t, (slice){w->text + t->end, partner->begin - t->end})) {
        w->at = partner->end;
        return t->partner + 1;
    }
    put_opening(w, t);
    return i + 1;
}

static void translate(writer *w, const tokens *list)
{
    for (size_t i = 0; i < list->count;) {
        const token *t = &list->items[i];

        if ((t->kind != ITEM && t->partner == NONE) || t->begin < w->at) {
            i++;
            continue;
        }
        put(w, w->text + w->at, t->begin - w->at);
        w->at = t->end;
        i = put_token(w, list, i);
    }
    put(w, w->text + w->at, w->length - w->at);
}

void mc__bbcode(mc__text *out, const char *text, size_t length)
{
    tokens list = {0};
    writer w = {.out = out, .text = text, .length = length};

    find_tokens(&list, text, length);
    if (list.failed)
        out->error = MC_ENOMEM;
    else
        translate(&w, &list);
    mc__free(list.items);
}
