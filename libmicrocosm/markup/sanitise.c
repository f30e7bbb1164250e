/*
 * The HTML that may leave the house. Parses HTML, however hostile, and writes from the tree what
 * policy.c and links.c allow; on the way URLs, names and tags in its text become links, and players
 * follow links to videos. Nothing is added to the HTML after this. Calls tree.c, policy.c, links.c,
 * words.c.
 *
 * The walk over the tree keeps its own stack, so that depth costs no stack of the thread's.
 */
#include "marks.h"
#include "policy.h"
#include "slice.h"
#include "stages.h"
#include "tree.h"

#define DEPTH_MAX 400
#define MEMORY_MAX ((size_t)64 << 20) /* of the tree of one piece */
#define PLAYERS_MAX 20                /* in one text; each loads a page of its own */

/* What became of an element. */
typedef enum fate {
    KEPT,
    UNWRAPPED, /* only its content */
    DROPPED    /* nothing */
} fate;

typedef struct level {
    const GumboNode *node;
    unsigned next; /* child to look at */
    fate fate;
    size_t begin, content; /* length of out before and behind its start tag */
} level;

typedef struct walk {
    mc__sanitiser *s;
    mc__text *out;
    mc__text link;   /* target of the link or image being looked at */
    mc__text player; /* what is to follow the link that is open */
    size_t depth;
    size_t kept;             /* elements open that were kept */
    size_t quotes;           /* of those, the ones whose names were mentioned before */
    size_t code, links;      /* of those, the ones in which words stay words */
    size_t names;            /* of those, the ones that stay in capitals, such as keys */
    uint32_t previous;       /* character before, in the same paragraph; 0 at its start */
    bool is_wrapping;        /* in a paragraph made around text that was in none */
    level levels[DEPTH_MAX]; /* last, since only those that were entered are set */
} walk;

/* A character given by its number may be one that was removed from the Markdown. Marks are left of
 * what stood behind a backslash. */
static void put_text(walk *w, const char *text, size_t length)
{
    size_t at = 0;
    mc__mark mark;

    while (mc__mark_find(text, length, at, &mark)) {
        mc__text_html_printable(w->out, text + at, mark.begin - at);
        if (mark.kind == MC__MARK_ESCAPED)
            mc__text_putc(w->out, mark.character);
        else /* what the author gave by number */
            mc__text_html_printable(w->out, text + mark.begin, mark.end - mark.begin);
        at = mark.end;
    }
    mc__text_html_printable(w->out, text + at, length - at);
}

/* Names of elements are prefixed, or they could be taken for those of the page around; what tells
 * the texts of a page apart stands behind them. */
#define NAME_PREFIX "user-content-"

static size_t prefix_length(const char *name)
{
    return strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0 ? strlen(NAME_PREFIX) : 0;
}

static void put_scope(walk *w)
{
    if (w->s->scope)
        mc__text_format(w->out, "-%s", w->s->scope);
}

/* Names that are separated by spaces, each behind its '#' if it has one. */
static void put_names(walk *w, const char *names)
{
    while (*names) {
        size_t length = strcspn(names, " ");

        if (length > 0 && *names == '#') {
            mc__text_putc(w->out, *names++);
            length--;
        }
        if (length > 0) {
            size_t prefix = prefix_length(names);

            mc__text_puts(w->out, NAME_PREFIX);
            put_text(w, names + prefix, length - prefix);
            put_scope(w);
        }
        names += length;
        if (*names)
            mc__text_putc(w->out, *names++);
    }
}

static bool is_given(const mc__sanitiser *s, uint32_t hash)
{
    size_t i = 0;

    while (i < s->ids_count && s->ids[i] != hash)
        i++;
    return i < s->ids_count;
}

