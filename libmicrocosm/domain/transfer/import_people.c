/* Imports profiles. Their names and addresses go through the same rules as everybody's. */
#include "../access/users.h"
#include "../base/call.h"
#include "../base/names.h"
#include "import.h"
#include "statements.h"

/* The people of a step. */
typedef struct people {
    int64_t *old_ids, *user_ids;
    const char **names, **emails, **canonicals;
    size_t count;
} people;

/* A name that a profile may have, as it is stored; "": it may not. */
static const char *check_name(mc__arena *arena, const char *name)
{
    mc_profile_edit given = MC_PROFILE_EDIT_INIT, edit;
    mc__problem problem = {0};
    mc_scratch_text(joined);
    int rc;

    for (const char *c = name; *c; c++)
        mc__text_putc(&joined, *c == ' ' ? '_' : *c);
    given.profile_name = mc__text_string(&joined);
    rc = joined.error ? MC_ENOMEM : mc__profile_edit_check(&edit, &problem, arena, &given);
    mc__problem_release(&problem);
    arena->failed |= rc == MC_ENOMEM;
    return rc == 0 && edit.profile_name ? edit.profile_name : "";
}

const char *mc__import_email(mc__importing *import, mc__arena *arena, int64_t old_id,
                             const char *email)
{
    if (mc__email_check(email) == 0)
        return mc__arena_strdup(arena, email);
    return mc__arena_format(arena, "imported-%lld@%s.invalid", (long long)old_id, import->target);
}

static int load(people *out, mc__importing *import, mc__arena *arena, int64_t after, int64_t last)
{
    mc_session *session = import->session;
    const PGresult *rows;
    mc_batch(batch);
    size_t room;
    int rc;

    mc__add_imports_people(&batch, &(mc__imports_people_in){.site_id = import->site_id,
                                                            .origin_id = import->origin_id,
                                                            .target = import->target,
                                                            .after = after,
                                                            .last = last});
    rc = mc__read_on_site(session, import->site_id, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    room = (size_t)PQntuples(rows) + 1;
    *out = (people){.old_ids = mc__arena_alloc(arena, room * sizeof(int64_t)),
                    .user_ids = mc__arena_alloc(arena, room * sizeof(int64_t)),
                    .names = mc__arena_alloc(arena, room * sizeof(char *)),
                    .emails = mc__arena_alloc(arena, room * sizeof(char *)),
                    .canonicals = mc__arena_alloc(arena, room * sizeof(char *))};
    for (; !arena->failed && out->count < room - 1; out->count++) {
        mc__imports_people_row row = mc__read_imports_people(rows, (int)out->count);
        mc_scratch_text(canonical);

        out->old_ids[out->count] = row.old_id;
        out->names[out->count] = check_name(arena, row.name);
        out->emails[out->count] = mc__import_email(import, arena, row.old_id, row.email);
        if (mc__email_put_canonical(&canonical, out->emails[out->count]) == MC_ENOMEM)
            arena->failed = true;
        out->canonicals[out->count] = mc__arena_strdup(arena, mc__text_string(&canonical));
    }
    return arena->failed ? mc__out_of_memory(session) : 0;
}

/* Makes those users that aren't there. */
static int make_users(people *p, mc__importing *import)
{
    mc_session *session = import->session;
    mc_strings canonicals = {p->canonicals, p->count};
    mc_batch(batch);
    int rc;

    mc__add_users_resolve(&batch, &(mc__users_resolve_in){import->site_id, canonicals});
    rc = mc__write_on_site(session, import->site_id, &batch);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < p->count; i++)
        p->user_ids[i] = mc__read_users_resolve(mc__batch_rows(&batch, 0), (int)i).user_id;
    mc__batch_clear(&batch);
    batch.count = 0;
    mc__add_users_make_many(&batch, &(mc__users_make_many_in){.user_ids = {p->user_ids, p->count},
                                                              .emails = {p->emails, p->count},
                                                              .canonical_emails = canonicals,
                                                              .site_id = import->site_id});
    mc__add_users_resolve(&batch, &(mc__users_resolve_in){import->site_id, canonicals});
    rc = mc__write_as_platform(session, &batch);
    for (size_t i = 0; rc == 0 && i < p->count; i++)
        p->user_ids[i] = mc__read_users_resolve(mc__batch_rows(&batch, 1), (int)i).user_id;
    return rc;
}

