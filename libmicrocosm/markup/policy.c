/*
 * The tables of what is allowed. Calls slice.c and gumbo's list of element names.
 */
#include "policy.h"

/* Groups of elements that share attributes, beside the flags in policy.h. */
enum {
    ANY = 1u << 8,
    A = 1u << 9,
    AREA = 1u << 10,
    IMG = 1u << 11,
    CITING = 1u << 12,
    TIMED = 1u << 13,
    DETAILS = 1u << 14,
    LIST = 1u << 15,
    ITEM = 1u << 16,
    TABLE = 1u << 17,
    TABLE_PART = 1u << 18,
    CELL = 1u << 19,
    COLUMN = 1u << 20,
    MAP = 1u << 21,
    METER = 1u << 22,
    PROGRESS = 1u << 23,
    CLASSED = 1u << 24,
    DIV = 1u << 25,
    INPUT = 1u << 26
};

enum { TEXT = MC__KEPT | ANY, BLOCK = TEXT | MC__BLOCK, PART = BLOCK | TABLE_PART };

static const uint32_t elements[GUMBO_TAG_LAST] = {
    [GUMBO_TAG_A] = TEXT | A,
    [GUMBO_TAG_ABBR] = TEXT | MC__NAME,
    [GUMBO_TAG_ACRONYM] = TEXT | MC__NAME,
    [GUMBO_TAG_AREA] = TEXT | MC__VOID | AREA,
    [GUMBO_TAG_ARTICLE] = BLOCK,
    [GUMBO_TAG_ASIDE] = BLOCK,
    [GUMBO_TAG_B] = TEXT,
    [GUMBO_TAG_BDI] = TEXT,
    [GUMBO_TAG_BDO] = TEXT,
    [GUMBO_TAG_BLOCKQUOTE] = BLOCK | CITING,
    [GUMBO_TAG_BR] = TEXT | MC__VOID,
    [GUMBO_TAG_CAPTION] = PART,
    [GUMBO_TAG_CITE] = TEXT | MC__NAME,
    [GUMBO_TAG_CODE] = TEXT | CLASSED,
    [GUMBO_TAG_COL] = PART | MC__VOID | COLUMN,
    [GUMBO_TAG_COLGROUP] = PART | COLUMN,
    [GUMBO_TAG_DD] = BLOCK,
    [GUMBO_TAG_DEL] = TEXT | CITING | TIMED,
    [GUMBO_TAG_DETAILS] = BLOCK | DETAILS,
    [GUMBO_TAG_DFN] = TEXT,
    [GUMBO_TAG_DIV] = BLOCK | DIV,
    [GUMBO_TAG_DL] = BLOCK,
    [GUMBO_TAG_DT] = BLOCK,
    [GUMBO_TAG_EM] = TEXT,
    [GUMBO_TAG_FIGCAPTION] = BLOCK,
    [GUMBO_TAG_FIGURE] = BLOCK,
    [GUMBO_TAG_H1] = BLOCK,
    [GUMBO_TAG_H2] = BLOCK,
    [GUMBO_TAG_H3] = BLOCK,
    [GUMBO_TAG_H4] = BLOCK,
    [GUMBO_TAG_H5] = BLOCK,
    [GUMBO_TAG_H6] = BLOCK,
    [GUMBO_TAG_HGROUP] = BLOCK,
    [GUMBO_TAG_HR] = BLOCK | MC__VOID,
    [GUMBO_TAG_I] = TEXT,
    [GUMBO_TAG_IMG] = TEXT | MC__VOID | IMG,
    [GUMBO_TAG_INPUT] = TEXT | MC__VOID | INPUT,
    [GUMBO_TAG_INS] = TEXT | CITING | TIMED,
    [GUMBO_TAG_KBD] = TEXT | MC__NAME,
    [GUMBO_TAG_LI] = BLOCK | ITEM,
    [GUMBO_TAG_MAP] = TEXT | MAP,
    [GUMBO_TAG_MARK] = TEXT,
    [GUMBO_TAG_METER] = TEXT | METER,
    [GUMBO_TAG_OL] = BLOCK | LIST,
    [GUMBO_TAG_P] = BLOCK,
    [GUMBO_TAG_PRE] = BLOCK,
    [GUMBO_TAG_PROGRESS] = TEXT | PROGRESS,
    [GUMBO_TAG_Q] = TEXT | CITING,
    [GUMBO_TAG_RP] = TEXT,
    [GUMBO_TAG_RT] = TEXT,
    [GUMBO_TAG_RUBY] = TEXT,
    [GUMBO_TAG_S] = TEXT,
    [GUMBO_TAG_SAMP] = TEXT | MC__NAME,
    [GUMBO_TAG_SECTION] = BLOCK,
    [GUMBO_TAG_SMALL] = TEXT,
    [GUMBO_TAG_SPAN] = TEXT | CLASSED,
    [GUMBO_TAG_STRIKE] = TEXT,
    [GUMBO_TAG_STRONG] = TEXT,
    [GUMBO_TAG_SUB] = TEXT,
    [GUMBO_TAG_SUMMARY] = BLOCK,
    [GUMBO_TAG_SUP] = TEXT,
    [GUMBO_TAG_TABLE] = PART | TABLE,
    [GUMBO_TAG_TBODY] = PART,
    [GUMBO_TAG_TD] = PART | CELL,
    [GUMBO_TAG_TFOOT] = PART,
    [GUMBO_TAG_TH] = PART | CELL,
    [GUMBO_TAG_THEAD] = PART,
    [GUMBO_TAG_TIME] = TEXT | TIMED,
    [GUMBO_TAG_TR] = PART,
    [GUMBO_TAG_TT] = TEXT | MC__NAME,
    [GUMBO_TAG_U] = TEXT,
    [GUMBO_TAG_UL] = BLOCK | LIST,
    [GUMBO_TAG_VAR] = TEXT | MC__NAME,
    [GUMBO_TAG_WBR] = TEXT | MC__VOID,

    [GUMBO_TAG_APPLET] = MC__UNSEEN,
    [GUMBO_TAG_FRAMESET] = MC__UNSEEN,
    [GUMBO_TAG_IFRAME] = MC__UNSEEN,
    [GUMBO_TAG_NOEMBED] = MC__UNSEEN,
    [GUMBO_TAG_NOFRAMES] = MC__UNSEEN,
    [GUMBO_TAG_NOSCRIPT] = MC__UNSEEN,
    [GUMBO_TAG_OBJECT] = MC__UNSEEN,
    [GUMBO_TAG_SCRIPT] = MC__UNSEEN,
    [GUMBO_TAG_STYLE] = MC__UNSEEN,
    [GUMBO_TAG_TEMPLATE] = MC__UNSEEN,
};

