/*
 * What the tokens of a text mean, now that all are known: which tags have partners, which footnotes
 * texts, and which items are of one piece. Calls slice.c.
 */
#include "tokens.h"

#define NOTES_MAX 100

/* Those that refer to each other get the same number, in `partner`. */
static void number_notes(mc__tokens *tokens)
{
    mc__slice labels[NOTES_MAX];
    bool has_text[NOTES_MAX] = {false};
    size_t count = 0;

    for (size_t pass = 0; pass < 3; pass++) { /* references, texts, those that have no other */
        for (size_t i = 0; i < tokens->count; i++) {
            mc__token *t = &tokens->items[i];
            bool is_text = t->rule && t->rule->role == MC__ROLE_NOTE_TEXT;
            size_t n = 0;

            if (!is_text && !(t->rule && t->rule->role == MC__ROLE_NOTE))
                continue;
            mc__slice label = mc__token_content(tokens->text, t);
            while (n < count && (labels[n].length != label.length ||
                                 memcmp(labels[n].text, label.text, label.length) != 0))
                n++;
            if (pass == 0 && n == count && !is_text && count < NOTES_MAX) {
                labels[count++] = label;
                t->is_first = true;
            }
            if (pass == 1 && n < count && is_text)
                has_text[n] = true;
            if (pass == 2 && (n == count || !has_text[n])) {
                t->shape = MC__TOKEN_AWAY; /* or it would define a link, and vanish */
                t->end = t->begin + 1;
            }
            t->partner = n + 1;
        }
    }
}

/* Whether no blank line is in the text. */
static bool is_tight(const char *text, size_t length)
{
    mc__slice s = mc__slice_trim((mc__slice){text, length}, " \t\n");
    bool is_blank = false;

    for (size_t i = 0; i < s.length; i++) {
        if (s.text[i] == '\n' && is_blank)
            return false;
        if (!strchr(" \t>", s.text[i]))
            is_blank = s.text[i] == '\n';
    }
    return true;
}

/* A block that text can't go through ends where the next block tag is. */
static void tighten(mc__tokens *tokens)
{
    mc__token *last = NULL;

    for (size_t i = 0; i <= tokens->count; i++) {
        mc__token *t = i < tokens->count ? &tokens->items[i] : NULL;
        bool is_block = t && (t->shape == MC__TOKEN_BLOCK || t->shape == MC__TOKEN_ITEM);

        if (t && !is_block)
            continue;
        if (last) {
            size_t end = t ? t->begin : tokens->length;
            last->is_tight = is_tight(tokens->text + last->end, end - last->end);
        }
        last = t && !t->closes && (t->rule->role == MC__ROLE_ITEM || t->rule->role == MC__ROLE_CELL)
                   ? t
                   : NULL;
    }
}

static bool is_paired(const mc__token *t)
{
    return t->shape == MC__TOKEN_SPAN || t->shape == MC__TOKEN_BLOCK || t->shape == MC__TOKEN_DROP;
}

/* Tags without partner are text. [spoiler] within a line hides words; else it is a block. */
static void settle_tag(const mc__tokens *tokens, mc__token *t)
{
    if (is_paired(t) && t->partner == MC__NO_TOKEN)
        t->shape = MC__TOKEN_NONE;
    if (t->shape != MC__TOKEN_BLOCK || t->rule->role != MC__ROLE_SPOILER || t->closes)
        return;

    mc__token *closing = &tokens->items[t->partner];
    size_t after = mc__skip_blanks(tokens->text, closing->end, tokens->length);
    bool ends_line = after == tokens->length || tokens->text[after] == '\n';
    if (closing->line == t->line && !(t->begins_line && ends_line))
        t->shape = closing->shape = MC__TOKEN_SPAN;
}

void mc__tokens_settle(mc__tokens *tokens)
{
    number_notes(tokens);
    for (size_t i = 0; i < tokens->count; i++)
        settle_tag(tokens, &tokens->items[i]);
    tighten(tokens);
}
