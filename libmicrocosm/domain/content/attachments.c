/* Attachments: include/microcosm/attachments.h. attribute_things.c judges comments and profiles. */
#include "../access/actor.h"
#include "../access/meta.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "attribute_things.h"
#include "file_access.h"
#include "file_names.h"
#include "types.h"
#include "statements.h"

#define MOST 250

static const mc__field attachment_fields[] = {
    MC_FIELD(mc_attachment, profile_id, "profileId"),
    MC_FIELD(mc_attachment, file_hash, "fileHash"),
    MC_FIELD(mc_attachment, file_name, "fileName"),
    MC_FIELD(mc_attachment, file_ext, "fileExt"),
    MC_FIELD(mc_attachment, created, "created"),
    MC_FIELD(mc_attachment, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__attachment_type = MC_TYPE(mc_attachment, "attachment", attachment_fields);

static const mc__field attachment_edit_fields[] = {
    MC_FIELD(mc_attachment_edit, file_hash, "fileHash", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_attachment_edit, file_name, "fileName"),
};
const mc_type mc__attachment_edit_type =
    MC_TYPE(mc_attachment_edit, "attachment_edit", attachment_edit_fields, .flags = MC_TYPE_INPUT);

static int check_kind(mc_session *session, mc_item_type item_type)
{
    return item_type == MC_ITEM_COMMENT || item_type == MC_ITEM_PROFILE
               ? 0
               : mc__refuse(session, MC_ENOTFOUND);
}

static const mc_attachment *read_one(mc__arena *arena, const mc__attachments_list_row *row)
{
    mc_attachment *attachment = mc__record_make(arena, &mc__attachment_type);
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    size_t capacity = 0;

    if (!attachment || !meta)
        return NULL;
    attachment->profile_id = row->profile_id;
    attachment->file_hash = mc__arena_strdup(arena, row->file_hash);
    attachment->file_name = mc__arena_strdup(arena, row->file_name);
    attachment->file_ext = mc__arena_strdup(arena, row->file_ext);
    attachment->created = row->created;
    mc__link_add(arena, &meta->links, &capacity, "related", mc__arena_strdup(arena, row->href),
                 "File resource");
    attachment->meta = meta;
    return attachment;
}

static int fill(mc_collection *out, mc_session *session, const mc__thing *thing,
                const mc_page_options *options, int64_t total, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(out);
    const char *path =
        mc__arena_format(arena, "/api/v1/%s/%lld/attachments", mc__thing_path(thing->item_type),
                         (long long)thing->item_id);
    mc_page *page = mc__page_make(arena, options, total, path, "attachments");
    const void **items = page ? mc__list_make(arena, &page->items, (size_t)PQntuples(rows)) : NULL;

    if (!items)
        return mc__out_of_memory(session);
    for (int row = 0; row < PQntuples(rows); row++) {
        mc__attachments_list_row read = mc__read_attachments_list(rows, row);

        items[row] = read_one(arena, &read);
        if (!items[row])
            return mc__out_of_memory(session);
    }
    out->attachments = page;
    out->meta = mc__collection_meta(arena, path, &thing->permissions);
    return arena->failed || !out->meta ? mc__out_of_memory(session) : 0;
}

int mc_attachments_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                        int64_t item_id, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__thing thing = {.item_type = item_type, .item_id = item_id};
    mc_page_options page;
    int64_t total;
    size_t first;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = check_kind(session, item_type);
    if (rc == 0)
        rc = mc__thing_ask(&thing, session, &batch);
    if (rc < 0)
        return rc;
    first = mc__add_attachments_total(
        &batch, &(mc__attachments_total_in){session->site.id, item_type, item_id});
    mc__add_attachments_list(&batch, &(mc__attachments_list_in){session->site.id, item_type,
                                                                item_id, page.limit, page.offset});
    rc = mc__run(session, &batch);
    if (rc == 0)
        rc = mc__thing_judge(&thing, session, &batch);
    if (rc == 0 && !thing.exists)
        rc = mc__refuse(session, MC_ENOTFOUND);
    if (rc < 0)
        return rc;
    total = mc__read_attachments_total(mc__batch_rows(&batch, first), 0).total;
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? fill(record, session, &thing, &page, total, mc__batch_rows(&batch, first + 1))
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

/* What is attached, or removed. */
typedef struct attaching {
    const char *sha1;
    const char *name; /* NULL: it is removed */
} attaching;

/* Which file it is. A hash is no key: who knows the hash of a file may not read it for that. */
static int find_file(attaching *out, mc_session *session, const mc_attachment_edit *edit)
{
    mc__file_facts file;
    mc_batch(batch);
    int rc = mc__file_ask(&file, session, &batch, edit->file_hash, 0);

    if (rc < 0)
        return rc;
    if (!file.can_read)
        return mc__fault(&session->problem, "fileHash",
                         "must be the hash of a file that you have uploaded or may read");
    out->sha1 = mc__arena_strdup(&session->scratch, file.row.sha1);
    out->name =
        mc__file_name(&session->scratch,
                      edit->file_name && *edit->file_name ? edit->file_name : file.row.file_name);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

#define OF_CHANGE(thing)                                                                           \
    .site_id = session->site.id, .item_type = (thing)->item_type, .item_id = (thing)->item_id,     \
    .parent_type = (thing)->parent_type, .parent_id = (thing)->parent_id,                          \
    .microcosm_id = (thing)->microcosm_id, .actor_id = session->profile_id,                        \
    .address = mc__audit_address(session)

/* The avatar of a profile is the newest of all, and the only one stays: so who changes them waits
 * for the others. */
static void add_lock(mc__batch *batch, mc_session *session, const mc__thing *thing)
{
    if (thing->item_type == MC_ITEM_PROFILE)
        mc__add_comments_lock_profile(
            batch, &(mc__comments_lock_profile_in){session->site.id, thing->item_id});
}

static int put(mc_session *session, const mc__thing *thing, const attaching *what)
{
    mc_batch(batch);
    size_t saved;
    int rc;

    mc__thing_add_check(&batch, thing, session);
    add_lock(&batch, session, thing);
    saved = mc__add_attachments_put(
        &batch,
        &(mc__attachments_put_in){OF_CHANGE(thing), .sha1 = what->sha1, .file_name = what->name,
                                  .file_ext = mc__file_extension(what->name), .most = MOST});
    rc = mc__write(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, saved)) == 0)
        return mc__fault(&session->problem, "fileHash",
                         "must be of a file that is there, one of at most %d", MOST);
    return rc;
}

/* Why nothing was removed. */
static int refuse_removal(mc_session *session, const mc__thing *thing, const attaching *what)
{
    mc_batch(batch);
    int rc;

    mc__add_attachments_is_attached(
        &batch, &(mc__attachments_is_attached_in){session->site.id, thing->item_type,
                                                  thing->item_id, what->sha1});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (!mc__read_attachments_is_attached(mc__batch_rows(&batch, 0), 0).is_attached)
        return mc__refuse(session, MC_ENOTFOUND);
    return mc__fail(&session->problem, MC_ECONFLICT,
                    "it is the only avatar: attach another one first");
}

static int drop(mc_session *session, const mc__thing *thing, const attaching *what)
{
    mc_batch(batch);
    size_t dropped;
    int rc;

    mc__thing_add_check(&batch, thing, session);
    add_lock(&batch, session, thing);
    dropped = mc__add_attachments_delete(
        &batch, &(mc__attachments_delete_in){OF_CHANGE(thing), .sha1 = what->sha1});
    rc = mc__write(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, dropped)) == 0)
        return refuse_removal(session, thing, what);
    return rc;
}

