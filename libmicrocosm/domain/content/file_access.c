/* See file_access.h. */
#include "file_access.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "comment_facts.h"

/* Places that are judged after one look at the database. */
#define PLACES 50

static bool reads_comment(mc_session *session, const mc__files_places_row *place)
{
    mc__comment_facts comment;

    mc__comment_judge(&comment, session,
                      &(mc__comment_row){.exists = place->parent_type != 0,
                                         .is_visible = place->is_visible,
                                         .is_deleted = place->is_deleted,
                                         .is_moderated = place->is_moderated,
                                         .parent_type = (mc_item_type)place->parent_type,
                                         .comment_id = place->item_id,
                                         .parent_id = place->parent_id,
                                         .microcosm_id = place->microcosm_id,
                                         .created_by = place->created_by,
                                         .parent_visible = place->parent_visible,
                                         .parent_open = place->parent_open,
                                         .is_participant = place->is_participant,
                                         .parent_author = place->parent_author});
    return comment.exists && comment.permissions.can_read && comment.is_shown;
}

static bool reads_place(mc_session *session, const mc__files_places_row *place)
{
    mc_permissions permissions;

    if (place->item_type == MC_ITEM_COMMENT)
        return reads_comment(session, place);
    mc__decide_resource(&permissions, session, (mc_item_type)place->item_type, place->item_id,
                        place->item_id, false);
    return permissions.can_read;
}

static bool reads_one(mc_session *session, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        mc__files_places_row place = mc__read_files_places(rows, row);

        if (reads_place(session, &place))
            return true;
    }
    return false;
}

/* Microcosms whose logos name the file. */
static mc_int64s find_logos(mc_session *session, const char *sha1)
{
    const mc__tree *tree = session->tree;
    int64_t *ids = mc__arena_alloc(&session->scratch, (tree->count + 1) * sizeof(*ids));
    size_t count = 0;

    for (size_t i = 0; ids && i < tree->count; i++)
        if (strstr(tree->nodes[i].logo_url, sha1))
            ids[count++] = tree->nodes[i].id;
    return (mc_int64s){ids, count};
}

/* Whether it is the logo of a microcosm that the actor may read. */
static bool reads_logo(mc_session *session, const mc_int64s *logos)
{
    for (size_t i = 0; i < logos->count; i++) {
        const mc__node *node = mc__tree_find(session->tree, logos->items[i]);

        if (node && mc__is_readable(session, node))
            return true;
    }
    return false;
}

static int ask_places(mc_session *session, mc__batch *batch, const char *sha1, int64_t after)
{
    mc__add_files_places(batch, &(mc__files_places_in){.site_id = session->site.id,
                                                       .sha1 = sha1,
                                                       .actor_id = session->actor->profile_id,
                                                       .after = after,
                                                       .limit = PLACES});
    /* the root site shows the pictures of all sites */
    return mc_session_is_root_site(session) ? mc__read_on_site(session, 0, batch)
                                            : mc__run(session, batch);
}

/* Goes on to the places behind those of the rows, which the actor may not read. */
static int look_further(bool *out, mc_session *session, const char *sha1, const PGresult *rows)
{
    int count = PQntuples(rows);
    int64_t after = count ? mc__read_files_places(rows, count - 1).attachment_id : 0;
    int rc = 0;

    while (rc == 0 && !*out && count == PLACES) {
        mc_batch(batch);

        rc = ask_places(session, &batch, sha1, after);
        if (rc < 0)
            break;
        rows = mc__batch_rows(&batch, 0);
        count = PQntuples(rows);
        *out = reads_one(session, rows);
        after = count ? mc__read_files_places(rows, count - 1).attachment_id : 0;
    }
    return rc;
}

/* The session as a guest would have it; only for decisions. False when out of memory. */
static bool make_guest(mc_session *out, mc_session *session)
{
    mc__decision *decisions =
        mc__arena_alloc(&session->scratch, (session->tree->count + 1) * sizeof(*decisions));

    *out = *session;
    out->actor = &mc__guest;
    out->profile_id = 0;
    out->decisions = decisions;
    return decisions;
}

static bool is_site_shown(mc_session *session, const mc__files_get_row *file)
{
    mc_permissions permissions;

    mc__decide_resource(&permissions, session, MC_ITEM_SITE, session->site.id, 0, false);
    return file->shows_site && permissions.can_read;
}

/* Whoever has uploaded a file may read it. But a token that is bound to microcosms is for what is
 * in them: of what is attached, it reads what it may read there. */
static bool is_own(mc_session *session, const mc__files_get_row *file, const PGresult *places)
{
    mc_permissions permissions;

    if (session->limits.microcosms.count && PQntuples(places))
        return false;
    mc__decide_resource(&permissions, session, MC_ITEM_SITE, session->site.id, 0, false);
    return file->is_uploader && !permissions.is_banned;
}

static bool reads(mc_session *session, const mc__files_get_row *file, const mc_int64s *logos,
                  const PGresult *places)
{
    return is_site_shown(session, file) || reads_one(session, places) || reads_logo(session, logos);
}

int mc__file_ask(mc__file_facts *out, mc_session *session, mc__batch *batch, const char *sha1,
                 int64_t thumbnail)
{
    mc_session guest;
    const PGresult *places;
    mc_int64s logos = find_logos(session, sha1);
    int rc;

    *out = (mc__file_facts){0};
    mc__add_files_get(batch, &(mc__files_get_in){.site_id = session->site.id,
                                                 .sha1 = sha1,
                                                 .actor_id = session->actor->profile_id,
                                                 .logos = logos,
                                                 .thumbnail = thumbnail});
    rc = ask_places(session, batch, sha1, 0);
    if (rc < 0 || PQntuples(mc__batch_rows(batch, 0)) == 0)
        return rc;
    out->row = mc__read_files_get(mc__batch_rows(batch, 0), 0);
    places = mc__batch_rows(batch, 1);
    if (mc__ints_parse(&logos, &session->scratch, out->row.shows_logos) < 0 ||
        !make_guest(&guest, session))
        return mc__out_of_memory(session);
    out->is_public = reads(&guest, &out->row, &logos, places);
    out->can_read = is_own(session, &out->row, places) || reads(session, &out->row, &logos, places);
    return out->can_read ? 0 : look_further(&out->can_read, session, sha1, places);
}
