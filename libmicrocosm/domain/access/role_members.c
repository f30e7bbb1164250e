/*
 * The members of roles: those that a role lists, and those that it means by its criteria or as all
 * profiles of the site. Criteria are tried in C, by the function that decides about permissions.
 */
#include "actor.h"
#include "role_matching.h"
#include "roles.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "statements.h"

/* Criteria have no index: so many profiles are tried. */
#define CANDIDATES_MAX 10000

/* What was read about all of the roles. */
typedef struct finding {
    mc_session *session;
    const mc__role *const *roles;
    size_t count;
    const mc_page_options *page;
    bool is_listed;                                      /* only those that the roles list */
    size_t listed, total, everybody, people, attributes; /* statements of the batch */
    bool asks_everybody, asks_people;
    mc__actor *candidates;
    size_t candidate_count;
    mc_strings keys; /* of attributes that criteria compare */
} finding;

static void note_keys(finding *f, const mc__role *role)
{
    for (size_t i = 0; i < role->criteria_count; i++)
        if (!*role->criteria[i].column)
            ((const char **)f->keys.items)[f->keys.count++] = role->criteria[i].attr_key;
}

static int begin(finding *f)
{
    size_t criteria = 0;

    for (size_t i = 0; i < f->count; i++)
        criteria += f->roles[i]->criteria_count;
    f->keys.items = mc__arena_alloc(&f->session->scratch, (criteria + 1) * sizeof(const char *));
    if (!f->keys.items)
        return mc__out_of_memory(f->session);
    for (size_t i = 0; i < f->count && !f->is_listed; i++) {
        f->asks_everybody |= f->roles[i]->include_users;
        if (f->roles[i]->include_users || f->roles[i]->criteria_count == 0)
            continue;
        f->asks_people = true;
        note_keys(f, f->roles[i]);
    }
    return 0;
}

static int ask(finding *f, mc__batch *batch)
{
    int64_t site_id = f->session->site.id;
    int64_t *ids = mc__arena_alloc(&f->session->scratch, (f->count + 1) * sizeof(*ids));

    if (!ids)
        return mc__out_of_memory(f->session);
    for (size_t i = 0; i < f->count; i++)
        ids[i] = f->roles[i]->id;
    f->listed = mc__add_roles_listed(
        batch, &(mc__roles_listed_in){.site_id = site_id, .role_ids = {ids, f->count}});
    if (f->asks_everybody) {
        f->total = mc__add_profiles_total(batch, &(mc__profiles_total_in){.site_id = site_id});
        f->everybody = mc__add_roles_everybody(
            batch, &(mc__roles_everybody_in){
                       .site_id = site_id, .limit = f->page->limit, .offset = f->page->offset});
    }
    if (f->asks_people) {
        f->people = mc__add_roles_candidates(
            batch, &(mc__roles_candidates_in){.site_id = site_id,
                                              .most = CANDIDATES_MAX,
                                              .is_for_owner = mc__role_owns_site(f->session)});
        f->attributes = mc__add_roles_candidate_attributes(
            batch, &(mc__roles_candidate_attributes_in){
                       .site_id = site_id, .most = CANDIDATES_MAX, .keys = f->keys});
    }
    return mc__run(f->session, batch);
}

static void read_candidate(mc__actor *out, const PGresult *rows, int number)
{
    mc__roles_candidates_row row = mc__read_roles_candidates(rows, number);

    *out = (mc__actor){.profile_id = row.profile_id,
                       .profile_name = row.profile_name,
                       .email = row.email,
                       .gender = row.gender,
                       .created = row.created,
                       .item_count = row.item_count,
                       .comment_count = row.comment_count,
                       .is_banned = row.is_banned};
}

static void read_attribute(mc__attribute *out, const mc__roles_candidate_attributes_row *row)
{
    *out = (mc__attribute){.key = row->key,
                           .text = row->value_text,
                           .is_number = row->is_number,
                           .number = row->value_number,
                           .is_boolean = row->value_boolean != MC_UNSET,
                           .boolean = row->value_boolean == MC_YES};
}

/* Both results are in the order of profiles. Texts stay in the rows. */
static int read_candidates(finding *f, const mc__batch *batch)
{
    const PGresult *people = mc__batch_rows(batch, f->people),
                   *attributes = mc__batch_rows(batch, f->attributes);
    size_t count = (size_t)PQntuples(people), attribute_count = (size_t)PQntuples(attributes),
           a = 0;
    mc__arena *arena = &f->session->scratch;
    mc__attribute *all = mc__arena_alloc(arena, (attribute_count + 1) * sizeof(*all));

    f->candidates = mc__arena_alloc(arena, (count + 1) * sizeof(*f->candidates));
    if (!f->candidates || !all)
        return mc__out_of_memory(f->session);
    for (size_t i = 0; i < count; i++) {
        mc__actor *candidate = &f->candidates[i];

        read_candidate(candidate, people, (int)i);
        candidate->attributes = &all[a];
        for (; a < attribute_count; a++) {
            mc__roles_candidate_attributes_row row =
                mc__read_roles_candidate_attributes(attributes, (int)a);

            if (row.profile_id != candidate->profile_id)
                break;
            read_attribute(&all[a], &row);
            candidate->attribute_count++;
        }
    }
    f->candidate_count = count;
    return 0;
}