/* edit: what to attach; NULL: what->sha1 is removed. */
static int change(mc_session *session, mc_item_type item_type, int64_t item_id, attaching *what,
                  const mc_attachment_edit *edit)
{
    int tries = 0, rc;

    do {
        mc__thing thing = {.item_type = item_type, .item_id = item_id};

        rc = check_kind(session, item_type);
        if (rc == 0)
            rc = mc__thing_judge_change(&thing, session);
        if (rc == 0 && edit)
            rc = find_file(what, session, edit);
        if (rc < 0)
            return rc;
        rc = edit ? put(session, &thing, what) : drop(session, &thing, what);
        mc__facts_changed(session);
    } while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int attach(mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc__source *source)
{
    mc_attachment_edit edit = {0};
    attaching what = {0};
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__attachment_edit_type, &edit,
                            MC_TO_CREATE, source);
    return rc < 0 ? rc : change(session, item_type, item_id, &what, &edit);
}

int mc_attachment_set(mc_session *session, mc_item_type item_type, int64_t item_id,
                      const mc_attachment_edit *edit)
{
    return attach(session, item_type, item_id, &(mc__source){.given = edit});
}

int mc_attachment_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                       mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return attach(session, item_type, item_id, &source);
}

int mc_attachment_delete(mc_session *session, mc_item_type item_type, int64_t item_id,
                         const char *file_hash)
{
    attaching what = {.sha1 = file_hash ? file_hash : ""};
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    return rc < 0 ? rc : change(session, item_type, item_id, &what, NULL);
}