/* A name is given once in a text: the next element that wants it gets a number behind it. */
static void put_id(walk *w, const char *name)
{
    mc__sanitiser *s = w->s;
    mc_scratch_text(given);
    uint32_t hash = 0;

    if (s->ids_count == MC__IDS_MAX)
        return;
    name += prefix_length(name);
    for (size_t number = 0; number == 0 || is_given(s, hash); number++) {
        mc__text_clear(&given);
        mc__text_puts(&given, name);
        if (number > 0)
            mc__text_format(&given, "-%zu", number);
        hash = 2166136261u; /* FNV-1a */
        for (size_t i = 0; i < given.length; i++)
            hash = (hash ^ (unsigned char)given.data[i]) * 16777619u;
    }
    s->ids[s->ids_count++] = hash;
    mc__text_puts(w->out, " id=\"" NAME_PREFIX);
    put_text(w, given.data, given.length);
    put_scope(w);
    mc__text_putc(w->out, '"');
    if (given.error)
        w->out->error = given.error;
}

/* A link within the text leads to a name that got the prefix. */
static bool is_fragment(const mc__text *link)
{
    return link->length > 1 && link->data[0] == '#';
}

/* Text that is neither code nor a name or the like: what a shout is made of. */
static void put_prose(walk *w, const char *text, size_t length)
{
    mc_scratch_text(calm);

    if (length == 0)
        return;
    if (w->names == 0 && !w->s->is_calm)
        mc__letters_count(&w->s->letters, text, length);
    if (w->names > 0 || !w->s->is_calm) {
        put_text(w, text, length);
        return;
    }
    mc__text_lower(&calm, text, length);
    put_text(w, calm.data, calm.length);
    if (calm.error)
        w->out->error = calm.error;
}

static void put_target(walk *w, const char *attribute, mc__link_kind kind)
{
    mc__text_format(w->out, " %s=\"", attribute);
    if (is_fragment(&w->link))
        put_names(w, mc__text_string(&w->link));
    else
        mc__text_html(w->out, w->link.data, w->link.length);
    mc__text_putc(w->out, '"');
    if (kind == MC__LINK_ABSOLUTE && strcmp(attribute, "href") == 0)
        mc__text_puts(w->out, " rel=\"nofollow noopener\" target=\"_blank\"");
}

static mc__link_kind judge(walk *w, const char *url, size_t length)
{
    mc__text_clear(&w->link);
    mc__link_kind kind = mc__link_clean(&w->link, &w->s->home, url, length);

    if (w->link.error)
        w->out->error = w->link.error;
    return w->link.error ? MC__LINK_BAD : kind;
}

static void note_player(walk *w, mc__link_kind kind)
{
    mc__text_clear(&w->player);
    if (kind == MC__LINK_ABSOLUTE && w->s->players < PLAYERS_MAX)
        mc__player(&w->player, w->link.data, w->link.length);
    if (w->player.error)
        w->out->error = w->player.error;
}

static void put_player(walk *w)
{
    if (w->player.length == 0)
        return;

    mc__text_puts(w->out, "<br/>\n");
    mc__text_append(w->out, w->player.data, w->player.length);
    mc__text_clear(&w->player);
    w->s->players++;
    w->s->found.blank = false;
}

static void put_url(walk *w, const char *text, const mc__word *word)
{
    size_t length = word->end - word->begin;
    mc__link_kind kind = judge(w, text + word->begin, length);

    if (kind != MC__LINK_BAD) {
        mc__text_puts(w->out, "<a");
        put_target(w, "href", kind);
        mc__text_puts(w->out, ">");
    }
    if (word->kind == MC__WORD_WWW)
        mc__text_puts(w->out, "http://");
    put_text(w, text + word->begin, length);
    if (kind != MC__LINK_BAD) {
        note_player(w, kind);
        mc__text_puts(w->out, "</a>");
        put_player(w);
    }
}

static void put_tag(walk *w, const char *text, const mc__word *word)
{
    mc_scratch_text(path);

    mc__text_puts(&path, "/search/?q=%23");
    mc__text_append(&path, text + word->name, word->end - word->name);
    mc__text_puts(w->out, "<a href=\"");
    mc__text_html(w->out, path.data, path.length);
    mc__text_puts(w->out, "\">");
    put_text(w, text + word->begin, word->end - word->begin);
    mc__text_puts(w->out, "</a>");
    if (path.error)
        w->out->error = MC_ENOMEM;
}

