/*
 * Writes what md4c is given: the text with marks in the place of tokens, and with characters put
 * away that would be emphasis in the middle of links and names. Calls tokens.c, words.c, marks.c,
 * lines.c.
 *
 * What is code needs no thought here: marks are put back wherever md4c reports them.
 */
#include "marks.h"
#include "stages.h"

typedef struct writer {
    mc__text *out;
    const mc__tokens *tokens;
    const char *text;
    size_t at; /* what is before has been dealt with */
} writer;

/* Whether the '_' is the mouth of a face: "^_^", ">_<"; or an arm: "\_(:)_/¯". */
static bool is_in_face(const char *text, size_t at)
{
    char left = at > 0 ? text[at - 1] : 0, right = text[at + 1];

    return (left == right && left && strchr("^-;.=$@+~", left)) || (left == '>' && right == '<') ||
           strncmp(text + at + 1, "/¯", strlen("/¯")) == 0;
}

/* A single '~' is no mark of md4c's; "\@" is no start of a name. */
static void put_plain(writer *w, size_t end)
{
    while (w->at < end) {
        const char *here = w->text + w->at;
        size_t left = end - w->at, size = 1, tildes = mc__run_length(here, 0, left, '~');

        if (tildes == 1 || (*here == '_' && is_in_face(w->text, w->at))) {
            mc__mark_put_away(w->out, *here);
        } else if (*here == '\\' && left > 1 && strchr(MC__ESCAPED, here[1])) {
            mc__mark_put_escaped(w->out, here[1]);
            size = 2;
        } else {
            size = *here == '\\' ? 2 : tildes > 0 ? tildes : 1;
            while (*here != '\\' && size < left && here[size] != '_' && here[size] != '~' &&
                   here[size] != '\\')
                size++;
            size = size < left ? size : left;
            mc__text_append(w->out, here, size);
        }
        w->at += size;
    }
}

/* Marks of emphasis at the end of the word stay: they belong to the text around it. So do those
 * that it stands in, if letters of a script without spaces follow: "**@mira**さん". */
static void put_word(writer *w, const mc__word *word)
{
    size_t last = word->end;
    char mark = word->begin > 0 ? w->text[word->begin - 1] : 0;

    for (size_t i = word->begin; mark == '*' && i + 1 < last; i++) {
        if (w->text[i] == mark && (w->text[i + 1] & 0x80))
            last = i;
    }
    while (last > word->begin && strchr("*_~", w->text[last - 1]))
        last--;
    for (; w->at < last; w->at++) {
        bool is_escaped = w->at > word->begin && w->text[w->at - 1] == '\\';

        if (!is_escaped && strchr("*_~", w->text[w->at]))
            mc__mark_put_away(w->out, w->text[w->at]);
        else
            mc__text_putc(w->out, w->text[w->at]);
    }
}

static void put_text(writer *w, size_t end)
{
    mc__word word;

    while (w->at < end && mc__word_find(w->text, end, w->at, 0, &word)) {
        put_plain(w, word.begin);
        if (word.kind != MC__WORD_TAG)
            put_word(w, &word);
        put_plain(w, word.end);
    }
    put_plain(w, end);
}

/* A new line, in the quotes and items that the line of the token is in. */
static void put_line_start(writer *w, const mc__token *t)
{
    mc__text_putc(w->out, '\n');
    for (size_t i = t->line; i < t->prefix; i++) {
        bool stays = w->text[i] == '>' || w->text[i] == ' ' || w->text[i] == '\t';

        mc__text_putc(w->out, stays ? w->text[i] : ' ');
    }
}

/* Blank lines around, so that what is in the element begins and ends as blocks do. An end tag
 * stands in the quotes and items that its partner is in. */
static void put_block(writer *w, const mc__token *t, size_t index)
{
    const mc__token *place = t->closes && !t->begins_line ? &w->tokens->items[t->partner] : t;

    if (!t->begins_line)
        put_line_start(w, place);
    if (!t->begins_line || !t->has_item)
        put_line_start(w, place);
    mc__mark_put_token(w->out, index);
    w->at += strspn(w->text + w->at, " \t");
    put_line_start(w, place);
    if (w->text[w->at] != '\n')
        put_line_start(w, place);
}

/* Whether the item of a list begins behind the tag of BBCode, which begins the line and goes on
 * behind it. */
static bool is_before_item(const mc__tokens *tokens, size_t index)
{
    const mc__token *t = &tokens->items[index];

    if (t->closes || t->is_in_row || t->partner == MC__NO_TOKEN ||
        mc__item_mark(tokens->text, t->end, tokens->length) == 0 ||
        tokens->items[t->partner].line == t->line)
        return false;
    while (!tokens->items[index].begins_line && index > 0 &&
           tokens->items[index - 1].end == tokens->items[index].begin)
        index--;
    return tokens->items[index].begins_line;
}

static void put_token(writer *w, size_t index)
{
    const mc__token *t = &w->tokens->items[index];

    w->at = t->end;
    switch (t->shape) {
    case MC__TOKEN_AWAY:
        mc__mark_put_away(w->out, w->text[t->begin]);
        break;
    case MC__TOKEN_PIPE:
        mc__mark_put_away(w->out, '|');
        break;
    case MC__TOKEN_CELL:
        mc__text_putc(w->out, ' ');
        break;
    case MC__TOKEN_RULER:
        mc__table_put_ruler(w->out, w->text + t->begin, t->end - t->begin);
        break;
    case MC__TOKEN_GUARD:
        mc__mark_put_nothing(w->out);
        break;
    case MC__TOKEN_CUT:
        break;
    case MC__TOKEN_BULLET:
        mc__text_puts(w->out, "* ");
        w->at += strspn(w->text + w->at, " \t");
        break;
    case MC__TOKEN_BREAK:
        if (!t->is_in_row)
            mc__text_puts(w->out, "<!---->"); /* a blank line would make lists loose */
        put_line_start(w, t);
        break;
    case MC__TOKEN_BLOCK:
    case MC__TOKEN_ITEM:
    case MC__TOKEN_LISTING:
        if (t->is_in_row)
            mc__mark_put_token(w->out, index);
        else
            put_block(w, t, index);
        break;
    case MC__TOKEN_SPAN:
    case MC__TOKEN_DROP:
        mc__mark_put_token(w->out, index);
        if (is_before_item(w->tokens, index))
            put_line_start(w, t);
        break;
    default:
        mc__mark_put_token(w->out, index);
    }
}

void mc__prepare(mc__text *out, const mc__tokens *tokens)
{
    writer w = {.out = out, .tokens = tokens, .text = tokens->text};

    for (size_t i = 0; i < tokens->count; i++) {
        if (tokens->items[i].shape == MC__TOKEN_NONE || tokens->items[i].begin < w.at)
            continue;
        put_text(&w, tokens->items[i].begin);
        put_token(&w, i);
    }
    put_text(&w, tokens->length);
}