/* attempt 0: with their own names; then with default ones. */
static int add_profiles(mc__batch *batch, const people *p, mc__importing *import, int attempt)
{
    mc__arena *arena = &batch->arena;
    size_t size = (p->count + 1) * sizeof(char *);
    const char **names = mc__arena_alloc(arena, size), **keys = mc__arena_alloc(arena, size),
               **looks = mc__arena_alloc(arena, size), **orders = mc__arena_alloc(arena, size);

    for (size_t n = 0; !arena->failed && n < p->count; n++) {
        mc__name_keys made;

        names[n] = attempt == 0 && *p->names[n]
                       ? p->names[n]
                       : mc__default_name(arena, import->site_id == MC_ROOT_SITE, p->user_ids[n],
                                          p->emails[n], attempt ? attempt - 1 : 0);
        if (arena->failed || mc__name_keys_make(&made, arena, names[n]) < 0)
            return mc__out_of_memory(import->session);
        keys[n] = made.key;
        looks[n] = made.look;
        orders[n] = made.order;
    }
    if (arena->failed)
        return mc__out_of_memory(import->session);
    mc__add_imports_make_profiles(
        batch, &(mc__imports_make_profiles_in){.site_id = import->site_id,
                                               .target = import->target,
                                               .old_ids = {p->old_ids, p->count},
                                               .user_ids = {p->user_ids, p->count},
                                               .names = {names, p->count},
                                               .keys = {keys, p->count},
                                               .looks = {looks, p->count},
                                               .orders = {orders, p->count}});
    return 0;
}

int mc__import_profiles(mc__importing *import, int64_t after, int64_t last)
{
    mc_session *session = import->session;
    mc_scratch_arena(arena);
    mc_batch(batch);
    people p;
    int rc = load(&p, import, &arena, after, last);

    if (rc < 0 || p.count == 0)
        return rc;
    rc = make_users(&p, import);
    for (int attempt = 0; rc == 0 && attempt < 3; attempt++)
        rc = add_profiles(&batch, &p, import, attempt);
    if (rc < 0)
        return rc;
    mc__add_imports_note_profiles(
        &batch, &(mc__imports_note_profiles_in){.site_id = import->site_id,
                                                .origin_id = import->origin_id,
                                                .target = import->target,
                                                .old_ids = {p.old_ids, p.count},
                                                .user_ids = {p.user_ids, p.count}});
    return mc__write_on_site(session, import->site_id, &batch);
}

int mc__import_owner(mc__importing *import)
{
    mc_session *session = import->session;
    mc_scratch_arena(arena);
    mc__name_keys keys;
    const char *name;
    mc_batch(batch);
    int rc;

    mc__add_import_files_profile(
        &batch, &(mc__import_files_profile_in){import->target, import->owner_old_id});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    name = check_name(&arena, mc__read_import_files_profile(mc__batch_rows(&batch, 0), 0).name);
    if (!*name && !arena.failed)
        return 0; /* as everybody's whose name can't be used */
    if (arena.failed || mc__name_keys_make(&keys, &arena, name) < 0)
        return mc__out_of_memory(session);
    mc__batch_clear(&batch);
    batch.count = 0;
    mc__add_imports_owner(&batch, &(mc__imports_owner_in){.site_id = import->site_id,
                                                          .origin_id = import->origin_id,
                                                          .target = import->target,
                                                          .old_id = import->owner_old_id,
                                                          .name = name,
                                                          .name_key = keys.key,
                                                          .name_look = keys.look,
                                                          .name_order = keys.order});
    rc = mc__write_on_site(session, import->site_id, &batch);
    if (rc == 0)
        import->moving.counts[MC_MOVE_PROFILES]->moved += PQntuples(mc__batch_rows(&batch, 0));
    return rc;
}

/* The name and the address are reserved for each other. */
int mc__import_nobody(mc__importing *import)
{
    static const char name[] = "deleted", email[] = "nobody@microcosm.invalid";
    mc_session *session = import->session;
    mc_scratch_arena(arena);
    mc__name_keys keys;
    mc_batch(batch);
    int64_t user_id;
    int rc = mc__user_find_or_make(&user_id, session, email);

    if (rc < 0)
        return rc;
    if (mc__name_keys_make(&keys, &arena, name) < 0)
        return mc__out_of_memory(session);
    mc__add_imports_make_nobody(&batch, &(mc__imports_make_nobody_in){.site_id = import->site_id,
                                                                      .user_id = user_id,
                                                                      .name = name,
                                                                      .name_key = keys.key,
                                                                      .name_look = keys.look,
                                                                      .name_order = keys.order});
    mc__add_imports_nobody(&batch, &(mc__imports_nobody_in){import->site_id, user_id});
    rc = mc__write_on_site(session, import->site_id, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 1)))
        import->deleted_id = mc__read_imports_nobody(mc__batch_rows(&batch, 1), 0).profile_id;
    return rc;
}
