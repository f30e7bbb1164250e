/*
 * Finds the tokens of a text, in one pass over its lines. Calls lines.c, bbcode.c, settle.c.
 *
 * Only tags that have their partner are tokens in the end: "a[i]" is not the start of italics.
 */
#include "tokens.h"
#include "policy.h"

#define TICKS_MAX 16       /* longest run of backticks that is taken for a mark */
#define OFFICE_TAG_MAX 400 /* bytes in a tag of Word's */

/* Begin and end look different here, so each has its length. */
static const mc__tag_rule spoiler_rule = {"||", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_SPAN,
                                          " class=\"spoiler\""};
static const mc__tag_rule note_rule = {"[^", MC__TOKEN_WHOLE, MC__ROLE_NOTE, GUMBO_TAG_SUP, NULL};
static const mc__tag_rule note_text_rule = {"[^", MC__TOKEN_WHOLE, MC__ROLE_NOTE_TEXT,
                                            GUMBO_TAG_SUP, NULL};
static const mc__tag_rule alert_rule = {"[!", MC__TOKEN_WHOLE, MC__ROLE_ALERT, GUMBO_TAG_STRONG,
                                        NULL};

typedef struct finder {
    mc__tokens *tokens;
    const char *text;
    mc__lines lines;
    mc__line line;
    size_t code_end;                      /* where code ends that began in a line before */
    size_t paragraph_end;                 /* 0: not known */
    bool unpaired[TICKS_MAX + 1];         /* no such run of backticks follows in the paragraph */
    bool in_table;                        /* the line is a row */
    mc__token_shape ruler;                /* what the line at ruler_begin is */
    size_t ruler_begin;                   /* its content */
    size_t innermost[MC__TAG_NAMES_MAX];  /* open tag of each name */
    size_t lists;                         /* that are open */
    mc__token closers[MC__TAG_NAMES_MAX]; /* the next end tag of each name */
    size_t no_target;                     /* what begins before is no target of a link */
    size_t spoilers[2];                   /* open ones: >!x!<, ||x|| */
} finder;

static mc__token *add(finder *f, const mc__token *token)
{
    mc__tokens *t = f->tokens;

    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 32;
        mc__token *items = mc__realloc(t->items, capacity * sizeof(*items));

        if (!items) {
            t->failed = true;
            return NULL;
        }
        t->items = items;
        t->capacity = capacity;
    }
    mc__token *added = &t->items[t->count++];
    *added = *token;
    added->line = f->line.begin;
    added->prefix = f->line.prefix;
    added->has_item = f->line.has_item;
    added->is_in_row =
        f->in_table || (f->line.kind == MC__LINE_HTML && token->begin >= f->line.content);
    added->begins_line = mc__skip_blanks(f->text, f->line.prefix, token->begin) == token->begin;
    return added;
}

static void add_help(finder *f, mc__token_shape shape, size_t begin, size_t end)
{
    mc__token token = {.shape = shape, .begin = begin, .end = end, .partner = MC__NO_TOKEN};

    add(f, &token);
}

/* Notes a tag; a closing one gets the last open tag of its name for partner. */
static void add_tag(finder *f, const mc__token *read)
{
    size_t *innermost = &f->innermost[read->name];
    mc__token *t = add(f, read);

    if (!t)
        return;
    if (!t->closes) {
        t->previous = *innermost;
        *innermost = f->tokens->count - 1;
    } else if (*innermost != MC__NO_TOKEN) {
        mc__token *opening = &f->tokens->items[*innermost];

        t->partner = *innermost;
        *innermost = opening->previous;
        opening->partner = f->tokens->count - 1;
    }
}

static size_t content_end(const finder *f)
{
    size_t end = f->line.end;

    return end > f->line.begin && f->text[end - 1] == '\n' ? end - 1 : end;
}

/* Where a piece of text must end: with its line of a table or of HTML, or with its paragraph. */
static size_t find_text_end(finder *f)
{
    mc__lines ahead = f->lines;
    mc__line line;

    if (f->in_table || f->line.kind != MC__LINE_TEXT)
        return content_end(f);
    if (f->paragraph_end > 0)
        return f->paragraph_end;
    do
        f->paragraph_end = ahead.at;
    while (mc__lines_next(&ahead, &line) && line.kind == MC__LINE_TEXT && line.continues);
    return f->paragraph_end;
}

