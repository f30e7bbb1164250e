/* What old addresses mean here: include/microcosm/resolve.h. */
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "old_addresses.h"
#include "statements.h"
#include "../base/types.h"
#include "../content/position.h"
#include "types.h"

#define FOUND 301
#define NOT_FOUND 404
#define URL_MAX 4096 /* bytes; what is longer has none of the forms */
#define PRODUCTS_MAX 16

static const mc__field resolved_fields[] = {
    MC_FIELD(mc_resolved, url, "url"),
    MC_FIELD(mc_resolved, status, "status"),
    MC_FIELD(mc_resolved, redirect, "redirect", .type = &mc__link_type),
    MC_FIELD(mc_resolved, item_type, "itemType", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_resolved, item_id, "itemId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_resolved, offset, "offset", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_resolved, action, "action", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_resolved, search, "search", .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__resolved_type = MC_TYPE(mc_resolved, "resolved", resolved_fields);

/* What the address means in each product, and what that is here. */
typedef struct meant {
    mc__old_address old[PRODUCTS_MAX];
    const char *products[PRODUCTS_MAX], *old_ids[PRODUCTS_MAX];
    int64_t item_types[PRODUCTS_MAX];
    size_t count;
    const mc__old_address *found; /* NULL: none is here */
    mc__old_address newest;
    mc_item_type item_type;
    int64_t item_id;
    const char *sha1;
} meant;

static int read_address(meant *out, mc_session *session, const char *url)
{
    for (size_t i = 0; i < mc__product_count() && out->count < PRODUCTS_MAX; i++) {
        mc__old_address *old = &out->old[out->count];

        if (!mc__old_address_read(old, &session->scratch, i, url))
            continue;
        out->products[out->count] = old->product;
        out->item_types[out->count] = old->item_type;
        out->old_ids[out->count++] = mc__arena_int(&session->scratch, old->old_id);
    }
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int find(meant *m, mc_session *session)
{
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__add_resolve_find(&batch, &(mc__resolve_find_in){.site_id = session->site.id,
                                                        .products = {m->products, m->count},
                                                        .item_types = {m->item_types, m->count},
                                                        .old_ids = {m->old_ids, m->count}});
    rc = mc__run(session, &batch);
    rows = rc == 0 ? mc__batch_rows(&batch, 0) : NULL;
    for (int i = 0; rows && !m->found && i < PQntuples(rows); i++) {
        mc__resolve_find_row row = mc__read_resolve_find(rows, i);
        const mc__old_address *old = &m->old[row.number - 1];

        if (old->old_id && !row.new_id)
            continue;
        m->found = old;
        m->item_type = (mc_item_type)row.item_type;
        m->item_id = row.new_id;
        m->sha1 = mc__arena_strdup(&session->scratch, row.sha1);
    }
    return rc == 0 && session->scratch.failed ? mc__out_of_memory(session) : rc;
}

/* The first comment of an item that a member hasn't read, else the newest. 0: none, or the actor
 * may not read it. */
static int find_newest(int64_t *comment_id, mc_session *session, mc_item_type item_type,
                       int64_t item_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_position *position = NULL;
    int rc = mc__item_position(&position, session, item_type, item_id, 0, session->profile_id != 0);

    record = position;
    *comment_id = rc == 0 ? position->comment_id : 0;
    if (rc == 0 || rc == MC_ENOTFOUND || rc == MC_EFORBIDDEN || rc == MC_EBANNED) {
        mc__problem_clear(&session->problem);
        return 0;
    }
    return rc;
}

static const char *href_of(mc__arena *arena, mc_session *session, const meant *m, int64_t offset)
{
    const char *href;

    if (m->item_type == MC_ITEM_ATTACHMENT)
        return mc__arena_format(arena, "https://%s/api/v1/files/%s", session->site.host, m->sha1);
    href = mc__href(arena, mc__collection_of(m->item_type), m->item_id);
    if (m->item_id == 0)
        href = mc__arena_format(arena, "/api/v1/%s", mc__collection_of(m->item_type));
    if (*m->found->search && strcmp(m->found->action, "search") == 0)
        return mc__arena_format(arena, "%s?q=%s", href, m->found->search);
    if (strcmp(m->found->action, "online") == 0)
        return mc__arena_format(arena, "%s?online=true", href);
    return offset ? mc__arena_format(arena, "%s?offset=%lld", href, (long long)offset) : href;
}

static int fill(mc_resolved *out, mc_session *session, meant *m)
{
    mc__arena *arena = mc__record_arena(out);
    mc_link *link = mc__record_make(arena, &mc__link_type);
    bool is_file = m->found && m->item_type == MC_ITEM_ATTACHMENT;

    if (!link)
        return mc__out_of_memory(session);
    out->redirect = link;
    out->status = m->found ? FOUND : NOT_FOUND;
    if (m->found) {
        out->item_type = mc_item_type_name(m->item_type);
        out->item_id = m->item_id;
        out->offset = m->found->offset;
        out->action = m->found->action;
        if (strcmp(out->action, "search") == 0)
            out->search = mc__arena_strdup(arena, m->found->search);
        link->rel = is_file ? "" : out->item_type;
        link->href = href_of(arena, session, m, out->offset);
    }
    return arena->failed ? mc__out_of_memory(session) : 0;
}

/* Turns a conversation whose newest comments are asked for into that comment. */
static int settle(meant *m, mc_session *session)
{
    int64_t comment_id;
    int rc;

    if (!m->found || !m->found->is_newest)
        return 0;
    m->newest = *m->found;
    m->newest.search = m->sha1 = ""; /* the calls below clear the session's scratch memory */
    m->found = &m->newest;
    rc = find_newest(&comment_id, session, m->item_type, m->item_id);
    if (rc == 0 && !comment_id)
        m->found = NULL;
    m->item_type = MC_ITEM_COMMENT;
    m->item_id = comment_id;
    return rc;
}

int mc_url_resolve(mc_resolved **out, mc_session *session, const char *url)
{
    mc_auto(mc_record_free) void *record = NULL;
    meant m = {.count = 0};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!url || !*url || !mc__utf8_valid(url, strlen(url)))
        return mc__fault(&session->problem, "url", "must be an address");
    record = mc__record_new(&mc__resolved_type);
    if (!record)
        return mc__out_of_memory(session);
    ((mc_resolved *)record)->url = mc__arena_strdup(mc__record_arena(record), url);
    if (strlen(url) <= URL_MAX)
        rc = read_address(&m, session, url);
    if (rc == 0 && m.count)
        rc = find(&m, session);
    if (rc == 0)
        rc = settle(&m, session);
    if (rc == 0)
        rc = fill(record, session, &m);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