/* Adds the candidates that match to those that the role lists; both are ascending. */
static int add_matching(finding *f, mc_int64s *ids, const mc__role *role)
{
    mc_time now = mc__database_now(f->session->actor);
    int64_t *all =
        mc__arena_alloc(&f->session->scratch, (ids->count + f->candidate_count + 1) * sizeof(*all));
    size_t count = 0, listed = 0;

    if (!all)
        return mc__out_of_memory(f->session);
    for (size_t i = 0; i < f->candidate_count; i++) {
        int64_t id = f->candidates[i].profile_id;

        if (!mc__role_matches(role, &f->candidates[i], now))
            continue;
        while (listed < ids->count && ids->items[listed] < id)
            all[count++] = ids->items[listed++];
        listed += listed < ids->count && ids->items[listed] == id;
        all[count++] = id;
    }
    while (listed < ids->count)
        all[count++] = ids->items[listed++];
    *ids = (mc_int64s){all, count};
    return 0;
}

static int read_everybody(mc__members *out, finding *f, const mc__batch *batch)
{
    const PGresult *total = mc__batch_rows(batch, f->total),
                   *rows = mc__batch_rows(batch, f->everybody);
    size_t count = (size_t)PQntuples(rows);
    int64_t *ids = mc__arena_alloc(&f->session->scratch, (count + 1) * sizeof(*ids));

    if (!ids)
        return mc__out_of_memory(f->session);
    for (size_t i = 0; i < count; i++)
        ids[i] = mc__read_roles_everybody(rows, (int)i).profile_id;
    *out = (mc__members){.total = mc__row_int(total, 0, PQfnumber(total, "total")),
                         .ids = {ids, count}};
    return 0;
}

static int read_listed(mc_int64s *out, finding *f, const mc__role *role, const PGresult *rows)
{
    *out = (mc_int64s){0};
    for (int i = 0; i < PQntuples(rows); i++) {
        mc__roles_listed_row row = mc__read_roles_listed(rows, i);

        if (row.role_id == role->id &&
            mc__ints_parse(out, &f->session->scratch, row.profile_ids) < 0)
            return mc__out_of_memory(f->session);
    }
    return 0;
}

static int read_members(mc__members *out, finding *f, const mc__role *role, const mc__batch *batch)
{
    mc_int64s all;
    size_t offset = (size_t)f->page->offset, limit = (size_t)f->page->limit;
    int rc;

    if (role->include_users && !f->is_listed)
        return read_everybody(out, f, batch);
    rc = read_listed(&all, f, role, mc__batch_rows(batch, f->listed));
    if (rc == 0 && role->criteria_count && !f->is_listed)
        rc = add_matching(f, &all, role);
    if (rc < 0)
        return rc;
    *out = (mc__members){.total = (int64_t)all.count};
    if (offset < all.count)
        out->ids = (mc_int64s){all.items + offset,
                               all.count - offset < limit ? all.count - offset : limit};
    return 0;
}

int mc__members_find(mc__members *out, mc_session *session, const mc__role *const *roles,
                     size_t count, const mc_page_options *page, bool is_listed)
{
    finding f = {
        .session = session, .roles = roles, .count = count, .page = page, .is_listed = is_listed};
    mc_batch(batch);
    int rc = begin(&f);

    if (rc == 0)
        rc = ask(&f, &batch);
    if (rc == 0 && f.asks_people)
        rc = read_candidates(&f, &batch);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = read_members(&out[i], &f, roles[i], &batch);
    return rc;
}

int mc__profiles_load(mc_list *out, mc_session *session, mc__arena *arena, const mc_int64s *ids)
{
    mc_batch(batch);
    int rc;

    mc__add_roles_profiles(
        &batch, &(mc__roles_profiles_in){.site_id = session->site.id, .profile_ids = *ids});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rc = mc__profiles_read(out, arena, mc__batch_rows(&batch, 0));
    return rc < 0 ? mc__out_of_memory(session) : 0;
}

static int list(mc_collection **out, mc_session *session, const mc__role_ref *ref,
                const mc_page_options *options, bool is_listed)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_page_options page;
    mc_collection *collection;
    mc_page *made;
    mc__members members;
    mc__arena *arena;
    const char *href;
    int rc = mc__page_check(&page, session, options);

    if (rc == 0)
        rc = mc__members_find(&members, session, &ref->role, 1, &page, is_listed);
    if (rc == 0)
        rc = mc__page_fits(session, &page, members.total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    collection = mc__role_collection(arena, record);
    href =
        mc__arena_format(&session->scratch, "%s/%s", ref->href, is_listed ? "profiles" : "members");
    made = mc__page_make(arena, &page, members.total, href,
                         mc__arena_format(&session->scratch, "%s/profiles", ref->href));
    if (!made)
        return mc__out_of_memory(session);
    collection->profiles = made;
    rc = mc__profiles_load(&made->items, session, arena, &members.ids);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

static int list_from(mc_collection **out, mc_session *session, int64_t microcosm_id,
                     int64_t role_id, const mc_page_options *page, bool is_listed)
{
    mc__role_ref ref;
    int rc = mc__role_begin_for(out, &ref, session, microcosm_id, role_id);

    return rc < 0 ? rc : list(out, session, &ref, page, is_listed);
}

int mc_role_profiles_list(mc_collection **out, mc_session *session, int64_t microcosm_id,
                          int64_t role_id, const mc_page_options *page)
{
    return list_from(out, session, microcosm_id, role_id, page, true);
}

int mc_role_members(mc_collection **out, mc_session *session, int64_t microcosm_id, int64_t role_id,
                    const mc_page_options *page)
{
    return list_from(out, session, microcosm_id, role_id, page, false);
}