/* Behind the run of backticks of that length that ends the code, or 0. */
static size_t find_closing_ticks(finder *f, size_t at, size_t ticks)
{
    size_t end = find_text_end(f);

    if (ticks > TICKS_MAX || f->unpaired[ticks])
        return 0;
    while (at < end) {
        const char *place = memchr(f->text + at, '`', end - at);
        if (!place)
            break;

        size_t begin = (size_t)(place - f->text);
        size_t run = mc__run_length(f->text, begin, end, '`');
        at = begin + run;
        if (run == ticks)
            return at;
    }
    if (!f->in_table)
        f->unpaired[ticks] = true;
    return 0;
}

/* The next end tag of that name, at `at` or later; NULL if there is none. */
static const mc__token *find_closer(finder *f, const mc__token *token, size_t at)
{
    mc__token *closer = &f->closers[token->name];
    const char *place = f->text + at;

    for (; closer->begin < at; place += 2) {
        place = memmem(place, f->tokens->length - (size_t)(place - f->text), "[/", 2);
        if (!place) {
            closer->begin = MC__NO_TOKEN;
            break;
        }
        at = (size_t)(place - f->text);
        if (!mc__bbcode_read(f->text, f->tokens->length, at, closer) || closer->name != token->name)
            closer->begin = 0;
    }
    return closer->begin == MC__NO_TOKEN ? NULL : closer;
}

/* Everything up to the end tag, whatever it is. */
static bool find_content(finder *f, mc__token *token)
{
    const mc__token *closer = find_closer(f, token, token->end);

    if (!closer)
        return false;
    token->content_end = closer->begin;
    token->end = closer->end;
    return true;
}

/* [code] within a line is code in text; else it is a block. */
static bool is_within_line(const finder *f, const mc__token *token)
{
    size_t end = mc__skip_blanks(f->text, token->end, f->tokens->length);
    bool ends_line = end == f->tokens->length || f->text[end] == '\n';
    bool begins_line = mc__skip_blanks(f->text, f->line.content, token->begin) == token->begin;

    return !mc__slice_has(mc__token_content(f->text, token), "\n") && (!ends_line || !begins_line);
}

/* Tries to take the tag together with what it has a partner for. */
static bool take_whole(finder *f, mc__token *token)
{
    bool is_link = token->rule->role == MC__ROLE_LINK || token->rule->role == MC__ROLE_EMAIL;

    if (token->closes || (is_link && mc__token_attribute(f->text, token, "").text))
        return false;
    if (!find_content(f, token) || !mc__bbcode_fits(f->text, token))
        return false;
    token->shape = is_link ? MC__TOKEN_WHOLE : token->rule->shape;
    if (token->rule->role == MC__ROLE_CODE && token->shape == MC__TOKEN_LISTING &&
        is_within_line(f, token))
        token->shape = MC__TOKEN_WHOLE;
    if (token->shape == MC__TOKEN_LISTING && token->begin == f->line.content)
        f->in_table = false;
    add(f, token);
    if (token->end > f->line.end) /* the lines inside were not read as such */
        mc__lines_jump(&f->lines, token->end);
    return true;
}

/* "[*]": an item where a list is open, or at the start of a line. Its end tag shows nothing. */
static size_t take_item(finder *f, mc__token *token)
{
    if (f->lists == 0 && (token->closes || token->begin >= f->line.content))
        return token->begin + 1;
    if (f->lists == 0)
        token->shape = MC__TOKEN_BULLET;
    else if (token->closes) /* so does the next item, or the list */
        token->shape = MC__TOKEN_CUT;
    add(f, token);
    return token->end;
}

/* [attachment=12] alone, as MyBB has it. */
static bool take_attachment(finder *f, mc__token *token)
{
    bool is_alone = token->rule->role == MC__ROLE_ATTACHMENT && !token->closes &&
                    mc__slice_is_number(mc__token_attribute(f->text, token, "")) &&
                    !find_closer(f, token, token->end);

    if (is_alone) {
        token->shape = MC__TOKEN_WHOLE;
        token->content_end = token->content;
        add(f, token);
    }
    return is_alone;
}

/* Behind the tag of BBCode at `at`, or just behind the bracket. */
static size_t take_bbcode(finder *f, size_t at, size_t end)
{
    mc__token token;
    size_t tag_end;

    if (!mc__bbcode_read(f->text, end, at, &token))
        return at + 1;
    tag_end = token.end;
    bool is_whole = token.shape == MC__TOKEN_WHOLE || token.shape == MC__TOKEN_LISTING;
    if (token.rule->role == MC__ROLE_RULE) {
        if (token.closes) /* nobody needs it */
            token.shape = MC__TOKEN_CUT;
        add(f, &token);
        return tag_end;
    }
    if (token.shape == MC__TOKEN_ITEM)
        return take_item(f, &token);
    if ((is_whole || token.rule->role == MC__ROLE_LINK || token.rule->role == MC__ROLE_EMAIL) &&
        take_whole(f, &token))
        return token.end;
    if (is_whole)
        return at + 1;
    if (take_attachment(f, &token))
        return tag_end;
    token.end = tag_end;
    if (token.shape == MC__TOKEN_BLOCK)
        f->lines.tags = token.closes ? f->lines.tags - (f->lines.tags > 0) : f->lines.tags + 1;
    if (token.rule->role == MC__ROLE_LIST)
        f->lists = token.closes ? f->lists - (f->lists > 0) : f->lists + 1;
    add_tag(f, &token);
    return tag_end;
}