/* Writes the name as a link if it is somebody's; word ends up as what was written. */
static void put_name(walk *w, const char *text, size_t length, mc__word *word)
{
    int64_t id = 0;
    size_t name = word->name;

    if (w->s->lookup && w->quotes == 0) {
        id = mc__mention_find(w->s, text, length, word);
    } else {
        mc__word_shorten(text, word);
    }
    if (id == 0 && !mc__char_is_word(mc__utf8_next(text, word->end, &name)))
        word->end = word->name; /* what follows may be a word of its own */
    if (id > 0)
        mc__text_format(w->out, "<a href=\"/profiles/%lld\">", (long long)id);
    put_text(w, text + word->begin, word->end - word->begin);
    if (id > 0)
        mc__text_puts(w->out, "</a>");
}

static void put_words(walk *w, const char *text, size_t length)
{
    size_t at = 0;
    mc__word word;

    while (mc__word_find(text, length, at, w->previous, &word)) {
        put_prose(w, text + at, word.begin - at);
        if (word.kind == MC__WORD_TAG)
            put_tag(w, text, &word);
        else if (word.kind == MC__WORD_NAME)
            put_name(w, text, length, &word);
        else
            put_url(w, text, &word);
        at = word.end;
    }
    put_prose(w, text + at, length - at);
}

/* Whether nothing can be seen of a text. */
static bool is_blank(const char *text, size_t length)
{
    mc__mark mark;

    return !mc__text_is_visible(text, length) &&
           !(mc__mark_find(text, length, 0, &mark) && mark.kind == MC__MARK_ESCAPED);
}

static void begin_wrapping(walk *w)
{
    mc__text_puts(w->out, "<p>");
    w->is_wrapping = true;
    w->previous = 0;
}

/* White space at the end goes behind the paragraph. */
static void end_wrapping(walk *w)
{
    size_t end = w->out->length, spaces;

    if (!w->is_wrapping)
        return;
    w->is_wrapping = false;
    if (w->out->error)
        return;
    while (end > 0 && strchr(" \n", w->out->data[end - 1]))
        end--;
    spaces = w->out->length - end;
    w->out->length = end;
    mc__text_puts(w->out, "</p>");
    for (; spaces > 1; spaces--)
        mc__text_putc(w->out, '\n');
    mc__text_putc(w->out, '\n');
}

static bool is_top(const walk *w)
{
    return w->kept == 0;
}

static void visit_text(walk *w, const char *text)
{
    size_t length = strlen(text), blanks = 0;

    if (length == 0)
        return;
    if (is_top(w) && !w->is_wrapping) {
        blanks = strspn(text, " \t\n");
        put_text(w, text, blanks);
        if (blanks == length)
            return;
        begin_wrapping(w);
    }
    if (!is_blank(text, length))
        w->s->found.blank = false;
    bool is_address = w->links > 0 && !memchr(text, ' ', length) && strpbrk(text, ":@./");
    if (w->code > 0 || is_address)
        put_text(w, text + blanks, length - blanks);
    else if (w->links > 0)
        put_prose(w, text + blanks, length - blanks);
    else
        put_words(w, text + blanks, length - blanks);
    length = mc__step_back(text, length);
    w->previous = mc__utf8_next(text, strlen(text), &length);
}

static const GumboAttribute *find_attribute(const GumboElement *e, mc__value_kind kind)
{
    for (unsigned i = 0; i < e->attributes.length; i++) {
        const GumboAttribute *attribute = e->attributes.data[i];

        if (mc__attribute_kind(e->tag, mc__slice_of(attribute->name)) == kind)
            return attribute;
    }
    return NULL;
}

/* Mail can't be shown or cited. */
static bool may_lead(mc__link_kind link, mc__value_kind kind)
{
    return link != MC__LINK_BAD && (link != MC__LINK_MAIL || kind == MC__VALUE_LINK);
}

