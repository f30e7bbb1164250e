/*
 * Handlers of roles. Each path exists below a microcosm and without one, for the roles of all
 * microcosms.
 */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"
#include "routes.h"

#include <stdio.h>
#include <string.h>

/* The ids of the path. */
typedef struct role_ids {
    int64_t microcosm, role; /* microcosm: 0 for paths without one */
    int64_t last;            /* a profile or criterion */
} role_ids;

static role_ids ids_of(const exchange *x)
{
    static const char below[] = "/api/v1/microcosms/";
    bool is_below = strncmp(x->route->pattern, below, sizeof(below) - 1) == 0;

    return (role_ids){.microcosm = is_below ? x->ids[0] : 0,
                      .role = x->ids[is_below],
                      .last = x->ids[is_below + 1]};
}

/* 302 to a role, or to what is below it: the id, or, for "", the role itself. */
static void answer_role(exchange *x, int rc, const char *below, int64_t id)
{
    role_ids ids = ids_of(x);
    char path[96] = "/api/v1/roles";
    size_t length;

    if (ids.microcosm)
        snprintf(path, sizeof(path), "/api/v1/microcosms/%lld/roles", (long long)ids.microcosm);
    length = strlen(path);
    if (*below)
        snprintf(path + length, sizeof(path) - length, "/%lld/%s", (long long)ids.role, below);
    answer_written(x, rc, path, id);
}

/* Roles. */

void handle_roles(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_roles_list(&collection, x->session, x->ids[0], &page);
    answer_record(x, rc, collection);
}

void handle_all_roles(exchange *x)
{
    x->ids[0] = 0;
    handle_roles(x);
}

void handle_role_create(exchange *x)
{
    int64_t id = 0;
    body b;

    if (exchange_body(x, &b)) {
        int rc = mc_role_create_body(&id, x->session, x->ids[0], b.format, b.bytes, b.length);

        answer_role(x, rc, "", id);
    }
}

void handle_role(exchange *x)
{
    auto_record mc_role *role = NULL;
    role_ids ids = ids_of(x);
    int rc = mc_role_find(&role, x->session, ids.microcosm, ids.role);

    answer_record(x, rc, role);
}

void handle_role_edit(exchange *x)
{
    role_ids ids = ids_of(x);
    body b;

    if (exchange_body(x, &b))
        answer_role(
            x, mc_role_edit_body(x->session, ids.microcosm, ids.role, b.format, b.bytes, b.length),
            "", ids.role);
}

void handle_role_patch(exchange *x)
{
    role_ids ids = ids_of(x);
    body b;

    if (exchange_patch(x, &b))
        answer_done(x, mc_role_patch_body(x->session, ids.microcosm, ids.role, b.bytes, b.length));
}

void handle_role_delete(exchange *x)
{
    role_ids ids = ids_of(x);

    answer_done(x, mc_role_delete(x->session, ids.microcosm, ids.role));
}

/* Lists below a role. */

typedef int list_call(mc_collection **out, mc_session *session, int64_t microcosm_id,
                      int64_t role_id, const mc_page_options *page);
typedef int ids_call(mc_session *session, int64_t microcosm_id, int64_t role_id, mc_format format,
                     const char *body, size_t length);

static void answer_list(exchange *x, list_call *list)
{
    auto_record mc_collection *collection = NULL;
    role_ids ids = ids_of(x);
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = list(&collection, x->session, ids.microcosm, ids.role, &page);
    answer_record(x, rc, collection);
}

static void answer_ids(exchange *x, ids_call *change)
{
    role_ids ids = ids_of(x);
    body b;

    if (exchange_body(x, &b))
        answer_done(x, change(x->session, ids.microcosm, ids.role, b.format, b.bytes, b.length));
}

void handle_role_members(exchange *x)
{
    answer_list(x, mc_role_members);
}

void handle_role_profiles(exchange *x)
{
    answer_list(x, mc_role_profiles_list);
}

void handle_role_profiles_add(exchange *x)
{
    answer_ids(x, mc_role_profiles_add_body);
}

void handle_role_profiles_remove(exchange *x)
{
    answer_ids(x, mc_role_profiles_remove_body);
}

void handle_role_profile(exchange *x)
{
    auto_record mc_role_profile *profile = NULL;
    role_ids ids = ids_of(x);
    int rc = mc_role_profile_find(&profile, x->session, ids.microcosm, ids.role, ids.last);

    answer_record(x, rc, profile);
}

void handle_role_profile_add(exchange *x)
{
    role_ids ids = ids_of(x);

    answer_role(x, mc_role_profile_put(x->session, ids.microcosm, ids.role, ids.last), "profiles",
                ids.last);
}

void handle_role_profile_remove(exchange *x)
{
    role_ids ids = ids_of(x);

    answer_done(x, mc_role_profile_delete(x->session, ids.microcosm, ids.role, ids.last));
}

void handle_role_criteria(exchange *x)
{
    answer_list(x, mc_role_criteria);
}

void handle_role_criteria_remove(exchange *x)
{
    answer_ids(x, mc_role_criteria_remove_body);
}

void handle_role_criterion_create(exchange *x)
{
    role_ids ids = ids_of(x);
    int64_t id = 0;
    body b;

    if (exchange_body(x, &b)) {
        int rc = mc_role_criterion_create_body(&id, x->session, ids.microcosm, ids.role, b.format,
                                               b.bytes, b.length);

        answer_role(x, rc, "criteria", id);
    }
}

void handle_role_criterion(exchange *x)
{
    auto_record mc_criterion *criterion = NULL;
    role_ids ids = ids_of(x);
    int rc = mc_role_criterion_find(&criterion, x->session, ids.microcosm, ids.role, ids.last);

    answer_record(x, rc, criterion);
}

void handle_role_criterion_edit(exchange *x)
{
    role_ids ids = ids_of(x);
    body b;

    if (exchange_body(x, &b))
        answer_role(x,
                    mc_role_criterion_edit_body(x->session, ids.microcosm, ids.role, ids.last,
                                                b.format, b.bytes, b.length),
                    "criteria", ids.last);
}

void handle_role_criterion_delete(exchange *x)
{
    role_ids ids = ids_of(x);

    answer_done(x, mc_role_criterion_delete(x->session, ids.microcosm, ids.role, ids.last));
}