/* Whether "||" at `at` stands in a word, of which it hides no part: "a||b" is logic. */
static bool is_operator(const char *text, size_t at)
{
    char before = at > 0 ? text[at - 1] : ' ';
    bool is_in_word = mc__is_letter(before) || mc__is_digit(before) || before == '_';
    size_t behind = at + 2 + strcspn(text + at + 2, " \t\n|");

    return before == ')' || (is_in_word && (text[behind] != '|' || text[behind + 1] != '|'));
}

/* ||x|| and >!x!<, with no space inside of the marks. Behind the mark, or at + 1. */
static size_t take_spoiler(finder *f, size_t at, size_t end)
{
    bool is_piped = f->text[at] == '|';
    size_t *open = &f->spoilers[is_piped], index = f->tokens->count;
    bool opens = f->text[at] != '!' && at + 2 < end && !mc__is_blank(f->text[at + 2]) &&
                 !(is_piped && is_operator(f->text, at));
    bool closes = f->text[at] != '>' && *open != MC__NO_TOKEN && at > f->tokens->items[*open].end &&
                  !strchr(" \t\n", f->text[at - 1]);
    mc__token token = {.shape = MC__TOKEN_SPAN,
                       .rule = &spoiler_rule,
                       .closes = closes,
                       .begin = at,
                       .end = at + 2,
                       .partner = closes ? *open : MC__NO_TOKEN};

    if (!opens && !closes)
        return at + 1;
    if (closes)
        f->tokens->items[*open].partner = index;
    *open = closes ? MC__NO_TOKEN : index;
    add(f, &token);
    return at + 2;
}

/* [^label], and [^label]: at the start of a line. Behind it, or at + 1. */
static size_t take_note(finder *f, size_t at, size_t end)
{
    size_t label = mc__note_label(f->text + at, end - at);
    mc__token token = {.shape = MC__TOKEN_WHOLE, .rule = &note_rule, .begin = at};

    if (label == 0)
        return at + 1;
    token.content = at + 2;
    token.content_end = at + label - 1;
    token.end = at + label;
    if (at == f->line.content && token.end < end && f->text[token.end] == ':') {
        token.rule = &note_text_rule;
        token.end++;
        if (f->line.continues)
            add_help(f, MC__TOKEN_BREAK, at, at);
    }
    add(f, &token);
    return token.end;
}

/* [!NOTE] alone on the first line of a quote. */
static size_t take_alert(finder *f, size_t at, size_t end)
{
    mc__slice line = mc__slice_trim((mc__slice){f->text + at, end - at}, " \t");
    bool is_quoted = memchr(f->text + f->line.begin, '>', f->line.prefix - f->line.begin);
    mc__token token = {.shape = MC__TOKEN_WHOLE,
                       .rule = &alert_rule,
                       .begin = at,
                       .end = at + line.length,
                       .content = at + 2,
                       .content_end = at + line.length - 1};

    if (at != f->line.content || f->line.continues || !is_quoted || line.length < 4 ||
        line.text[line.length - 1] != ']' ||
        !mc__slice_is_among(mc__token_content(f->text, &token),
                            "note tip important warning caution"))
        return at + 1;
    add(f, &token);
    return token.end;
}

static size_t take_pipe(finder *f, size_t at, size_t end)
{
    bool is_double = at + 1 < end && f->text[at + 1] == '|';

    if (is_double && f->in_table)
        add_help(f, MC__TOKEN_CELL, at + 1, at + 1);
    return is_double && !f->in_table ? take_spoiler(f, at, end) : at + 1;
}

static size_t take_backslash(finder *f, size_t at, size_t end)
{
    if (f->in_table && at + 1 < end && f->text[at + 1] == '|')
        add_help(f, MC__TOKEN_PIPE, at, at + 2);
    return at + 2;
}

