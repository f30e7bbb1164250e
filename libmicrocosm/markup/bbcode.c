/*
 * The tags of BBCode: which there are, and how they are written in the archives of phpBB,
 * vBulletin, XenForo, SMF and MyBB. Calls slice.c.
 */
#include "tokens.h"

#define NAME_MAX_BYTES 12
#define ARGUMENT_MAX 2048 /* bytes behind the name of a tag */
#define VALUE_MAX 4096    /* bytes between tags that mean a link or the like */

enum { ID_MIN = 8, ID_MAX = 10 }; /* characters in the number of a post of phpBB's */

static const char dropped[] =
    "color size big glow shadow font indent background face move marquee anchor bdo ltr rtl float "
    "caption black blue green red white user mention member";

static const mc__tag_rule rules[] = {
    {"b", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_STRONG, NULL},
    {"i", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_EM, NULL},
    {"u", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_EM, NULL},
    {"s strike del", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_DEL, NULL},
    {"ins", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_INS, NULL},
    {"small", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_SMALL, NULL},
    {"highlight", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_MARK, NULL},
    {"sub", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_SUB, NULL},
    {"sup", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_SUP, NULL},
    {"kbd", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_KBD, NULL},
    {"abbr acronym", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_ABBR, NULL},
    {"heading", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_STRONG, NULL},
    {"ispoiler", MC__TOKEN_SPAN, MC__ROLE_PLAIN, GUMBO_TAG_SPAN, " class=\"spoiler\""},
    {"url iurl", MC__TOKEN_SPAN, MC__ROLE_LINK, GUMBO_TAG_A, NULL},
    {"email", MC__TOKEN_SPAN, MC__ROLE_EMAIL, GUMBO_TAG_A, NULL},

    {dropped, MC__TOKEN_DROP, MC__ROLE_PLAIN, GUMBO_TAG_UNKNOWN, NULL},
    {"attachment", MC__TOKEN_DROP, MC__ROLE_ATTACHMENT, GUMBO_TAG_UNKNOWN, NULL},

    {"quote", MC__TOKEN_BLOCK, MC__ROLE_QUOTE, GUMBO_TAG_BLOCKQUOTE, NULL},
    {"list ul", MC__TOKEN_BLOCK, MC__ROLE_LIST, GUMBO_TAG_UL, NULL},
    {"ol", MC__TOKEN_BLOCK, MC__ROLE_LIST, GUMBO_TAG_OL, NULL},
    {"li", MC__TOKEN_BLOCK, MC__ROLE_ITEM, GUMBO_TAG_LI, NULL},
    {"*", MC__TOKEN_ITEM, MC__ROLE_ITEM, GUMBO_TAG_LI, NULL},
    {"left", MC__TOKEN_BLOCK, MC__ROLE_PLAIN, GUMBO_TAG_DIV, " align=\"left\""},
    {"center", MC__TOKEN_BLOCK, MC__ROLE_PLAIN, GUMBO_TAG_DIV, " align=\"center\""},
    {"right", MC__TOKEN_BLOCK, MC__ROLE_PLAIN, GUMBO_TAG_DIV, " align=\"right\""},
    {"justify", MC__TOKEN_BLOCK, MC__ROLE_PLAIN, GUMBO_TAG_DIV, " align=\"justify\""},
    {"align", MC__TOKEN_BLOCK, MC__ROLE_ALIGN, GUMBO_TAG_DIV, NULL},
    {"table", MC__TOKEN_BLOCK, MC__ROLE_PLAIN, GUMBO_TAG_TABLE, NULL},
    {"tr", MC__TOKEN_BLOCK, MC__ROLE_PLAIN, GUMBO_TAG_TR, NULL},
    {"td", MC__TOKEN_BLOCK, MC__ROLE_CELL, GUMBO_TAG_TD, NULL},
    {"th", MC__TOKEN_BLOCK, MC__ROLE_CELL, GUMBO_TAG_TH, NULL},
    {"spoiler details", MC__TOKEN_BLOCK, MC__ROLE_SPOILER, GUMBO_TAG_DETAILS, NULL},
    {"hr", MC__TOKEN_LISTING, MC__ROLE_RULE, GUMBO_TAG_HR, NULL},

    {"img", MC__TOKEN_WHOLE, MC__ROLE_IMAGE, GUMBO_TAG_IMG, NULL},
    {"attach", MC__TOKEN_WHOLE, MC__ROLE_ATTACHMENT, GUMBO_TAG_A, NULL},
    {"cite", MC__TOKEN_WHOLE, MC__ROLE_CITE, GUMBO_TAG_EM, NULL},
    {"youtube", MC__TOKEN_WHOLE, MC__ROLE_VIDEO, GUMBO_TAG_A, "youtube"},
    {"vimeo", MC__TOKEN_WHOLE, MC__ROLE_VIDEO, GUMBO_TAG_A, "vimeo"},
    {"video media embed audio", MC__TOKEN_WHOLE, MC__ROLE_VIDEO, GUMBO_TAG_A, NULL},

    {"code sourcecode pre", MC__TOKEN_LISTING, MC__ROLE_CODE, GUMBO_TAG_PRE, NULL},
    {"php", MC__TOKEN_LISTING, MC__ROLE_CODE, GUMBO_TAG_PRE, "php"},
    {"html", MC__TOKEN_LISTING, MC__ROLE_CODE, GUMBO_TAG_PRE, "html"},
    {"icode tt", MC__TOKEN_WHOLE, MC__ROLE_CODE, GUMBO_TAG_CODE, NULL},
    {"noparse nobbc plain", MC__TOKEN_WHOLE, MC__ROLE_LITERAL, GUMBO_TAG_UNKNOWN, NULL},
};

