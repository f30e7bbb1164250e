#include "parameters.h"
#include "base/text.h"
#include "routes.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_MAX 250
#define LIMIT_STEP 5

bool read_number(exchange *x, const char *key, int64_t *out)
{
    const char *value = request_param(x->request, key);
    char message[64];

    if (!value || !*value || text_number(out, value, strlen(value)))
        return true;
    snprintf(message, sizeof(message), "%.32s must be a number, 0 or more", key);
    reply_refuse(x->reply, 400, REASON_NONE, message);
    return false;
}

bool read_page(exchange *x, mc_page_options *page)
{
    *page = (mc_page_options)MC_PAGE_OPTIONS_INIT;
    page->limit = LIMIT_DEFAULT;
    route_write_path(x);
    page->path = x->path;
    page->query = x->request->query;
    if (!read_number(x, "limit", &page->limit) || !read_number(x, "offset", &page->offset))
        return false;
    if (page->limit < 1 || page->limit > LIMIT_MAX || page->limit % LIMIT_STEP != 0)
        reply_refuse(x->reply, 400, REASON_NONE, "limit must be a multiple of 5 from 5 to 250");
    else
        return true;
    return false;
}

bool read_page_start(exchange *x, mc_page_options *page)
{
    if (!read_page(x, page))
        return false;
    if (page->offset % page->limit != 0)
        reply_refuse(x->reply, 400, REASON_NONE, "offset must be a multiple of limit");
    return page->offset % page->limit == 0;
}

bool read_item_type(exchange *x, const char *key, mc_item_type *out)
{
    const char *name = request_param(x->request, key);
    char message[64];

    if (!name || !*name)
        return true;
    *out = mc_item_type_find(name);
    if (*out != MC_ITEM_NONE)
        return true;
    snprintf(message, sizeof(message), "%.32s is unknown", key);
    reply_refuse(x->reply, 400, REASON_NONE, message);
    return false;
}

bool read_boolean(exchange *x, const char *key, bool *out)
{
    const char *value = request_param(x->request, key);
    char message[64];

    if (!value || !*value || text_boolean(out, value))
        return true;
    snprintf(message, sizeof(message), "%.32s must be true or false", key);
    reply_refuse(x->reply, 400, REASON_NONE, message);
    return false;
}

bool param_is_true(const exchange *x, const char *key)
{
    const char *value = request_param(x->request, key);
    bool yes = false;

    return value && text_boolean(&yes, value) && yes;
}

bool read_file_hash(char out[FILE_HASH_LENGTH + 1], exchange *x)
{
    const char *word = x->word;
    size_t length = strspn(word, "0123456789abcdef");
    const char *rest = word + length;

    if (length != FILE_HASH_LENGTH ||
        (*rest && (rest[0] != '.' || !rest[1] || strchr(rest + 1, '.')))) {
        reply_not_found(x->reply, REASON_NONE,
                        "there is no such address: a file's is its SHA-1 in 40 digits");
        return false;
    }
    memcpy(out, word, FILE_HASH_LENGTH);
    out[FILE_HASH_LENGTH] = '\0';
    return true;
}
