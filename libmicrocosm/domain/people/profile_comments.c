/* The comments on a profile: include/microcosm/profiles.h. */
#include "../access/actor.h"
#include "../access/meta.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "../content/comment_page.h"
#include "../content/unread.h"
#include "profile_access.h"
#include "statements.h"

/* The right to read a profile includes its comments, except for banned members, who see their own
 * profile without comments. */
static int judge(mc_permissions *permissions, mc_session *session, int64_t profile_id)
{
    mc__profile_decide(permissions, session, profile_id);
    if (permissions->is_banned)
        return mc__refuse(session, MC_EBANNED);
    if (!permissions->can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    return 0;
}

/* Reads in one trip the profile's name, the page and the actor's read mark. The batch must outlive
 * the page. */
static int read_page(mc__comment_page *page, mc__batch *batch)
{
    mc_session *session = page->session;
    int64_t site_id = session->site.id, actor_id = session->actor->profile_id;
    const PGresult *names;
    size_t name, mark = 0;
    int rc;

    name = mc__add_profiles_name(
        batch, &(mc__profiles_name_in){.site_id = site_id, .profile_id = page->parent_id});
    mc__comment_page_ask(page, batch);
    if (actor_id)
        mark = mc__add_read_marks_read_at(
            batch, &(mc__read_marks_read_at_in){.site_id = site_id,
                                                .profile_id = actor_id,
                                                .item_type = page->parent_type,
                                                .item_id = page->parent_id});
    rc = mc__run(session, batch);
    if (rc < 0)
        return rc;
    names = mc__batch_rows(batch, name);
    if (PQntuples(names) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    if (actor_id)
        page->last_read =
            mc__last_read(session, page->parent_type, page->parent_id, 0,
                          mc__read_read_marks_read_at(mc__batch_rows(batch, mark), 0).read_at);
    return mc__comment_page_take(page, batch, mc__read_profiles_name(names, 0).profile_name, 0);
}

static int begin(mc__comment_page *page, mc__batch *batch, mc_permissions *permissions,
                 mc_session *session, int64_t profile_id, const mc_page_options *options,
                 bool as_json)
{
    int rc = mc__check_id(session, profile_id);

    if (rc == 0)
        rc = judge(permissions, session, profile_id);
    if (rc == 0)
        rc = mc__comment_page_begin(page, session, MC_ITEM_PROFILE, profile_id, options, as_json);
    return rc < 0 ? rc : read_page(page, batch);
}

static bool fill(mc_collection *collection, mc__arena *arena, const mc__comment_page *page,
                 const mc_page *comments, const mc_permissions *permissions)
{
    const char *path = page->options.path;
    const char *href = path ? mc__arena_strdup(arena, path)
                            : mc__href(arena, mc__collection_of(MC_ITEM_PROFILE), page->parent_id);

    collection->comments = comments;
    collection->meta = mc__collection_meta(arena, href, permissions);
    return comments && collection->meta && !arena->failed;
}

int mc_profile_comments(mc_collection **out, mc_session *session, int64_t profile_id,
                        const mc_page_options *options)
{
    mc_batch(batch);
    mc__comment_page page __attribute__((cleanup(mc__comment_page_release))) = {0};
    mc_auto(mc_record_free) void *record = NULL;
    mc_permissions permissions;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = begin(&page, &batch, &permissions, session, profile_id, options, false);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    if (!record || !fill(record, mc__record_arena(record), &page,
                         mc__comment_page_records(&page, record), &permissions))
        return mc__out_of_memory(session);
    mc__comment_page_note(&page);
    *out = MC_TAKE(record);
    return 0;
}

int mc_profile_comments_json(mc_buffer *out, mc_session *session, int64_t profile_id,
                             const mc_page_options *options)
{
    mc_batch(batch);
    mc__comment_page page __attribute__((cleanup(mc__comment_page_release))) = {0};
    mc_permissions permissions;
    mc_collection *collection;
    mc__arena *arena;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = begin(&page, &batch, &permissions, session, profile_id, options, true);
    if (rc < 0)
        return rc;
    arena = &session->scratch;
    collection = mc__record_make(arena, &mc__collection_type);
    if (!collection ||
        !fill(collection, arena, &page, mc__comment_page_json(&page, arena), &permissions))
        return mc__out_of_memory(session);
    rc = mc__write_json(out, session, collection);
    if (rc == 0)
        mc__comment_page_note(&page);
    return rc;
}

int mc_profile_get_page(mc_profile **out, mc_session *session, int64_t profile_id,
                        const mc_page_options *options)
{
    mc_batch(batch);
    mc__comment_page page __attribute__((cleanup(mc__comment_page_release))) = {0};
    mc_auto(mc_record_free) void *record = NULL;
    mc_permissions permissions;
    mc_page_options checked;
    mc_profile *profile = NULL;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__page_check_limit(&checked, session, options);
    if (rc == 0)
        rc = mc_profile_get(&profile, session, profile_id);
    if (rc < 0)
        return rc;
    record = profile;
    if (!profile->meta->permissions->is_banned) {
        rc = begin(&page, &batch, &permissions, session, profile_id, options, false);
        if (rc < 0)
            return rc;
        profile->comments = mc__comment_page_records(&page, profile);
        if (!profile->comments)
            return mc__out_of_memory(session);
        mc__comment_page_note(&page);
    }
    MC_TAKE(record);
    *out = profile;
    return 0;
}