/* Only tags of the same name are partners, so each name has its number. */
static bool find_rule(mc__slice name, mc__token *token)
{
    size_t number = 0;

    for (size_t i = 0; i < MC_COUNT(rules); i++) {
        if (mc__slice_find(name, rules[i].names, &number)) {
            token->rule = &rules[i];
            token->name = (uint8_t)number;
            token->shape = rules[i].shape;
            return number < MC__TAG_NAMES_MAX;
        }
    }
    return false;
}

static size_t name_length(const char *text, size_t length)
{
    size_t i = 0;

    if (length > 0 && *text == '*')
        return 1;
    while (i < length && i < NAME_MAX_BYTES && mc__is_letter(text[i]))
        i++;
    return i;
}

/* Where the attributes at `at` end: at the bracket; or end. Brackets in quotes, and those in pairs,
 * are none, if the quote ends. */
static size_t attributes_end(const char *text, size_t end, size_t at)
{
    size_t bound = end - at > ARGUMENT_MAX ? at + ARGUMENT_MAX : end;
    char quote = 0;
    size_t first = end, depth = 0;

    for (; at < bound && text[at] != '\n'; at++) {
        if (text[at] == ']' && first == end && depth == 0)
            first = at;
        if (quote && text[at] == quote && at + 1 < end && strchr("] \t", text[at + 1]))
            quote = 0;
        else if (!quote && (text[at] == '"' || text[at] == '\'') && text[at - 1] == '=')
            quote = text[at];
        if (!quote && text[at] == ']' && depth-- == 0)
            return at;
        depth += !quote && text[at] == '[';
    }
    return first;
}

static bool is_digit_or_lower(char c)
{
    return mc__is_digit(c) || (c >= 'a' && c <= 'z');
}

/* Behind the parts ":1a2b3c4d" that phpBB keeps in its tags, as in [/list:u:1a2b3c4d]; `at` if the
 * last one is too short. */
static size_t skip_phpbb_id(const char *text, size_t end, size_t at)
{
    size_t begin = at, i = at;

    while (i < end && text[i] == ':') {
        for (begin = ++i; i < end && i - begin < ID_MAX && is_digit_or_lower(text[i]);)
            i++;
    }
    return i - begin >= ID_MIN ? i : at;
}

/* The same at the end of an argument, where it must be told from the parts of addresses. */
static mc__slice trim_phpbb_id(mc__slice s)
{
    size_t begin = s.length;
    bool has_digit = false;

    while (begin > 0 && is_digit_or_lower(s.text[begin - 1]))
        has_digit |= mc__is_digit(s.text[--begin]);
    bool is_id = begin > 1 && s.text[begin - 1] == ':' && s.length - begin >= ID_MIN &&
                 s.length - begin <= ID_MAX && (has_digit || s.text[begin - 2] == '"');
    s.length = is_id ? begin - 1 : s.length;
    return s;
}

/* Bytes of the name that an attribute begins with; 0 if no '=' follows it. */
static size_t attribute_name(mc__slice s)
{
    size_t length = 0;

    while (length < s.length && (strchr("-_", s.text[length]) || mc__is_letter(s.text[length])))
        length++;
    return length < s.length && s.text[length] == '=' ? length : 0;
}

/* Bytes of the value that s begins with: up to the next attribute, so that names may have spaces,
 * as in author=Tom B link=topic=1; in quotes, up to those before it. */
