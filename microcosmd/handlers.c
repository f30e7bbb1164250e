#include "handlers.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT 25
#define LIMIT_MAX 250
#define LIMIT_STEP 5

/* A record that ends with its scope. */
#define auto_record __attribute__((cleanup(free_record)))

static void free_record(void *place)
{
    mc_record_free(*(void **)place);
}

/* ---- parameters ---- */

/* A parameter that is a number, 0 or more; *out stays when it is missing or empty. */
static bool read_number(exchange *x, const char *key, int64_t *out)
{
    const char *value = request_param(x->request, key);
    char message[64];

    if (!value || !*value || text_number(out, value, strlen(value)))
        return true;
    snprintf(message, sizeof(message), "%.32s must be a number, 0 or more", key);
    reply_refuse(x->reply, 400, message);
    return false;
}

/* limit and offset, by contract conventions.md section 11 as far as one can tell without the list.
 */
static bool read_page(exchange *x, mc_page_options *page)
{
    *page = (mc_page_options)MC_PAGE_OPTIONS_INIT;
    page->limit = LIMIT_DEFAULT;
    page->path = x->request->raw_path;
    page->query = x->request->query;
    if (!read_number(x, "limit", &page->limit) || !read_number(x, "offset", &page->offset))
        return false;
    if (page->limit < 1 || page->limit > LIMIT_MAX || page->limit % LIMIT_STEP != 0)
        reply_refuse(x->reply, 400, "limit must be a multiple of 5 from 5 to 250");
    else if (page->offset % page->limit != 0)
        reply_refuse(x->reply, 400, "offset must be a multiple of limit");
    else
        return true;
    return false;
}

static bool param_is_true(const exchange *x, const char *key)
{
    const char *value = request_param(x->request, key);
    bool yes = false;

    return value && text_boolean(&yes, value) && yes;
}

/* ---- answers ---- */

static void answer_record(exchange *x, int rc, const void *record)
{
    mc_buffer *out;

    if (!exchange_succeeded(x, rc))
        return;
    out = reply_begin(x->reply, 200);
    if (exchange_succeeded(x, mc_record_json(out, record)))
        reply_end(x->reply);
}

static void answer_done(exchange *x, int rc)
{
    if (exchange_succeeded(x, rc))
        reply_nothing(x->reply, 200);
}

static void answer_json(exchange *x, const char *json)
{
    mc_buffer *out = reply_begin(x->reply, 200);

    if (mc_buffer_append(out, json, strlen(json)) < 0)
        x->reply->broken = true;
    reply_end(x->reply);
}

/* 302 to a thing that was written. */
static void answer_written(exchange *x, int rc, const char *path, int64_t id)
{
    char location[96];

    if (!exchange_succeeded(x, rc))
        return;
    snprintf(location, sizeof(location), "%s/%lld", path, (long long)id);
    reply_redirect(x->reply, 302, location);
}

/* ---- the daemon itself ---- */

void handle_healthz(exchange *x)
{
    reply_text(x->reply, 200, "ok\n");
}

void handle_readyz(exchange *x)
{
    mc_error *error = NULL;
    char text[128];

    if (!atomic_load(&x->service->schema_ready))
        reply_text(x->reply, 503, "not ready: schema\n");
    else if (mc_app_check(x->service->app, &error) == 0)
        reply_text(x->reply, 200, "ready\n");
    else {
        snprintf(text, sizeof(text), "not ready: %.64s\n", error ? error->slug : "unknown");
        reply_text(x->reply, 503, text);
    }
    mc_error_free(error);
}

void handle_metrics(exchange *x)
{
    mc_buffer *out = reply_begin_text(x->reply, 200, "text/plain; version=0.0.4; charset=utf-8");
    mc_app_stats *stats = NULL;

    if (metrics_write(out, &x->service->metrics, route_pattern) < 0 ||
        mc_app_stats_get(&stats, x->service->app) < 0 || metrics_write_library(out, stats) < 0)
        x->reply->broken = true;
    mc_record_free(stats);
}

/* ---- the index ---- */