/* Code is left alone, but the cells of a table are told apart before code is. */
static size_t take_ticks(finder *f, size_t at)
{
    size_t ticks = mc__run_length(f->text, at, f->line.end, '`');
    size_t code_end = find_closing_ticks(f, at + ticks, ticks);

    for (size_t i = at; f->in_table && i < code_end; i++) {
        if (f->text[i] == '\\')
            i = take_backslash(f, i, code_end) - 1;
    }
    return code_end ? code_end : at + ticks;
}

/* Whether the '*' before is that of a telephone, an emoji: a variation selector and a frame follow.
 */
static bool is_key(const char *text)
{
    text += strncmp(text, "\xEF\xB8\x8F", 3) == 0 ? 3 : 0;
    return strncmp(text, "\xE2\x83\xA3", 3) == 0;
}

/* Marks of emphasis between punctuation and a letter of a script without spaces begin and end it as
 * they do between letters: there no space tells on which side the word is. Behind them. */
static size_t take_emphasis(finder *f, size_t at, size_t end)
{
    size_t behind = at + mc__run_length(f->text, at, end, f->text[at]);

    if (is_key(f->text + behind)) {
        add_help(f, MC__TOKEN_AWAY, behind - 1, behind);
        return behind;
    }
    size_t before = at > f->line.content ? mc__step_back(f->text, at) : at, next = behind;
    uint32_t left = before < at ? mc__utf8_next(f->text, at, &before) : ' ';
    uint32_t right = next < end ? mc__utf8_next(f->text, end, &next) : ' ';

    if (mc__char_is_punctuation(left) && mc__char_is_spaceless(right))
        add_help(f, MC__TOKEN_GUARD, at, at);
    if (mc__char_is_spaceless(left) && mc__char_is_punctuation(right))
        add_help(f, MC__TOKEN_GUARD, behind, behind);
    return behind;
}

/* Where a link of Markdown leads is left alone. Behind it, or just behind the bracket. */
static size_t take_target(finder *f, size_t at, size_t end)
{
    size_t depth = 0, i = at + 1;

    if (at < f->no_target)
        return at + 1;
    for (; i < end && (unsigned char)f->text[i] > ' '; i++) {
        depth += f->text[i] == '(';
        if (f->text[i] == ')' && --depth == 0)
            return i + 1;
    }
    f->no_target = i;
    return at + 1;
}

/* What md4c takes for a link but can't lead anywhere: <std::string>, </soap:Body>. Tags of Word's
 * go. Behind what was found, or just behind the bracket. */
static size_t take_false_tag(finder *f, size_t at, size_t end)
{
    mc__slice rest = {f->text + at + 1, end - at - 1};
    size_t bound = end - at > OFFICE_TAG_MAX ? at + OFFICE_TAG_MAX : end;
    const char *bracket =
        mc__element_is_office(rest) ? memchr(rest.text, '>', bound - at - 1) : NULL;

    if (bracket) {
        add_help(f, MC__TOKEN_CUT, at, (size_t)(bracket - f->text) + 1);
        return (size_t)(bracket - f->text) + 1;
    }
    mc__slice scheme = mc__slice_cut(&rest, ": <>\"");
    if (rest.length > 0 && rest.text[0] == ':' && !mc__slice_is_among(scheme, "http https mailto"))
        add_help(f, MC__TOKEN_AWAY, at, at + 1);
    return at + 1;
}

static size_t take(finder *f, size_t at, size_t end)
{
    char next = at + 1 < end ? f->text[at + 1] : 0;

    switch (f->text[at]) {
    case '*':
        return take_emphasis(f, at, end);
    case '`':
        return take_ticks(f, at);
    case '\\':
        return take_backslash(f, at, end);
    case '[':
        return next == '^'   ? take_note(f, at, end)
               : next == '!' ? take_alert(f, at, end)
                             : take_bbcode(f, at, end);
    case ']':
        return next == '(' && !f->in_table ? take_target(f, at, end) : at + 1;
    case '|':
        return take_pipe(f, at, end);
    case '<':
        return take_false_tag(f, at, end);
    case '>':
        return next == '!' ? take_spoiler(f, at, end) : at + 1;
    case '!':
        return next == '<' ? take_spoiler(f, at, end) : at + 1;
    default:
        return at + 1;
    }
}

static void find_between(finder *f, size_t at, size_t end)
{
    if (at < f->code_end)
        at = f->code_end;
    while (at < end && !f->tokens->failed) {
        at += strcspn(f->text + at, "*`\\[]|<>!\n");
        if (at < end)
            at = take(f, at, end);
    }
    f->code_end = at;
}

/* Whether the line at `at` might be a ruler, which most are not. */
static bool may_be_ruler(const char *text, size_t at)
{
    at += strspn(text + at, " \t>");
    return text[at] != '\0' && strchr("|:-", text[at]);
}