typedef struct rule {
    const char *name;
    mc__value_kind kind;
    uint32_t groups;
} rule;

static const rule rules[] = {
    {"abbr", MC__VALUE_TITLE, CELL},
    {"align", MC__VALUE_ALIGN, IMG | TABLE_PART | DIV},
    {"alt", MC__VALUE_TEXT, IMG | AREA},
    {"checked", MC__VALUE_SWITCH, INPUT},
    {"cite", MC__VALUE_CITE, CITING},
    {"class", MC__VALUE_CLASS, CLASSED},
    {"colspan", MC__VALUE_INTEGER, CELL},
    {"coords", MC__VALUE_NUMBERS, AREA},
    {"datetime", MC__VALUE_TIME, TIMED},
    {"dir", MC__VALUE_DIRECTION, ANY},
    {"headers", MC__VALUE_NAMES, CELL},
    {"height", MC__VALUE_SIZE, IMG | TABLE_PART},
    {"high", MC__VALUE_NUMBER, METER},
    {"href", MC__VALUE_LINK, A | AREA},
    {"id", MC__VALUE_ID, ANY},
    {"lang", MC__VALUE_LANGUAGE, ANY},
    {"low", MC__VALUE_NUMBER, METER},
    {"max", MC__VALUE_NUMBER, METER | PROGRESS},
    {"min", MC__VALUE_NUMBER, METER},
    {"name", MC__VALUE_NAME, MAP},
    {"open", MC__VALUE_SWITCH, DETAILS},
    {"optimum", MC__VALUE_NUMBER, METER},
    {"rowspan", MC__VALUE_INTEGER, CELL},
    {"scope", MC__VALUE_SCOPE, CELL},
    {"shape", MC__VALUE_SHAPE, AREA},
    {"span", MC__VALUE_INTEGER, COLUMN},
    {"src", MC__VALUE_IMAGE, IMG},
    {"summary", MC__VALUE_TITLE, TABLE},
    {"title", MC__VALUE_TITLE, ANY},
    {"type", MC__VALUE_INPUT_TYPE, INPUT},
    {"type", MC__VALUE_LIST_TYPE, LIST | ITEM},
    {"usemap", MC__VALUE_FRAGMENT, IMG},
    {"valign", MC__VALUE_ALIGN, TABLE_PART},
    {"value", MC__VALUE_INTEGER, ITEM},
    {"value", MC__VALUE_NUMBER, METER | PROGRESS},
    {"width", MC__VALUE_SIZE, IMG | TABLE_PART},
};

unsigned mc__element_flags(GumboTag tag)
{
    return tag < GUMBO_TAG_LAST ? elements[tag] & 0xFF : 0;
}

GumboTag mc__element_find(mc__slice name)
{
    char lower[16]; /* no element that matters has a longer name */

    if (name.length > sizeof(lower))
        return GUMBO_TAG_UNKNOWN;
    for (size_t i = 0; i < name.length; i++) { /* gumbo would lower-case by the host's locale */
        char c = name.text[i];

        if (!mc__is_letter(c) && !mc__is_digit(c))
            return GUMBO_TAG_UNKNOWN;
        lower[i] = (char)(mc__is_letter(c) ? c | 0x20 : c);
    }
    return gumbo_tagn_enum(lower, (unsigned)name.length);
}