static size_t attribute_value(mc__slice s)
{
    char quote = s.length > 1 && strchr("\"'", s.text[0]) ? s.text[0] : 0;

    for (size_t i = 1; i < s.length; i++) {
        bool is_end = s.text[i] == ' ' && (!quote || (s.text[i - 1] == quote && i > 1));

        if (is_end && attribute_name(mc__slice_behind(s, i + 1)) > 0)
            return i;
    }
    return s.length;
}

mc__slice mc__token_attribute(const char *text, const mc__token *token, const char *name)
{
    mc__slice rest = {text + token->attributes, 0};

    if (token->attributes > 0)
        rest.length = token->content - 1 - token->attributes;
    rest = trim_phpbb_id(rest);
    while (rest.length > 0) {
        size_t length = attribute_name(rest);
        bool is_wanted = mc__slice_is((mc__slice){rest.text, length}, name);

        if (length > 0 || rest.text[0] == '=') {
            rest = mc__slice_behind(rest, length + 1);
            mc__slice value = {rest.text, attribute_value(rest)};
            bool is_quoted = value.length > 1 && strchr("\"'", value.text[0]) &&
                             value.text[value.length - 1] == value.text[0];

            rest = mc__slice_behind(rest, value.length);
            if (is_wanted)
                return is_quoted ? (mc__slice){value.text + 1, value.length - 2}
                                 : mc__slice_trim(value, " \t");
        } else {
            rest = mc__slice_behind(rest, 1);
        }
    }
    return (mc__slice){NULL, 0};
}

bool mc__bbcode_read(const char *text, size_t end, size_t at, mc__token *token)
{
    size_t i = at + 1;

    *token = (mc__token){.begin = at, .partner = MC__NO_TOKEN, .previous = MC__NO_TOKEN};
    token->closes = i < end && text[i] == '/';
    i += token->closes;
    size_t name = name_length(text + i, end - i);
    bool is_known = name > 0 && find_rule((mc__slice){text + i, name}, token);
    i = skip_phpbb_id(text, end, i + name);
    if (!is_known || i >= end)
        return false;
    bool is_named = token->shape != MC__TOKEN_SPAN || token->rule->role != MC__ROLE_PLAIN;
    if (!token->closes && (text[i] == '=' || (text[i] == ' ' && is_named))) {
        token->attributes = i;
        i = attributes_end(text, end, i + 1);
        if (i == end || !memchr(text + token->attributes, '=', i - token->attributes))
            return false;
    }
    token->end = token->content = i + 1;
    return i < end && text[i] == ']';
}

size_t mc__token_block_tag(const char *text, size_t length)
{
    mc__token token;

    if (length < 3 || text[0] != '[' || !mc__bbcode_read(text, length, 0, &token))
        return 0;
    return token.shape == MC__TOKEN_BLOCK || token.shape == MC__TOKEN_ITEM ? token.end : 0;
}

bool mc__bbcode_names_host(mc__slice target)
{
    static const char files[] =
        "php html htm asp aspx jsp cgi jpg jpeg gif png webp svg mp3 mp4 pdf doc zip txt";
    mc__slice host = mc__slice_cut(&target, "/?#:");
    size_t ending = host.length;

    while (ending > 0 && host.text[ending - 1] != '.')
        ending--;
    return mc__slice_is_host(host) && !mc__slice_is_among(mc__slice_behind(host, ending), files);
}

bool mc__bbcode_fits(const char *text, const mc__token *token)
{
    mc__slice content = mc__token_content(text, token);
    bool is_verbatim = token->rule->role == MC__ROLE_CODE || token->rule->role == MC__ROLE_LITERAL;

    if (is_verbatim || content.length > VALUE_MAX)
        return is_verbatim;

    mc__slice inside = mc__slice_trim(content, " \t\n");

    switch (token->rule->role) {
    case MC__ROLE_IMAGE:
        return inside.length > 0 && !mc__slice_has(inside, " \t\n<>");
    case MC__ROLE_ATTACHMENT:
        return mc__slice_is_number(inside);
    case MC__ROLE_CITE:
        return inside.length > 0 && !mc__slice_has(content, "\n");
    case MC__ROLE_VIDEO:
        return inside.length > 0 && !mc__slice_has(inside, " \t\n\"<>");
    case MC__ROLE_LINK:
        return (mc__slice_is_address(inside) || mc__bbcode_names_host(inside)) &&
               !mc__slice_has(inside, " \t\n[");
    case MC__ROLE_EMAIL:
        return inside.length > 0 && !mc__slice_has(inside, " \t\n\"<>[");
    default:
        return true;
    }
}
