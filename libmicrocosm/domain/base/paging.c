/* Pages of lists and their links (docs/http/conventions.md#paging). */
#include "paging.h"

#include "handles.h"
#include "links.h"
#include "types.h"

int mc__page_check_limit(mc_page_options *out, mc_session *session, const mc_page_options *options)
{
    mc_page_options defaults = MC_PAGE_OPTIONS_INIT;
    int rc = 0;

    *out = defaults;
    if (options)
        rc = mc__struct_take(&session->problem, out, sizeof(*out), options, "page_options");
    if (rc < 0)
        return rc;
    if (out->limit < 1 || out->limit > 250 || out->limit % 5 != 0)
        return mc__fault(&session->problem, "limit", "must be 5 to 250 and a multiple of 5");
    if (out->order != MC_ORDER_USUAL && out->order != MC_ORDER_NEWEST)
        return mc__fault(&session->problem, "order", "is not known");
    return out->offset < 0 ? mc__page_refuse_offset(session) : 0;
}

int mc__page_refuse_offset(mc_session *session)
{
    return mc__fault(&session->problem, "offset", "must be 0 or a multiple of the limit");
}

int mc__page_check(mc_page_options *out, mc_session *session, const mc_page_options *options)
{
    int rc = mc__page_check_limit(out, session, options);

    return rc == 0 && out->offset % out->limit != 0 ? mc__page_refuse_offset(session) : rc;
}

int mc__page_check_usual(mc_page_options *out, mc_session *session, const mc_page_options *options)
{
    int rc = mc__page_check(out, session, options);

    if (rc == 0 && out->order != MC_ORDER_USUAL)
        rc = mc__fault(&session->problem, "order", "is not offered for this list");
    return rc;
}

static int64_t last_offset(int64_t total, int64_t limit)
{
    return total > 0 ? (total - 1) / limit * limit : 0;
}

int mc__page_fits(mc_session *session, const mc_page_options *options, int64_t total)
{
    if (options->offset > 0 && options->offset >= total)
        return mc__fault(&session->problem, "offset", "is past the last page");
    return 0;
}

typedef struct parameter {
    const char *text; /* key=value as received */
    size_t length;
    bool has_value;
    const char *key; /* decoded */
} parameter;

/* Keys may be written with escapes, so they are compared decoded. */
static bool has_key(const parameter *p, const char *key)
{
    return strcmp(p->key, key) == 0;
}

static bool before(const parameter *a, const parameter *b)
{
    return strcmp(a->key, b->key) < 0;
}

/* Reads the parameter that the text begins with. */
static parameter read_parameter(mc__arena *arena, const char *text)
{
    parameter p = {text, strcspn(text, "&"), false, NULL};
    size_t key_length = strcspn(text, "=&");

    p.has_value = key_length < p.length;
    p.key = mc__form_decode(arena, text, key_length);
    if (!p.key)
        p.key = mc__arena_copy(arena, text, key_length); /* malformed: as it is */
    return p;
}

/* Splits a query into parameters, sorted by key (stable), without access_token and offset. */
static parameter *split_query(mc__arena *arena, const char *query, size_t *count, bool *had_token)
{
    size_t most = 1, n = 0;
    parameter *out;

    for (const char *c = query; *c; c++)
        most += *c == '&';
    out = mc__arena_alloc(arena, most * sizeof(*out));
    for (const char *at = query; out && *at;) {
        parameter p = read_parameter(arena, at);
        size_t i;

        at += p.length + (at[p.length] == '&');
        if (p.length == 0)
            continue;
        if (has_key(&p, "access_token")) {
            *had_token = true;
            continue;
        }
        if (has_key(&p, "offset"))
            continue;
        for (i = n++; i > 0 && before(&p, &out[i - 1]); i--)
            out[i] = out[i - 1];
        out[i] = p;
    }
    *count = out ? n : 0;
    return out;
}

static void put_parameter(mc__text *out, const char *text, size_t length, bool has_value,
                          bool *first)
{
    mc__text_putc(out, *first ? '?' : '&');
    mc__text_append(out, text, length);
    if (!has_value)
        mc__text_putc(out, '=');
    *first = false;
}