void handle_root(exchange *x)
{
    answer_json(x, "{\"links\":[{\"rel\":\"api\",\"href\":\"/api\"}]}");
}

void handle_api(exchange *x)
{
    answer_json(x, "{\"links\":[{\"rel\":\"v1\",\"href\":\"/api/v1\"}]}");
}

void handle_v1(exchange *x)
{
    static const char *const links[][2] = {
        {"activity", "activity"}, {"auth", "auth"},
        {"comment", "comments"},  {"conversation", "conversations"},
        {"event", "events"},      {"microcosm", "microcosms"},
        {"poll", "polls"},        {"profile", "profiles"},
        {"site", "site"},         {"update", "updates"},
        {"watcher", "watchers"},  {"whoami", "whoami"},
    };
    char json[1024] = "{\"links\":[";
    size_t used = strlen(json);

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        used += (size_t)snprintf(json + used, sizeof(json) - used,
                                 "%s{\"rel\":\"%s\",\"href\":\"/api/v1/%s\"}", i > 0 ? "," : "",
                                 links[i][0], links[i][1]);
    snprintf(json + used, sizeof(json) - used, "]}");
    answer_json(x, json);
}

void handle_version(exchange *x)
{
    char json[96];

    snprintf(json, sizeof(json), "{\"date\":\"%.16s\",\"version\":\"%.8s\"}", mc_build_date(),
             mc_version());
    answer_json(x, json);
}

/* ---- any thing ---- */

static void answer_thing(exchange *x, const thing *t, int64_t id)
{
    mc_page_options page;

    if (!read_page(x, &page))
        return;
    if (exchange_succeeded(x, t->json(reply_begin(x->reply, 200), x->session, id, &page)))
        reply_end(x->reply);
}

void handle_thing(exchange *x)
{
    answer_thing(x, x->route->thing, x->ids[0]);
}

void handle_thing_list(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = x->route->thing->list(&collection, x->session, &page);
    answer_record(x, rc, collection);
}

void handle_thing_create(exchange *x)
{
    const thing *t = x->route->thing;
    mc_format format;
    int64_t id = 0;
    int rc;

    if (!exchange_body(x, &format))
        return;
    rc = t->create(&id, x->session, format, mc_buffer_bytes(x->body), mc_buffer_length(x->body));
    answer_written(x, rc, t->path, id);
}

void handle_thing_edit(exchange *x)
{
    const thing *t = x->route->thing;
    mc_format format;
    int rc;

    if (!exchange_body(x, &format))
        return;
    rc =
        t->edit(x->session, x->ids[0], format, mc_buffer_bytes(x->body), mc_buffer_length(x->body));
    answer_written(x, rc, t->path, x->ids[0]);
}

void handle_thing_patch(exchange *x)
{
    const thing *t = x->route->thing;
    mc_format format;

    if (!exchange_body(x, &format))
        return;
    if (format != MC_FORMAT_JSON)
        reply_refuse(x->reply, 400, "the Content-Type must be application/json");
    else
        answer_done(x, t->patch(x->session, x->ids[0], mc_buffer_bytes(x->body),
                                mc_buffer_length(x->body)));
}

void handle_thing_remove(exchange *x)
{
    answer_done(x, x->route->thing->remove(x->session, x->ids[0]));
}

/* ---- redirects to the page of a comment ---- */

/* Path of the collection that an item is in; NULL for a kind that has no comments. */
static const char *collection_of(const char *item_type)
{
    static const struct {
        mc_item_type type;
        const char *path;
    } paths[] = {
        {MC_ITEM_CONVERSATION, "/api/v1/conversations"},
        {MC_ITEM_EVENT, "/api/v1/events"},
        {MC_ITEM_POLL, "/api/v1/polls"},
        {MC_ITEM_HUDDLE, "/api/v1/huddles"},
        {MC_ITEM_PROFILE, "/api/v1/profiles"},
    };
    mc_item_type type = mc_item_type_find(item_type);

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (paths[i].type == type)
            return paths[i].path;
    return NULL;
}