bool mc__element_is_office(mc__slice name)
{
    mc__slice prefix = mc__slice_cut(&name, ":<> ");

    if (mc__slice_begins(prefix, "/"))
        prefix = mc__slice_behind(prefix, 1);
    return mc__slice_begins(name, ":") && mc__slice_is_among(prefix, "o st1 v w");
}

mc__value_kind mc__attribute_kind(GumboTag tag, mc__slice name)
{
    uint32_t groups = tag < GUMBO_TAG_LAST ? elements[tag] : 0;

    for (size_t i = 0; i < MC_COUNT(rules); i++) {
        if ((rules[i].groups & groups) && mc__slice_is(name, rules[i].name))
            return rules[i].kind;
    }
    return MC__VALUE_NONE;
}

/* Whether a text has 1 to max characters, all letters, digits or among the others given. */
static bool consists_of(const char *text, size_t max, const char *others)
{
    size_t i = 0;

    for (; text[i]; i++) {
        if (i >= max ||
            !(mc__is_digit(text[i]) || mc__is_letter(text[i]) || strchr(others, text[i])))
            return false;
    }
    return i > 0;
}

/* The same for letters of all scripts, in up to max bytes. */
static bool is_name(const char *text, size_t max)
{
    size_t length = strlen(text);

    for (size_t at = 0; at < length;) {
        uint32_t c = mc__utf8_next(text, length, &at);

        if (!mc__char_is_word(c) && c != '-' && c != '.')
            return false;
    }
    return length > 0 && length <= max;
}

static bool is_integer(const char *text, const char *ending)
{
    size_t digits = 0;

    while (mc__is_digit(text[digits]))
        digits++;
    if (digits == 0 ||
        digits > 5) /* nothing on a page is that large, and some browsers would try */
        return false;
    return text[digits] == '\0' || strcmp(text + digits, ending) == 0;
}

static bool is_number(const char *text)
{
    size_t digits = 0, points = 0;

    for (text += *text == '-' || *text == '+'; *text; text++) {
        digits += mc__is_digit(*text);
        points += *text == '.';
        if (!mc__is_digit(*text) && *text != '.')
            return false;
    }
    return digits > 0 && digits <= 20 && points <= 1;
}

static bool is_title(const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at < length;) {
        uint32_t c = mc__utf8_next(text, length, &at);

        if (!mc__char_is_letter(c) && !mc__char_is_space(c) &&
            !(c < 0x80 && strchr("-_',[]!./\\()", (int)c)))
            return false;
    }
    return true;
}

/* A class means what a page's style sheet makes of it, so only those that we write ourselves. */
static bool is_class(const char *text)
{
    static const char language[] = "language-";

    if (strncmp(text, language, sizeof(language) - 1) == 0)
        return consists_of(text + sizeof(language) - 1, 30, "-_+#.");
    return strcmp(text, "spoiler") == 0;
}

/* Kinds of which the values are some words. */
static const char *const words[] = {
    [MC__VALUE_DIRECTION] = "ltr rtl auto",
    [MC__VALUE_ALIGN] = ("left right center justify char top middle bottom baseline texttop "
                         "absmiddle absbottom"),
    [MC__VALUE_SCOPE] = "row col rowgroup colgroup",
    [MC__VALUE_SHAPE] = "default circle rect poly",
    [MC__VALUE_LIST_TYPE] = "circle disc square a i 1",
    [MC__VALUE_SWITCH] = " open checked", /* or nothing */
    [MC__VALUE_INPUT_TYPE] = "checkbox",
};

bool mc__value_fits(mc__value_kind kind, const char *value)
{
    if (kind < MC_COUNT(words) && words[kind])
        return mc__slice_is_among(mc__slice_of(value), words[kind]);
    switch (kind) {
    case MC__VALUE_TEXT:
        return true;
    case MC__VALUE_TITLE:
        return is_title(value);
    case MC__VALUE_ID:
    case MC__VALUE_NAME:
        return is_name(value, 100);
    case MC__VALUE_NAMES:
        return consists_of(value, 300, "-_. ");
    case MC__VALUE_FRAGMENT:
        return value[0] == '#' && is_name(value + 1, 100);
    case MC__VALUE_LANGUAGE:
        return consists_of(value, 35, "-");
    case MC__VALUE_INTEGER:
        return is_integer(value, "");
    case MC__VALUE_SIZE:
        return is_integer(value, "%");
    case MC__VALUE_NUMBER:
        return is_number(value);
    case MC__VALUE_NUMBERS:
        return strspn(value, "0123456789,. -") == strlen(value);
    case MC__VALUE_TIME:
        return consists_of(value, 40, "-:.+ ");
    case MC__VALUE_CLASS:
        return is_class(value);
    default:
        return false;
    }
}