static bool has_target(walk *w, const GumboElement *e, mc__value_kind value_kind)
{
    const GumboAttribute *attribute = find_attribute(e, value_kind);

    if (!attribute)
        return false;

    mc__link_kind kind = judge(w, attribute->value, strlen(attribute->value));
    if (value_kind == MC__VALUE_LINK)
        note_player(w, kind);
    return may_lead(kind, value_kind);
}

static fate decide(walk *w, const GumboElement *e)
{
    unsigned flags = mc__element_flags(e->tag);

    if (flags & MC__UNSEEN)
        return DROPPED;
    if (!(flags & MC__KEPT) || e->tag_namespace != GUMBO_NAMESPACE_HTML)
        return UNWRAPPED;
    if (e->tag == GUMBO_TAG_A)
        return w->links == 0 && has_target(w, e, MC__VALUE_LINK) ? KEPT : UNWRAPPED;
    if (e->tag == GUMBO_TAG_IMG)
        return has_target(w, e, MC__VALUE_IMAGE) ? KEPT : DROPPED;
    const GumboAttribute *type = find_attribute(e, MC__VALUE_INPUT_TYPE);
    bool is_box = type && mc__value_fits(MC__VALUE_INPUT_TYPE, type->value);
    return e->tag != GUMBO_TAG_INPUT || is_box ? KEPT : DROPPED; /* of a task; nobody can tick it */
}

static void put_attribute(walk *w, const GumboElement *e, const GumboAttribute *attribute)
{
    mc__value_kind kind = mc__attribute_kind(e->tag, mc__slice_of(attribute->name));
    size_t length = strlen(attribute->value);

    if (attribute->attr_namespace != GUMBO_ATTR_NAMESPACE_NONE)
        return;
    if (kind == MC__VALUE_LINK || kind == MC__VALUE_IMAGE || kind == MC__VALUE_CITE) {
        mc__link_kind link = judge(w, attribute->value, length);

        if (may_lead(link, kind))
            put_target(w, attribute->name, link);
    } else if (mc__value_fits(kind, attribute->value)) {
        if (kind == MC__VALUE_ID) {
            put_id(w, attribute->value);
            return;
        }
        mc__text_format(w->out, " %s=\"", attribute->name);
        if (kind == MC__VALUE_NAMES || kind == MC__VALUE_NAME || kind == MC__VALUE_FRAGMENT)
            put_names(w, attribute->value);
        else
            put_text(w, attribute->value, length);
        mc__text_putc(w->out, '"');
    }
}

static void put_start_tag(walk *w, const GumboElement *e)
{
    mc__text_putc(w->out, '<');
    mc__text_puts(w->out, gumbo_normalized_tagname(e->tag));
    for (unsigned i = 0; i < e->attributes.length; i++)
        put_attribute(w, e, e->attributes.data[i]);
    if (e->tag == GUMBO_TAG_IMG)
        mc__text_puts(w->out, " loading=\"lazy\" decoding=\"async\"");
    if (e->tag == GUMBO_TAG_INPUT)
        mc__text_puts(w->out, " disabled=\"disabled\"");
    mc__text_puts(w->out, mc__element_flags(e->tag) & MC__VOID ? "/>" : ">");
}

static void count_element(walk *w, const GumboElement *e, int change)
{
    w->kept += (size_t)change;
    if (e->tag == GUMBO_TAG_A)
        w->links += (size_t)change;
    if (e->tag == GUMBO_TAG_BLOCKQUOTE)
        w->quotes += (size_t)change;
    if (mc__element_flags(e->tag) & MC__NAME)
        w->names += (size_t)change;
    if (e->tag == GUMBO_TAG_CODE || e->tag == GUMBO_TAG_PRE)
        w->code += (size_t)change;
}

/* flow.c closes other elements before a block, but links may go around whole blocks. */
static bool has_block(const GumboElement *e)
{
    for (unsigned i = 0; i < e->children.length; i++) {
        const GumboNode *child = e->children.data[i];

        if (child->type == GUMBO_NODE_ELEMENT &&
            (mc__element_flags(child->v.element.tag) & MC__BLOCK))
            return true;
    }
    return false;
}