/* A query in the making: parameters sorted by key, the numbers among them kept as text. */
typedef struct query {
    param params[REQUEST_PARAMS_MAX + 3];
    size_t count;
    char numbers[3][24];
    size_t number_count;
} query;

static void query_add(query *q, const char *key, const char *value)
{
    size_t at = q->count++;

    for (; at > 0 && strcmp(q->params[at - 1].key, key) > 0; at--)
        q->params[at] = q->params[at - 1];
    q->params[at] = (param){key, value};
}

static void query_add_number(query *q, const char *key, int64_t number)
{
    char *text = q->numbers[q->number_count++];

    snprintf(text, sizeof(q->numbers[0]), "%lld", (long long)number);
    query_add(q, key, text);
}

static int append_text(mc_buffer *out, const char *text)
{
    return mc_buffer_append(out, text, strlen(text));
}

/* As a form writes it: letters, digits and -_.~ stand for themselves, a space is "+". */
static int append_escaped(mc_buffer *out, const char *text)
{
    int rc = 0;

    for (; *text && rc == 0; text++) {
        char escape[4] = {*text, '\0'};

        if (*text == ' ')
            escape[0] = '+';
        else if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~",
                         *text))
            snprintf(escape, sizeof(escape), "%%%02X", (unsigned char)*text);
        rc = append_text(out, escape);
    }
    return rc;
}

static int query_write(const query *q, mc_buffer *out)
{
    int rc = 0;

    for (size_t i = 0; i < q->count && rc == 0; i++) {
        rc = append_text(out, i == 0 ? "?" : "&");
        if (rc == 0)
            rc = append_escaped(out, q->params[i].key);
        if (rc == 0)
            rc = append_text(out, "=");
        if (rc == 0)
            rc = append_escaped(out, q->params[i].value);
    }
    return rc;
}

static void answer_place(exchange *x, const mc_place *place, const query *q)
{
    const char *collection = collection_of(place->item_type);
    mc_buffer *location = NULL;
    char path[64];

    snprintf(path, sizeof(path), "%s/%lld", collection ? collection : "",
             (long long)place->item_id);
    if (collection && mc_buffer_new(&location, 0) == 0 && append_text(location, path) == 0 &&
        query_write(q, location) == 0)
        reply_redirect(x->reply, 307, mc_buffer_bytes(location));
    else
        reply_refuse(x->reply, 500, "internal failure");
    mc_buffer_free(location);
}

/* The request's parameters that a redirect to another page keeps. */
static void keep_params(query *q, const request *r)
{
    static const char *const replaced[] = {"access_token", "offset", "limit", "comment_id"};

    for (size_t i = 0; i < r->param_count; i++) {
        bool keep = true;

        for (size_t k = 0; k < sizeof(replaced) / sizeof(replaced[0]); k++)
            keep &= strcmp(r->params[i].key, replaced[k]) != 0;
        if (keep)
            query_add(q, r->params[i].key, r->params[i].value);
    }
}

typedef int find_comment(mc_place **out, mc_session *session, int64_t id, int64_t limit);

static void redirect_to_comment(exchange *x, find_comment *find)
{
    auto_record mc_place *place = NULL;
    mc_page_options page;
    query q = {.count = 0};

    if (!read_page(x, &page) ||
        !exchange_succeeded(x, find(&place, x->session, x->ids[0], page.limit)))
        return;
    keep_params(&q, x->request);
    if (place->comment_id > 0)
        query_add_number(&q, "comment_id", place->comment_id);
    if (place->offset > 0)
        query_add_number(&q, "offset", place->offset);
    if (page.limit != LIMIT_DEFAULT)
        query_add_number(&q, "limit", page.limit);
    answer_place(x, place, &q);
}

void handle_last_comment(exchange *x)
{
    redirect_to_comment(x, x->route->thing->last_comment);
}

void handle_new_comment(exchange *x)
{
    redirect_to_comment(x, x->route->thing->new_comment);
}