static const char *page_href(mc__arena *arena, const char *path, const parameter *parameters,
                             size_t count, int64_t offset)
{
    mc_scratch_text(href);
    char own[sizeof("offset=") + MC_INT_TEXT_SIZE] = "offset=", *end = own + sizeof(own);
    const char *digits = mc__int_format(end, offset);
    parameter offset_parameter = {own, 0, true, "offset"};
    bool first = true, pending = offset > 0;

    offset_parameter.length = sizeof("offset=") - 1 + (size_t)(end - digits);
    memmove(own + sizeof("offset=") - 1, digits, (size_t)(end - digits));
    mc__text_puts(&href, path);
    for (size_t i = 0; i < count; i++) {
        if (pending && before(&offset_parameter, &parameters[i])) {
            put_parameter(&href, own, offset_parameter.length, true, &first);
            pending = false;
        }
        put_parameter(&href, parameters[i].text, parameters[i].length, parameters[i].has_value,
                      &first);
    }
    if (pending)
        put_parameter(&href, own, offset_parameter.length, true, &first);
    arena->failed |= href.error != 0;
    return mc__arena_strdup(arena, mc__text_string(&href));
}

mc_page *mc__page_make(mc__arena *arena, const mc_page_options *options, int64_t total,
                       const char *default_path, const char *list_type)
{
    return mc__page_make_short(arena, options, options->limit, total, default_path, list_type);
}

/* Pages begin at multiples of the limit, and between two of them where one ends early. */
static int64_t previous_offset(int64_t offset, int64_t limit)
{
    return offset % limit ? offset - offset % limit : offset - limit;
}

mc_page *mc__page_make_short(mc__arena *arena, const mc_page_options *options, int64_t shown,
                             int64_t total, const char *default_path, const char *list_type)
{
    const char *path = options->path ? options->path : default_path,
               *query = options->query ? options->query : "";
    int64_t limit = options->limit, offset = options->offset, max = last_offset(total, limit),
            previous = previous_offset(offset, limit), next = offset + shown;
    const struct {
        const char *rel;
        bool shown;
        int64_t offset;
    } links[] = {{"first", previous > 0, 0},
                 {"prev", offset > 0, previous},
                 {"self", true, offset},
                 {"next", next < total, next},
                 {"last", next < max, max}};
    mc_page *page = mc__record_make(arena, &mc__page_type);
    bool had_token = false;
    parameter *parameters;
    size_t count = 0, capacity = 0;

    if (!page)
        return NULL;
    page->total = total;
    page->limit = shown;
    page->offset = offset;
    page->max_offset = max;
    page->total_pages = (total + limit - 1) / limit;
    page->page = offset / limit + 1;
    page->list_type = mc__arena_strdup(arena, list_type);
    parameters = split_query(arena, query, &count, &had_token);
    for (size_t i = 0; i < MC_COUNT(links); i++) {
        const char *href;

        if (!links[i].shown)
            continue;
        /* self has the query as received */
        if (strcmp(links[i].rel, "self") == 0 && offset > 0 && *query && !had_token)
            href = mc__arena_format(arena, "%s?%s", path, query);
        else
            href = page_href(arena, path, parameters, count, links[i].offset);
        mc__link_add(arena, &page->links, &capacity, links[i].rel, href,
                     mc__arena_int(arena, links[i].offset / limit + 1));
    }
    return page;
}

/* An mc_page whose items are JSON. */
typedef struct rendered_page {
    const mc_type *type;
    int64_t total, limit, offset, max_offset, total_pages, page;
    mc_list links;
    const char *list_type;
    mc__raw items;
} rendered_page;

static const mc__field rendered_page_fields[] = {
    MC_FIELD(rendered_page, total, "total"),
    MC_FIELD(rendered_page, limit, "limit"),
    MC_FIELD(rendered_page, offset, "offset"),
    MC_FIELD(rendered_page, max_offset, "maxOffset"),
    MC_FIELD(rendered_page, total_pages, "totalPages"),
    MC_FIELD(rendered_page, page, "page"),
    MC_FIELD(rendered_page, links, "links", .type = &mc__link_type),
    MC_FIELD(rendered_page, list_type, "type"),
    MC_FIELD(rendered_page, items, "items"),
};
static const mc_type rendered_page_type = MC_TYPE(rendered_page, "page", rendered_page_fields);

const mc_page *mc__page_rendered(mc__arena *arena, const mc_page *page, mc__raw items)
{
    rendered_page *rendered = mc__record_make(arena, &rendered_page_type);

    if (!rendered)
        return NULL;
    rendered->total = page->total;
    rendered->limit = page->limit;
    rendered->offset = page->offset;
    rendered->max_offset = page->max_offset;
    rendered->total_pages = page->total_pages;
    rendered->page = page->page;
    rendered->links = page->links;
    rendered->list_type = page->list_type;
    rendered->items = items;
    return (const mc_page *)rendered; /* distinguished by its type; only written as JSON */
}
