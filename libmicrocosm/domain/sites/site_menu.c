/* The menu of a site: reading and replacing it. */
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/types.h"
#include "address.h"
#include "site_reading.h"
#include "types.h"
#include "statements.h"

#define LINKS_MAX 10

static const mc__field menu_link_edit_fields[] = {
    MC_FIELD(mc_menu_link_edit, href, "href", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_menu_link_edit, title, "title", .flags = MC_FIELD_SENTENCE, .max_length = 512),
    MC_FIELD(mc_menu_link_edit, text, "text", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE,
             .max_length = 50),
};
const mc_type mc__menu_link_edit_type =
    MC_TYPE(mc_menu_link_edit, "menu_link_edit", menu_link_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field menu_edit_fields[] = {
    MC_FIELD(mc_menu_edit, links, "", .type = &mc__menu_link_edit_type, .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__menu_edit_type =
    MC_TYPE(mc_menu_edit, "menu_edit", menu_edit_fields, .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

int mc_site_menu_get(mc_link_list **out, mc_session *session, int64_t site_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__sites_owner_row facts;
    mc_permissions permissions;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__site_judge(&facts, &permissions, session, site_id);
    if (rc < 0)
        return rc;
    mc__add_sites_menu(&batch, &(mc__sites_menu_in){.site_id = site_id});
    rc = mc__read_on_site(session, site_id, &batch);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__link_list_type);
    if (!record)
        return mc__out_of_memory(session);
    mc__menu_read(mc__record_arena(record), &((mc_link_list *)record)->links,
                  mc__batch_rows(&batch, 0));
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

/* The links as columns of the statement. */
typedef struct columns {
    const char **hrefs, **titles, **texts;
    size_t count;
} columns;

static int check_href(mc_session *session, const char **href, size_t i)
{
    const char *address = mc__link_address(&session->scratch, *href);
    const char *field = mc__arena_format(&session->scratch, "[%zu].href", i);

    if (session->scratch.failed)
        return mc__out_of_memory(session);
    if (!address)
        return mc__fault(&session->problem, field,
                         "must be an http, https or mailto address, or relative");
    if (mc__utf8_length(address) > MC_ADDRESS_MAX)
        return mc__fault(&session->problem, field, "must have at most %d characters",
                         MC_ADDRESS_MAX);
    *href = address;
    return 0;
}

static int check_links(columns *out, mc_session *session, const mc_list *links)
{
    mc__arena *arena = &session->scratch;
    int rc = 0;

    if (links->count < 1 || links->count > LINKS_MAX)
        return mc__fail(&session->problem, MC_EINVAL, "a menu must have 1 to %d links", LINKS_MAX);
    out->count = links->count;
    out->hrefs = mc__arena_alloc(arena, links->count * sizeof(*out->hrefs));
    out->titles = mc__arena_alloc(arena, links->count * sizeof(*out->titles));
    out->texts = mc__arena_alloc(arena, links->count * sizeof(*out->texts));
    if (!out->hrefs || !out->titles || !out->texts)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < links->count; i++) {
        const mc_menu_link_edit *link = links->items[i];

        out->hrefs[i] = link->href;
        out->titles[i] = link->title ? link->title : "";
        out->texts[i] = link->text;
        if (check_href(session, &out->hrefs[i], i) < 0)
            rc = arena->failed ? MC_ENOMEM : MC_EINVAL;
    }
    return rc;
}

static int save(mc_session *session, int64_t site_id, const columns *links)
{
    mc__sites_owner_row facts;
    mc_batch(batch);
    int rc = mc__site_judge_change(&facts, session, site_id);

    if (rc < 0)
        return rc;
    mc__add_sites_lock(&batch, &(mc__sites_lock_in){.site_id = site_id});
    mc__add_sites_set_menu(&batch, &(mc__sites_set_menu_in){.site_id = site_id,
                                                            .actor_id = facts.owner_id,
                                                            .hrefs = {links->hrefs, links->count},
                                                            .titles = {links->titles, links->count},
                                                            .texts = {links->texts, links->count},
                                                            .address = mc__audit_address(session)});
    return mc__write_on_site(session, site_id, &batch);
}

static int set_from(mc_session *session, int64_t site_id, const mc__source *source)
{
    mc_menu_edit edit = {0};
    columns links = {0};
    int rc = mc__site_begin_change(session, site_id);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__menu_edit_type, &edit,
                            MC_TO_CREATE, source);
    if (rc == 0)
        rc = check_links(&links, session, &edit.links);
    return rc < 0 ? rc : save(session, site_id, &links);
}

int mc_site_menu_set(mc_session *session, int64_t site_id, const mc_menu_edit *edit)
{
    return set_from(session, site_id, &(mc__source){.given = edit});
}

int mc_site_menu_set_body(mc_session *session, int64_t site_id, mc_format format, const char *body,
                          size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return set_from(session, site_id, &source);
}

int mc_site_menu_clear(mc_session *session, int64_t site_id)
{
    int rc = mc__site_begin_change(session, site_id);

    return rc < 0 ? rc : save(session, site_id, &(columns){0});
}