void handle_comment_in_context(exchange *x)
{
    auto_record mc_place *place = NULL;
    mc_page_options page;
    query q = {.count = 0};

    if (!read_page(x, &page) ||
        !exchange_succeeded(x, mc_comment_place(&place, x->session, x->ids[0], page.limit)))
        return;
    query_add_number(&q, "comment_id", place->comment_id);
    if (place->offset > 0) {
        query_add_number(&q, "offset", place->offset);
        if (page.limit != LIMIT_DEFAULT)
            query_add_number(&q, "limit", page.limit);
    }
    answer_place(x, place, &q);
}

void handle_comment(exchange *x)
{
    auto_record mc_comment *comment = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_comment_get(&comment, x->session, x->ids[0], page.limit);
    answer_record(x, rc, comment);
}

/* ---- site and microcosms ---- */

void handle_site(exchange *x)
{
    auto_record mc_site *site = NULL;
    int rc = mc_site_get(&site, x->session);

    answer_record(x, rc, site);
}

void handle_site_edit(exchange *x)
{
    reply_refuse(x->reply, 400, "a site is changed by its id, on the root site");
}

void handle_microcosm_root(exchange *x)
{
    answer_thing(x, &microcosm_thing, 0);
}

void handle_microcosm_tree(exchange *x)
{
    auto_record mc_link_list *tree = NULL;
    int rc = mc_microcosms_tree(&tree, x->session);

    answer_record(x, rc, tree);
}

/* ---- profiles ---- */

void handle_whoami(exchange *x)
{
    auto_record mc_profile *profile = NULL;
    int rc = mc_profile_self(&profile, x->session);

    answer_record(x, rc, profile);
}

void handle_profile(exchange *x)
{
    auto_record mc_profile *profile = NULL;
    int rc = mc_profile_get(&profile, x->session, x->ids[0]);

    answer_record(x, rc, profile);
}

void handle_profiles(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_profile_filter filter = {.size = sizeof(filter)};
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    filter.name_starts_with = request_param(x->request, "q");
    filter.top = param_is_true(x, "top");
    filter.following = param_is_true(x, "following");
    filter.online = param_is_true(x, "online");
    rc = mc_profiles_list(&collection, x->session, &filter, &page);
    answer_record(x, rc, collection);
}

/* Whoever could ask has a profile already: the first visit makes it. */
void handle_profile_create(exchange *x)
{
    reply_refuse(x->reply, 400, "a profile is made by the first visit");
}

void handle_profile_remove(exchange *x)
{
    reply_refuse(x->reply, 501, "profiles cannot be deleted");
}

void handle_profile_options(exchange *x)
{
    auto_record mc_profile_options *options = NULL;
    int rc = mc_profile_options_get(&options, x->session);

    answer_record(x, rc, options);
}

void handle_profile_options_edit(exchange *x)
{
    mc_format format;
    int rc;

    if (!exchange_body(x, &format))
        return;
    rc = mc_profile_options_body(x->session, format, mc_buffer_bytes(x->body),
                                 mc_buffer_length(x->body));
    if (exchange_succeeded(x, rc))
        reply_redirect(x->reply, 302, "/api/v1/profiles/options");
}

void handle_mark_read(exchange *x)
{
    mc_format format;

    if (exchange_body(x, &format))
        answer_done(x, mc_profile_mark_read_body(x->session, format, mc_buffer_bytes(x->body),
                                                 mc_buffer_length(x->body)));
}

/* ---- permissions ---- */

static bool read_item_type(exchange *x, mc_item_type *out)
{
    const char *name = request_param(x->request, "itemType");

    if (!name || !*name)
        return true;
    *out = mc_item_type_find(name);
    if (*out != MC_ITEM_NONE)
        return true;
    reply_refuse(x->reply, 400, "itemType is unknown");
    return false;
}

void handle_permission(exchange *x)
{
    auto_record mc_permissions *permissions = NULL;
    mc_permission_query about = {.size = sizeof(about)};
    int rc;

    if (!read_item_type(x, &about.item_type) || !read_number(x, "itemId", &about.item_id) ||
        !read_number(x, "microcosmId", &about.microcosm_id))
        return;
    rc = mc_permissions_get(&permissions, NULL, x->session, &about);
    answer_record(x, rc, permissions);
}
