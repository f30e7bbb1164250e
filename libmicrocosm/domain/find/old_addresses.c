/* See old_addresses.h. A form of another product is one line of a table here. */
#include "old_addresses.h"

#include "record/record.h"

#define PAGE 25 /* things on a page, if the client asks for no other number */

/* Where the number of the page is in an address. */
typedef enum paging {
    NO_PAGES,
    PAGE_IN_QUERY,  /* page=3 */
    START_IN_QUERY, /* start=50: the number of the first one */
    PAGE_IN_PATH,   /* the second number of the path */
    POST_IN_PATH    /* the same, but the number of a comment */
} paging;

/*
 * The end of a path, in which # is a number, * anything but a slash, ~ a lower-case letter or 0,
 * and @ a name. A form with a slash in front begins at one. A form with a question mark is compared
 * with the query as well. Of several that fit, the first counts.
 */
typedef struct old_form {
    const char *path;
    const char *parameter; /* of the query: the id. NULL: it is the first number of the path */
    mc_item_type item_type;
    paging paging;
    const char *action;
    bool is_newest;
} old_form;

typedef struct known_product {
    const char *name;
    int64_t comments_per_page;
    const old_form *forms;
    size_t count;
} known_product;

#define ANY ""
#define IN_CONTEXT "incontext"