/* A table begins with a line of names and one of dashes, of the same number of cells. */
static void look_for_table(finder *f)
{
    mc__lines ahead = f->lines;
    mc__line ruler;
    const char *text = f->text;

    if (!may_be_ruler(text, ahead.at) || f->line.content < f->code_end ||
        !mc__lines_next(&ahead, &ruler) || ruler.kind != MC__LINE_TEXT || !ruler.continues)
        return;

    size_t columns = mc__table_ruler(text + ruler.content, ruler.end - ruler.content);
    if (columns == 0)
        return;
    size_t cells = mc__table_cells(text + f->line.content, content_end(f) - f->line.content);
    if (cells == columns && f->line.continues)
        add_help(f, MC__TOKEN_BREAK, f->line.content, f->line.content);
    f->in_table = cells == columns;
    f->ruler = f->in_table ? MC__TOKEN_RULER : MC__TOKEN_AWAY;
    f->ruler_begin = ruler.content;
}

/* The ruler may have become part of a block of code that begins in the line before. */
static bool take_ruler(finder *f)
{
    mc__token_shape shape = f->ruler;

    f->ruler = MC__TOKEN_NONE;
    if (f->line.content != f->ruler_begin) {
        f->in_table = false;
        return false;
    }
    add_help(f, shape, f->line.content,
             shape == MC__TOKEN_RULER ? content_end(f) : f->line.content + 1);
    return true;
}

/* Blocks end a table, but md4c takes some for rows. */
static void end_table(finder *f)
{
    bool is_clear = f->line.has_item || f->text[f->line.content] == '='; /* to md4c as well */

    if (f->in_table && f->line.kind != MC__LINE_BLANK && !is_clear)
        add_help(f, MC__TOKEN_BREAK, f->line.prefix, f->line.prefix);
    f->in_table = false;
}

static void find_in_paragraph(finder *f)
{
    if (!f->line.continues) {
        end_table(f);
        f->paragraph_end = 0;
        f->code_end = 0;
        f->spoilers[0] = f->spoilers[1] = MC__NO_TOKEN;
        memset(f->unpaired, 0, sizeof(f->unpaired));
    }
    if (f->in_table)
        f->spoilers[0] = f->spoilers[1] = MC__NO_TOKEN;
    if (f->line.is_false_mark)
        add_help(f, MC__TOKEN_GUARD, f->line.content, f->line.content);
    if (f->ruler != MC__TOKEN_NONE && take_ruler(f))
        return;
    if (!f->in_table)
        look_for_table(f);
    find_between(f, f->line.prefix,
                 content_end(f)); /* with the tags that lines.c took for containers */
}

/* Tags may stand before HTML or a fence, and behind a fence. */
static void find_in_line(finder *f)
{
    if (f->line.indent > 0)
        add_help(f, MC__TOKEN_CUT, f->line.begin - f->line.indent, f->line.begin);
    if (f->line.kind == MC__LINE_TEXT) {
        find_in_paragraph(f);
        return;
    }
    end_table(f);
    f->code_end = 0;
    f->spoilers[0] = f->spoilers[1] = MC__NO_TOKEN;
    if (f->line.content > f->line.prefix)
        find_between(f, f->line.prefix, f->line.content);
    if (f->line.kind == MC__LINE_HTML)
        find_between(f, f->line.content, content_end(f));
    if (f->line.tail > 0) {
        find_between(f, f->line.tail, content_end(f));
        if (mc__skip_blanks(f->text, f->line.tail, content_end(f)) == content_end(f))
            add_help(f, MC__TOKEN_CUT, f->line.tail, content_end(f));
    }
}

/* The text must have a NUL behind it. */
int mc__tokens_find(mc__tokens *tokens, const char *text, size_t length)
{
    finder f = {.tokens = tokens,
                .text = text,
                .lines = {.text = text, .length = length},
                .spoilers = {MC__NO_TOKEN, MC__NO_TOKEN}};

    *tokens = (mc__tokens){.text = text, .length = length};
    for (size_t i = 0; i < MC__TAG_NAMES_MAX; i++)
        f.innermost[i] = MC__NO_TOKEN;
    if (text[strcspn(text, "*[|`~>")] == '\0' && !strstr(text, "\n-- \n"))
        return 0; /* nothing that any token has in it */
    while (!tokens->failed && mc__lines_next(&f.lines, &f.line))
        find_in_line(&f);
    mc__tokens_settle(tokens);
    return tokens->failed ? MC_ENOMEM : 0;
}

void mc__tokens_release(mc__tokens *tokens)
{
    mc__free(tokens->items);
    *tokens = (mc__tokens){0};
}
