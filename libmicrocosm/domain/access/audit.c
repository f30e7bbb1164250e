/* The audit of a site, page by page: include/microcosm/audit.h. */
#include "../base/call.h"
#include "../base/links.h"
#include "../base/types.h"
#include "actor.h"
#include "permissions.h"
#include "record/record.h"
#include "statements.h"
#include "types.h"

#define PATH "/api/v1/audit"
#define LIMIT_MOST 250
#define LIMIT_USUAL 25

/* As many entries as a page looks at. */
#define LOOKED_MOST 10000

static const mc__field audit_entry_fields[] = {
    MC_FIELD(mc_audit_entry, id, "id"),
    MC_FIELD(mc_audit_entry, item_type, "itemType"),
    MC_FIELD(mc_audit_entry, item_id, "itemId"),
    MC_FIELD(mc_audit_entry, action, "action"),
    MC_FIELD(mc_audit_entry, created, "created"),
    MC_FIELD(mc_audit_entry, address, "address"),
    MC_FIELD(mc_audit_entry, profile, "profile", .type = &mc__profile_type,
             .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__audit_entry_type = MC_TYPE(mc_audit_entry, "audit_entry", audit_entry_fields);

static const mc__field audit_page_fields[] = {
    MC_FIELD(mc_audit_page, limit, "limit"),
    MC_FIELD(mc_audit_page, next, "next", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_audit_page, links, "links", .type = &mc__link_type),
    MC_FIELD(mc_audit_page, items, "items", .type = &mc__audit_entry_type),
};
const mc_type mc__audit_page_type = MC_TYPE(mc_audit_page, "audit_page", audit_page_fields);

static const struct {
    const char *name, *letter;
} actions[] = {{"create", "C"}, {"replace", "R"}, {"update", "U"}, {"delete", "D"}, {"fail", "F"}};

/* A filter that was checked: entries from since on, before the one at (before, before_id). */
typedef struct range {
    const mc_audit_filter *filter;
    const char *action;
    mc_time since, before;
    int64_t before_id;
} range;

static int read_time(mc_time *out, mc_session *session, const char *name, const char *text)
{
    if (!text || !*text || mc__time_parse(out, text))
        return 0;
    return mc__fault(&session->problem, name, "must be a time such as 2027-03-01T09:30:00Z");
}

static int read_action(range *r, mc_session *session)
{
    const char *action = r->filter->action;

    if (!action || !*action)
        return 0;
    for (size_t i = 0; i < MC_COUNT(actions); i++)
        if (strcmp(actions[i].name, action) == 0)
            r->action = actions[i].letter;
    return r->action ? 0
                     : mc__fault(&session->problem, "action",
                                 "must be create, replace, update, delete or fail");
}

/* "TIME,ID", as put_next() writes it. An end that comes before it counts instead. */
static int read_before(range *r, mc_session *session)
{
    const char *before = r->filter->before, *comma = before ? strchr(before, ',') : NULL;
    mc_time time;
    int64_t id;

    if (!before || !*before)
        return 0;
    if (comma &&
        mc__time_parse(&time,
                       mc__arena_copy(&session->scratch, before, (size_t)(comma - before))) &&
        mc__int_parse(&id, comma + 1, strlen(comma + 1)) && id > 0) {
        if (time.us <= r->before.us)
            r->before_id = id;
        if (time.us < r->before.us)
            r->before = time;
        return 0;
    }
    return mc__fault(&session->problem, "before", "must be the \"next\" of another page");
}

static int check_filter(range *r, mc_session *session, const mc_audit_filter *filter)
{
    static const char first[] = "1000-01-01T00:00:00Z", last[] = "9999-01-01T00:00:00Z";
    int rc = 0;

    *r = (range){.filter = filter};
    mc__time_parse(&r->since, first);
    mc__time_parse(&r->before, last);
    if (filter->profile_id < 0)
        rc = mc__fault(&session->problem, "profileId", "must not be negative");
    if (filter->item_id < 0)
        rc = mc__fault(&session->problem, "itemId", "must not be negative");
    if (filter->limit < 0 || filter->limit > LIMIT_MOST)
        rc = mc__fault(&session->problem, "limit", "must be 1 to %d", LIMIT_MOST);
    rc |= read_time(&r->since, session, "since", filter->since);
    rc |= read_time(&r->before, session, "until", filter->until);
    rc |= read_action(r, session);
    rc |= read_before(r, session);
    return rc ? MC_EINVAL : 0;
}

static bool is_of_item(const range *r)
{
    return r->filter->item_type && r->filter->item_id;
}

static void ask(mc__batch *batch, const mc_session *session, const range *r)
{
    const mc_audit_filter *f = r->filter;
    const mc__audit_page_in all = {session->site.id, f->profile_id, f->item_type, f->item_id,
                                   r->action,        r->since,      r->before,    r->before_id,
                                   LOOKED_MOST,      f->limit + 1};
    const mc__audit_page_of_item_in of_item = {
        all.site_id, all.profile_id, all.item_type, all.item_id, all.action,
        all.since,   all.before,     all.before_id, all.most,    all.limit};
    const mc__audit_page_of_profile_in of_profile = {
        all.site_id, all.profile_id, all.item_type, all.item_id, all.action,
        all.since,   all.before,     all.before_id, all.most,    all.limit};

    if (is_of_item(r))
        mc__add_audit_page_of_item(batch, &of_item);
    else if (f->profile_id)
        mc__add_audit_page_of_profile(batch, &of_profile);
    else
        mc__add_audit_page(batch, &all);
}

static void ask_looked_to(mc__batch *batch, const mc_session *session, const range *r)
{
    int64_t site_id = session->site.id;
    const mc_audit_filter *f = r->filter;

    if (is_of_item(r))
        mc__add_audit_looked_to_of_item(
            batch, &(mc__audit_looked_to_of_item_in){site_id, f->item_type, f->item_id, r->since,
                                                     r->before, r->before_id, LOOKED_MOST});
    else if (f->profile_id)
        mc__add_audit_looked_to_of_profile(
            batch, &(mc__audit_looked_to_of_profile_in){site_id, f->profile_id, r->since, r->before,
                                                        r->before_id, LOOKED_MOST});
    else
        mc__add_audit_looked_to(batch, &(mc__audit_looked_to_in){site_id, r->since, r->before,
                                                                 r->before_id, LOOKED_MOST});
}

static void put_next(mc_audit_page *page, mc__arena *arena, mc_time time, int64_t id)
{
    char text[MC_TIME_TEXT_SIZE];

    mc__time_format(text, time);
    page->next = mc__arena_format(arena, "%s,%lld", text, (long long)id);
}

/* Of a page that isn't full: where it has stopped looking. */
static int find_next(mc_audit_page *page, mc_session *session, mc__arena *arena, const range *r)
{
    mc__audit_looked_to_row row;
    mc_batch(batch);
    int rc;

    ask_looked_to(&batch, session, r);
    rc = mc__run(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    row = mc__read_audit_looked_to(mc__batch_rows(&batch, 0), 0);
    put_next(page, arena, row.created, row.audit_id);
    return 0;
}

static int read_entries(mc_audit_page *page, mc_session *session, mc__arena *arena,
                        const PGresult *rows)
{
    size_t most = (size_t)page->limit;

    if (mc__records_decode(&page->items, arena, &mc__audit_entry_type, rows) < 0)
        return mc__out_of_memory(session);
    if (page->items.count > most) { /* one more was read to know whether there are more */
        const mc_audit_entry *last = page->items.items[most - 1];

        page->items.count = most;
        put_next(page, arena, last->created, last->id);
    }
    for (size_t i = 0; i < page->items.count; i++) {
        const mc_audit_entry *entry = page->items.items[i];

        mc__profile_finish(arena, (mc_profile *)entry->profile);
    }
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static void put_parameter(mc__text *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    mc__text_putc(out, out->length ? '&' : '?');
    mc__text_puts(out, name);
    mc__text_putc(out, '=');
    for (; *value; value++) { /* what was checked has letters, digits, and ":+,.-" */
        if (*value == '+')
            mc__text_puts(out, "%2B");
        else if (*value == ',')
            mc__text_puts(out, "%2C");
        else if (*value == ':')
            mc__text_puts(out, "%3A");
        else
            mc__text_putc(out, *value);
    }
}

static void put_number(mc__text *out, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    put_parameter(out, name, value ? text : NULL);
}

static void add_link(mc_audit_page *page, mc__arena *arena, size_t *capacity, const char *rel,
                     const mc_audit_filter *f, const char *before)
{
    mc_scratch_text(query);

    put_parameter(&query, "action", f->action);
    put_parameter(&query, "before", before);
    put_number(&query, "itemId", f->item_id);
    put_parameter(&query, "itemType", mc_item_type_name(f->item_type));
    put_number(&query, "limit", f->limit);
    put_number(&query, "profileId", f->profile_id);
    put_parameter(&query, "since", f->since);
    put_parameter(&query, "until", f->until);
    if (query.error)
        arena->failed = true;
    mc__link_add(arena, &page->links, capacity, rel,
                 mc__arena_format(arena, "%s%s", PATH, mc__text_string(&query)), NULL);
}

static int make_page(mc_audit_page *page, mc_session *session, const range *r, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(page);
    const mc_audit_filter *filter = r->filter;
    size_t capacity = 0;
    int rc;

    page->limit = filter->limit;
    rc = read_entries(page, session, arena, rows);
    if (rc == 0 && !*page->next && PQntuples(rows) <= filter->limit)
        rc = find_next(page, session, arena, r);
    if (rc < 0)
        return rc;
    add_link(page, arena, &capacity, "self", filter, filter->before);
    if (*page->next)
        add_link(page, arena, &capacity, "next", filter, page->next);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

int mc_audit_list(mc_audit_page **out, mc_session *session, const mc_audit_filter *given)
{
    mc_audit_filter filter = MC_AUDIT_FILTER_INIT;
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    range r;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!mc__acts_as_owner(session))
        return mc__refuse(session, *session->ban_reason ? MC_EBANNED : MC_EFORBIDDEN);
    if (given)
        rc = mc__struct_take(&session->problem, &filter, sizeof(filter), given, "audit_filter");
    if (filter.limit == 0)
        filter.limit = LIMIT_USUAL;
    if (rc == 0)
        rc = check_filter(&r, session, &filter);
    if (rc < 0)
        return rc;
    ask(&batch, session, &r);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__audit_page_type);
    rc = record ? make_page(record, session, &r, mc__batch_rows(&batch, 0))
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