static const old_form vbulletin[] = {
    {ANY, "f", MC_ITEM_MICROCOSM, PAGE_IN_QUERY, "", false},
    {ANY, "forumid", MC_ITEM_MICROCOSM, PAGE_IN_QUERY, "", false},
    {ANY, "p", MC_ITEM_COMMENT, NO_PAGES, "", false},
    {ANY, "pmid", MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {ANY, "postid", MC_ITEM_COMMENT, NO_PAGES, "", false},
    {ANY, "t", MC_ITEM_CONVERSATION, PAGE_IN_QUERY, "", false},
    {ANY, "threadid", MC_ITEM_CONVERSATION, PAGE_IN_QUERY, "", false},
    {ANY, "u", MC_ITEM_PROFILE, NO_PAGES, "", false},
    {ANY, "userid", MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"lastpostinthread#.html", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"newpostinthread#.html", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"printthread#-#.html", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"thread#.html", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"thread#-#.html", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"post#-#.html", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"post#.html", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"forum#-#.html", NULL, MC_ITEM_MICROCOSM, PAGE_IN_PATH, "", false},
    {"forum#.html", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"announcement#*", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"memberslist/~#.html", NULL, MC_ITEM_PROFILE, NO_PAGES, "search", false},
    {"member#*.html", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"attachments/#d#-*", NULL, MC_ITEM_ATTACHMENT, NO_PAGES, "", false},
    {"memberslist", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"online.php", NULL, MC_ITEM_PROFILE, NO_PAGES, "online", false},
    {"private.php", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"subscription.php", NULL, MC_ITEM_UPDATE, NO_PAGES, "", false},
    {"usercp.php", NULL, MC_ITEM_UPDATE, NO_PAGES, "", false},
    /* of version 4 */
    {"/showthread.php?#*/page#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"/showthread.php?#*", NULL, MC_ITEM_CONVERSATION, PAGE_IN_QUERY, "", false},
    {"/showthread.php/#*/page#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"/showthread.php/#*", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/threads/#*/page#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"/threads/#*", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/forumdisplay.php?#*/page#", NULL, MC_ITEM_MICROCOSM, PAGE_IN_PATH, "", false},
    {"/forumdisplay.php?#*", NULL, MC_ITEM_MICROCOSM, PAGE_IN_QUERY, "", false},
    {"/forumdisplay.php/#*/page#", NULL, MC_ITEM_MICROCOSM, PAGE_IN_PATH, "", false},
    {"/forumdisplay.php/#*", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/forums/#*/page#", NULL, MC_ITEM_MICROCOSM, PAGE_IN_PATH, "", false},
    {"/forums/#*", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/member.php?#*", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/member.php/#*", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/members/#*", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
};

static const old_form phpbb[] = {
    {"/viewtopic.php", "p", MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/viewtopic.php", "t", MC_ITEM_CONVERSATION, START_IN_QUERY, "", false},
    {"/viewforum.php", "f", MC_ITEM_MICROCOSM, START_IN_QUERY, "", false},
    {"/download/file.php", "id", MC_ITEM_ATTACHMENT, NO_PAGES, "", false},
    {"/memberlist.php", "u", MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/memberlist.php", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/viewonline.php", NULL, MC_ITEM_PROFILE, NO_PAGES, "online", false},
    {"/ucp.php", "p", MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/ucp.php", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/app.php/post/#", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    /* with readable addresses */
    {"/post#.html", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/topic#.html", NULL, MC_ITEM_CONVERSATION, START_IN_QUERY, "", false},
    {"/topic#-#.html", NULL, MC_ITEM_CONVERSATION, POST_IN_PATH, "", false},
    {"/forum#.html", NULL, MC_ITEM_MICROCOSM, START_IN_QUERY, "", false},
    {"/*-t#.html", NULL, MC_ITEM_CONVERSATION, START_IN_QUERY, "", false},
    {"/*-t#-#.html", NULL, MC_ITEM_CONVERSATION, POST_IN_PATH, "", false},
    {"/*-f#", NULL, MC_ITEM_MICROCOSM, START_IN_QUERY, "", false},
    {"/member#.html", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
};

static const old_form discourse[] = {
    {"/t/*/#/#", NULL, MC_ITEM_CONVERSATION, POST_IN_PATH, "", false},
    {"/t/#/#", NULL, MC_ITEM_CONVERSATION, POST_IN_PATH, "", false},
    {"/t/*/#/last", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/t/#/last", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/t/*/#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_QUERY, "", false},
    {"/t/#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_QUERY, "", false},
    {"/p/#", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/p/#/*", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/c/*/*/*/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/c/*/*/*/#/l/*", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/c/*/*/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/c/*/*/#/l/*", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/c/*/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/c/*/#/l/*", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/c/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/u/@", NULL, MC_ITEM_PROFILE, NO_PAGES, "search", false},
    {"/u/@/*", NULL, MC_ITEM_PROFILE, NO_PAGES, "search", false},
    {"/u", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/users/@", NULL, MC_ITEM_PROFILE, NO_PAGES, "search", false},
    {"/users/@/*", NULL, MC_ITEM_PROFILE, NO_PAGES, "search", false},
};

static const old_form xenforo[] = {
    {"/goto/post", "id", MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/threads/*/post-#", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/posts/#", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/threads/*.#/page-#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"/threads/#/page-#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"/threads/*.#/unread", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/threads/*.#/latest", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/threads/*.#", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/threads/#", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/threads/#/unread", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/threads/#/latest", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/categories/*.#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/categories/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/forums/*.#/page-#", NULL, MC_ITEM_MICROCOSM, PAGE_IN_PATH, "", false},
    {"/forums/*.#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/forums/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/members/*.#", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/members/#", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/members", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/online", NULL, MC_ITEM_PROFILE, NO_PAGES, "online", false},
    {"/conversations/*.#", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/conversations/#", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/conversations", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/direct-messages/*.#", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/direct-messages/#", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/direct-messages", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/attachments/*.#", NULL, MC_ITEM_ATTACHMENT, NO_PAGES, "", false},
    /* without readable addresses */
    {"/index.php?threads/*.#/page-#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"/index.php?threads/*.#/unread", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/index.php?threads/*.#/latest", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/index.php?threads/*.#", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/index.php?threads/#", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/index.php?threads/#/page-#", NULL, MC_ITEM_CONVERSATION, PAGE_IN_PATH, "", false},
    {"/index.php?goto/post", "id", MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/index.php?threads/*/post-#", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/index.php?posts/#", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/index.php?forums/*.#/page-#", NULL, MC_ITEM_MICROCOSM, PAGE_IN_PATH, "", false},
    {"/index.php?forums/*.#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/index.php?forums/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/index.php?categories/*.#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/index.php?members/*.#", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/index.php?members/#", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/index.php?conversations/*.#", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/index.php?direct-messages/*.#", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/index.php?attachments/*.#", NULL, MC_ITEM_ATTACHMENT, NO_PAGES, "", false},
};

/* Another site of this kind, as clients and the API itself spell its addresses. Items of all kinds
 * have one sequence of ids. */
static const old_form microcosm[] = {
    {"/comments/#/incontext", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/comments/#", NULL, MC_ITEM_COMMENT, NO_PAGES, IN_CONTEXT, false},
    {"/conversations/#/newest", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/events/#/newest", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/polls/#/newest", NULL, MC_ITEM_CONVERSATION, NO_PAGES, IN_CONTEXT, true},
    {"/conversations/#", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/events/#", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/polls/#", NULL, MC_ITEM_CONVERSATION, NO_PAGES, "", false},
    {"/microcosms/#", NULL, MC_ITEM_MICROCOSM, NO_PAGES, "", false},
    {"/profiles/#", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/huddles/#", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/profiles", NULL, MC_ITEM_PROFILE, NO_PAGES, "", false},
    {"/huddles", NULL, MC_ITEM_HUDDLE, NO_PAGES, "", false},
    {"/updates", NULL, MC_ITEM_UPDATE, NO_PAGES, "", false},
};

#define FORMS(table) table, MC_COUNT(table)

static const known_product products[] = {
    {"vbulletin", 50, FORMS(vbulletin)}, {"phpbb", 10, FORMS(phpbb)},
    {"discourse", 20, FORMS(discourse)}, {"xenforo", 20, FORMS(xenforo)},
    {"microcosm", 25, FORMS(microcosm)},
};

size_t mc__product_count(void)
{
    return MC_COUNT(products);
}

const char *mc__product_at(size_t i)
{
    return products[i].name;
}

bool mc__product_is_known(const char *name)
{
    for (size_t i = 0; i < MC_COUNT(products); i++)
        if (strcmp(products[i].name, name) == 0)
            return true;
    return false;
}

/* An address in its parts. */
typedef struct parts {
    const char *path;  /* with the query behind it */
    size_t length;     /* of the path alone, without a slash at its end */
    const char *query; /* "" if there is none */
} parts;

/* What a form has found in a path. */
typedef struct captured {
    int64_t numbers[2];
    int count;
    const char *name;
    size_t name_length;
} captured;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads a positive number of a text; 0: it is none, or too large. */
static int64_t read_number(const char *text, size_t length)
{
    int64_t number = 0;

    if (length == 0 || length > 18)
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return 0;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

static bool fits(captured *out, const char *form, const char *text, const char *end);

/* All lengths for what * stands for, the shortest first. */
static bool fits_anything(captured *out, const char *form, const char *text, const char *end)
{
    for (const char *next = text;; next++) {
        captured tried = *out;

        if (fits(&tried, form + 1, next, end)) {
            *out = tried;
            return true;
        }
        if (next == end || *next == '/')
            return false;
    }
}

static bool take_number(captured *out, const char **text, const char *end)
{
    const char *from = *text;

    while (*text < end && is_digit(**text))
        (*text)++;
    if (out->count == MC_COUNT(out->numbers))
        return false;
    out->numbers[out->count] = read_number(from, (size_t)(*text - from));
    return out->numbers[out->count++] > 0;
}

static bool take_name(captured *out, const char **text, const char *end)
{
    out->name = *text;
    while (*text < end && **text != '/')
        (*text)++;
    out->name_length = (size_t)(*text - out->name);
    return out->name_length > 0;
}

static bool take_letter(captured *out, const char **text, const char *end)
{
    const char *letter = *text;

    if (letter == end || (*letter != '0' && !(*letter >= 'a' && *letter <= 'z')))
        return false;
    out->name = letter;
    out->name_length = 1;
    ++*text;
    return true;
}

static bool fits(captured *out, const char *form, const char *text, const char *end)
{
    for (; *form; form++) {
        if (*form == '*')
            return fits_anything(out, form, text, end);
        if (*form == '#') {
            if (!take_number(out, &text, end))
                return false;
        } else if (*form == '@') {
            if (!take_name(out, &text, end))
                return false;
        } else if (*form == '~') {
            if (!take_letter(out, &text, end))
                return false;
        } else if (text == end || *form != *text++) {
            return false;
        }
    }
    return text == end;
}

/* A form is the end of a path. Its place in one is looked for from the left, so each is tried once.
 */
static bool ends_with(captured *out, const char *form, const char *text, const char *end)
{
    for (const char *from = text; from < end; from++) {
        *out = (captured){.name = ""};
        if (fits(out, form, from, end))
            return true;
    }
    return false;
}

/* Where the part of an address ends that a form is compared with. */
static const char *end_of(const parts *address, const char *path)
{
    const char *end = address->path + address->length;

    if (!strchr(path, '?') || !*address->query)
        return end;
    end = address->query + strcspn(address->query, "&");
    return end > address->query && end[-1] == '/' ? end - 1 : end;
}

/* The decoded value of a parameter; NULL: it isn't there. */
static const char *value_of(mc__arena *arena, const parts *address, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = address->query; *at;) {
        size_t part = strcspn(at, "&;");

        if (part > length && strncmp(at, name, length) == 0 && at[length] == '=')
            return mc__form_decode(arena, at + length + 1, part - length - 1);
        at += part + (at[part] != '\0');
    }
    return NULL;
}

static int64_t number_of(mc__arena *arena, const parts *address, const char *name)
{
    const char *value = value_of(arena, address, name);

    return value ? read_number(value, strlen(value)) : 0;
}

/* Pages here begin at multiples of their own length. */
static int64_t offset_of(int64_t first)
{
    return first > 0 && first < INT64_C(1000000000) ? first / PAGE * PAGE : 0;
}

static int64_t page_offset(mc__arena *arena, const parts *address, const known_product *product,
                           const old_form *form, const captured *found)
{
    int64_t each = form->item_type == MC_ITEM_CONVERSATION ? product->comments_per_page : PAGE;
    int64_t page = 0;

    switch (form->paging) {
    case START_IN_QUERY:
        return offset_of(number_of(arena, address, "start"));
    case POST_IN_PATH:
        return offset_of(found->numbers[1] - 1);
    case PAGE_IN_QUERY:
        page = number_of(arena, address, "page");
        break;
    case PAGE_IN_PATH:
        page = found->numbers[1];
        break;
    case NO_PAGES:
        break;
    }
    return page > 1 && page < INT64_C(10000000) ? offset_of((page - 1) * each) : 0;
}

/* A conversation's address may ask for its newest comments. */
static bool wants_newest(mc__arena *arena, const parts *address, const old_form *form)
{
    static const struct {
        const char *parameter, *value;
    } newest[] = {
        {"goto", "newpost"}, {"goto", "lastpost"}, {"view", "unread"}, {"view", "newest"}};

    for (size_t i = 0; form->item_type == MC_ITEM_CONVERSATION && i < MC_COUNT(newest); i++) {
        const char *value = value_of(arena, address, newest[i].parameter);

        if (value && strcmp(value, newest[i].value) == 0)
            return true;
    }
    return false;
}

static bool try_form(mc__old_address *out, mc__arena *arena, const known_product *product,
                     const old_form *form, const parts *address)
{
    captured found = {.name = ""};
    int64_t old_id = 0;

    if (*form->path && !ends_with(&found, form->path, address->path, end_of(address, form->path)))
        return false;
    if (form->parameter)
        old_id = number_of(arena, address, form->parameter);
    else if (strchr(form->path, '#') && strcmp(form->action, "search") != 0)
        old_id = found.numbers[0];
    if (form->parameter && old_id == 0)
        return false;
    *out = (mc__old_address){
        .product = product->name,
        .item_type = form->item_type,
        .old_id = old_id,
        .offset = page_offset(arena, address, product, form, &found),
        .action = form->action,
        .search = mc__arena_copy(arena, found.name, found.name_length),
        .is_newest = form->is_newest || wants_newest(arena, address, form),
    };
    if (out->is_newest)
        out->action = IN_CONTEXT;
    return true;
}

static parts split(mc__arena *arena, const char *url)
{
    const char *host = strstr(url, "://"), *path = url;
    parts out;
    char *copy;

    if (host && host < url + strcspn(url, "/?#") + 1)
        path = host + 3 + strcspn(host + 3, "/?#");
    copy = (char *)mc__arena_copy(arena, path, strcspn(path, "#"));
    out.path = copy ? copy : "";
    out.length = strcspn(out.path, "?");
    out.query = out.path + out.length + (out.path[out.length] != '\0');
    while (out.length > 1 && out.path[out.length - 1] == '/')
        out.length--;
    return out;
}

bool mc__old_address_read(mc__old_address *out, mc__arena *arena, size_t i, const char *url)
{
    const known_product *product = &products[i];
    parts address = split(arena, url);

    for (size_t k = 0; k < product->count && !arena->failed; k++)
        if (try_form(out, arena, product, &product->forms[k], &address))
            return !arena->failed;
    return false;
}