static bool begins_with_newline(const GumboElement *e)
{
    const GumboNode *first = e->children.length > 0 ? e->children.data[0] : NULL;

    return first && (first->type == GUMBO_NODE_TEXT || first->type == GUMBO_NODE_WHITESPACE) &&
           first->v.text.text[0] == '\n';
}

/* Writes what stands before the content of an element. */
static void begin_element(walk *w, level *l)
{
    const GumboElement *e = &l->node->v.element;
    unsigned flags = mc__element_flags(e->tag);

    l->fate = decide(w, e);
    if (is_top(w) && ((flags & MC__BLOCK) || has_block(e)))
        end_wrapping(w);
    else if (is_top(w) && l->fate == KEPT && !w->is_wrapping)
        begin_wrapping(w);
    if ((flags & MC__BLOCK) || e->tag == GUMBO_TAG_BR)
        w->previous = 0;
    if (l->fate != KEPT)
        return;
    if (e->tag == GUMBO_TAG_IMG || e->tag == GUMBO_TAG_HR)
        w->s->found.blank = false;
    l->begin = w->out->length;
    put_start_tag(w, e);
    l->content = w->out->length;
    count_element(w, e, 1);
    if (e->tag == GUMBO_TAG_PRE && begins_with_newline(e))
        mc__text_putc(w->out, '\n'); /* browsers drop the first */
}

static bool is_empty_paragraph(const walk *w, const level *l)
{
    size_t length = w->out->length - l->content;

    return l->node->v.element.tag == GUMBO_TAG_P && is_blank(w->out->data + l->content, length);
}

static void end_element(walk *w, const level *l)
{
    const GumboElement *e = &l->node->v.element;
    unsigned flags = mc__element_flags(e->tag);

    if (l->fate != KEPT || w->out->error)
        return;

    count_element(w, e, -1);
    if (flags & MC__VOID)
        return;
    if (flags & MC__BLOCK)
        w->previous = 0;
    if (is_empty_paragraph(w, l)) {
        w->out->length = l->begin;
        return;
    }
    mc__text_puts(w->out, "</");
    mc__text_puts(w->out, gumbo_normalized_tagname(e->tag));
    mc__text_putc(w->out, '>');
    if (e->tag == GUMBO_TAG_A)
        put_player(w);
}

static void visit(walk *w, const GumboNode *node)
{
    switch (node->type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_WHITESPACE:
    case GUMBO_NODE_CDATA:
        visit_text(w, node->v.text.text);
        break;
    case GUMBO_NODE_ELEMENT:
        if (w->depth < DEPTH_MAX) {
            level *l = &w->levels[w->depth++];

            *l = (level){.node = node};
            begin_element(w, l);
        }
        break;
    default: /* comments; and templates, which are never shown */
        break;
    }
}

static void walk_tree(walk *w, const GumboNode *root)
{
    w->levels[0] = (level){.node = root, .fate = UNWRAPPED};
    w->depth = 1;
    while (w->depth > 0 && !w->out->error) {
        level *l = &w->levels[w->depth - 1];
        const GumboVector *children = &l->node->v.element.children;

        if (l->fate != DROPPED && l->next < children->length) {
            visit(w, children->data[l->next++]);
        } else {
            w->depth--;
            if (w->depth > 0)
                end_element(w, l);
        }
    }
    end_wrapping(w);
}

int mc__sanitise(mc__sanitiser *s, const char *html, size_t length)
{
    mc__tree tree = {0};
    int rc = mc__tree_parse(&tree, html, length, MEMORY_MAX);

    if (rc < 0)
        return rc;

    walk *w = mc__malloc(sizeof(*w)); /* the levels are many */
    if (w) {
        memset(w, 0, offsetof(walk, levels));
        w->s = s;
        w->out = s->out;
        w->link = w->player = (mc__text)MC_TEXT_INIT;
        walk_tree(w, tree.root);
        mc__text_release(&w->link);
        mc__text_release(&w->player);
        mc__free(w);
    }
    mc__tree_release(&tree);
    return w ? s->out->error : MC_ENOMEM;
}
