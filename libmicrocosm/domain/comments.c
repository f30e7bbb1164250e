/* Comments: include/microcosm/comments.h. */
#include "items.h"

#include "../markup/markup.h"

/* Takes 1.5 ms to render at the very worst, 0.4 ms if it is prose: not worth standing in line. */
#define SHORT_TEXT ((size_t)4096)

/* ---- records
 * --------------------------------------------------------------------------------------- */

int mc__comment_reader_make(mc__comment_reader *out, mc_session *session, mc__arena *home,
                            const PGresult *rows, const char *item_title)
{
    *out = (mc__comment_reader){.rows = rows, .home = home ? home : &session->scratch};
    if (mc__columns_make(&out->columns, &session->scratch, &mc__comment_type, rows) < 0)
        return MC_ENOMEM;
    out->columns.borrows = !home;
    out->reply_author = PQfnumber(rows, "reply_author_id");
    out->reply_author_name = PQfnumber(rows, "reply_author_name");
    out->item_title = home ? mc__arena_strdup(home, item_title) : item_title;
    return out->home->failed ? MC_ENOMEM : 0;
}

static const char *item_href(mc__comment_reader *reader, const mc_comment *comment)
{
    if (reader->item_href && reader->item_id == comment->item_id &&
        strcmp(reader->item_type, comment->item_type) == 0)
        return reader->item_href;
    reader->item_id = comment->item_id;
    reader->item_type = comment->item_type;
    reader->item_href = mc__href(
        reader->home, mc__collection_of(mc_item_type_find(comment->item_type)), comment->item_id);
    return reader->item_href;
}

static void add_links(mc__arena *arena, mc_comment *comment, mc__comment_reader *reader, int row)
{
    mc_meta *meta = (mc_meta *)comment->meta;
    const char *item = item_href(reader, comment);
    const PGresult *rows = reader->rows;
    size_t capacity = 0;

    mc__link_add(arena, &meta->links, &capacity, "self", mc__href(arena, "comments", comment->id),
                 NULL);
    mc__link_add(arena, &meta->links, &capacity, comment->item_type, item, reader->item_title);
    mc__link_add(arena, &meta->links, &capacity, "up", item, reader->item_title);
    if (!comment->in_reply_to)
        return;
    mc__link_add(arena, &meta->links, &capacity, "inReplyTo",
                 mc__href(arena, "comments", comment->in_reply_to), NULL);
    if (mc__row_is_null(rows, row, reader->reply_author))
        return;
    mc__link_add(arena, &meta->links, &capacity, "inReplyToAuthor",
                 mc__href(arena, "profiles", mc__row_int(rows, row, reader->reply_author)),
                 mc__columns_text(&reader->columns, arena, rows, row, reader->reply_author_name));
}

static int fill(mc__arena *arena, mc_comment *comment, mc__comment_reader *reader, int row)
{
    int rc = mc__record_decode(comment, arena, &reader->columns, reader->rows, row);
    mc_meta *meta;

    if (rc < 0)
        return rc;
    meta = (mc_meta *)comment->meta;
    if (!meta || !meta->flags)
        return MC_ENOMEM;
    ((mc_flags *)meta->flags)->unread = MC_NO;
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)meta->edited_by);
    if (!meta->edited_by) /* the view names only others than the author */
        meta->edited_by = meta->created_by;
    add_links(arena, comment, reader, row);
    return arena->failed || reader->home->failed ? MC_ENOMEM : 0;
}

mc_comment *mc__comment_record(mc__arena *arena, mc__comment_reader *reader, int row)
{
    mc_comment *comment = mc__record_make(arena, &mc__comment_type);

    return comment && fill(arena, comment, reader, row) == 0 ? comment : NULL;
}

/* ---- what is known of a comment
 * ------------------------------------------------------------------------ */

typedef struct known {
    bool exists, is_visible, is_deleted, is_moderated;
    bool parent_hidden; /* its item or microcosm */
    mc_item_type item_type;
    int64_t item_id, microcosm_id, shown_before, author;
    mc_permissions permissions;
} known;

static void add_get(mc_session *session, mc__batch *batch, int64_t comment_id)
{
    const mc__viewer *viewer = session->viewer;

    mc__batch_add(batch, MC_Q_COMMENTS_GET);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, comment_id);
    mc__add_int(batch, viewer->profile_id);
    mc__add_ints(batch, viewer->ignored_profiles.items, viewer->ignored_profiles.count);
}

static void read_known(known *out, mc_session *session, int64_t comment_id, const PGresult *rows)
{
    mc__comment_facts facts = {.comment_id = comment_id};
    const mc__node *node;

    *out = (known){0};
    if (PQntuples(rows)) {
        out->exists = true;
        out->is_visible = mc__row_bool(rows, 0, PQfnumber(rows, "is_visible"));
        out->is_deleted = mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.deleted"));
        out->is_moderated = mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.moderated"));
        out->item_type = (mc_item_type)mc__row_int(rows, 0, PQfnumber(rows, "parent_type"));
        out->item_id = mc__row_int(rows, 0, PQfnumber(rows, "item_id"));
        out->microcosm_id = mc__row_int(rows, 0, PQfnumber(rows, "microcosm_id"));
        out->shown_before = mc__row_int(rows, 0, PQfnumber(rows, "shown_before"));
        out->author = mc__row_int(rows, 0, PQfnumber(rows, "created_by"));
        node = mc__map_find(session->map, out->microcosm_id);
        out->parent_hidden = !mc__row_bool(rows, 0, PQfnumber(rows, "parent_visible")) ||
                             (out->microcosm_id && (!node || node->is_hidden));
        facts.author = out->author;
        facts.item_type = out->item_type;
        facts.microcosm_id = out->microcosm_id;
        facts.is_participant = mc__row_bool(rows, 0, PQfnumber(rows, "is_participant"));
    }
    mc__decide_comment(&out->permissions, session, &facts);
}

static int load_known(known *out, mc_session *session, int64_t comment_id)
{
    mc_batch(batch);
    int rc = mc__check_id(session, comment_id);

    if (rc < 0)
        return rc;
    add_get(session, &batch, comment_id);
    rc = mc__run(session, &batch, MC_READ);
    if (rc == 0)
        read_known(out, session, comment_id, mc__batch_rows(&batch, 0));
    return rc;
}

/* An unknown comment is forbidden to everybody; a hidden one isn't there. */
static int check_readable(mc_session *session, const known *comment)
{
    if (!comment->permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!comment->is_visible || comment->parent_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    return 0;
}

/* ---- one comment
 * -------------------------------------------------------------------------------------------- */

enum { G_COMMENT, G_PARENT, G_REPLIES };

static int load(mc_session *session, mc__batch *batch, int64_t comment_id)
{
    const mc__viewer *viewer = session->viewer;

    add_get(session, batch, comment_id);
    mc__batch_add(batch, MC_Q_COMMENTS_PARENT_OF);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, comment_id);
    mc__batch_add(batch, MC_Q_COMMENTS_REPLIES);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, comment_id);
    mc__add_ints(batch, viewer->ignored_profiles.items, viewer->ignored_profiles.count);
    return mc__run(session, batch, MC_READ);
}

static int add_relatives(mc_session *session, mc__arena *arena, mc_meta *meta,
                         const mc__batch *batch, const char *title)
{
    const PGresult *parent = mc__batch_rows(batch, G_PARENT),
                   *replies = mc__batch_rows(batch, G_REPLIES);
    int count = PQntuples(replies);
    mc__comment_reader reader;
    const void **items;

    if (mc__comment_reader_make(&reader, session, arena, parent, title) < 0)
        return MC_ENOMEM;
    if (PQntuples(parent))
        meta->in_reply_to = mc__comment_record(arena, &reader, 0);
    if (mc__comment_reader_make(&reader, session, arena, replies, title) < 0)
        return MC_ENOMEM;
    items = mc__list_make(arena, &meta->replies, (size_t)count);
    for (int row = 0; items && row < count; row++)
        if (!(items[row] = mc__comment_record(arena, &reader, row)))
            return MC_ENOMEM;
    return items && !arena->failed ? 0 : MC_ENOMEM;
}

static void add_page_link(mc__arena *arena, mc_comment *comment, int64_t shown_before,
                          int64_t limit)
{
    mc_meta *meta = (mc_meta *)comment->meta;
    const char *item =
        mc__href(arena, mc__collection_of(mc_item_type_find(comment->item_type)), comment->item_id);
    int64_t offset = shown_before / limit * limit;
    size_t capacity = meta->links.count; /* full, so that the list is copied */

    if (offset && limit != 25)
        item = mc__arena_format(arena, "%s?limit=%lld&offset=%lld", item, (long long)limit,
                                (long long)offset);
    else if (offset)
        item = mc__arena_format(arena, "%s?offset=%lld", item, (long long)offset);
    mc__link_add(arena, &meta->links, &capacity, "commentPage", item, NULL);
}

int mc_comment_get(mc_comment **out, mc_session *session, int64_t comment_id, int64_t limit)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_comment *comment;
    const PGresult *rows;
    mc__comment_reader reader;
    const char *title;
    mc__arena *arena;
    known facts;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, comment_id);
    if (rc == 0)
        rc = mc__place_limit(session, &limit);
    if (rc == 0)
        rc = load(session, &batch, comment_id);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, G_COMMENT);
    read_known(&facts, session, comment_id, rows);
    rc = check_readable(session, &facts);
    if (rc < 0)
        return rc;
    record = comment = mc__record_new(&mc__comment_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    title = mc__row_text(rows, 0, PQfnumber(rows, "parent_title"));
    if (mc__comment_reader_make(&reader, session, arena, rows, title) < 0 ||
        fill(arena, comment, &reader, 0) < 0 ||
        add_relatives(session, arena, (mc_meta *)comment->meta, &batch, title) < 0)
        return mc__out_of_memory(session);
    if (facts.item_type != MC_ITEM_PROFILE)
        add_page_link(arena, comment, facts.shown_before, limit);
    ((mc_meta *)comment->meta)->permissions = mc__permissions_record(arena, &facts.permissions);
    if (arena->failed)
        return mc__out_of_memory(session);
    mc__mark_read(session, facts.item_type, facts.item_id, comment->meta->created);
    MC_TAKE(record);
    *out = comment;
    return 0;
}

int mc_comment_place(mc_place **out, mc_session *session, int64_t comment_id, int64_t limit)
{
    known comment;
    mc_place *place;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__place_limit(session, &limit);
    if (rc == 0)
        rc = load_known(&comment, session, comment_id);
    if (rc == 0)
        rc = check_readable(session, &comment);
    if (rc < 0)
        return rc;
    place =
        mc__place_make(comment.item_type, comment.item_id, comment_id, comment.shown_before, limit);
    if (!place)
        return mc__out_of_memory(session);
    *out = place;
    return 0;
}

/* ---- Markdown
 * ----------------------------------------------------------------------------------------------------
 */

typedef struct names {
    const char **escaped; /* lower case, as stored in profiles.name_key; ascending */
    const int64_t *ids;
    size_t count;
} names;

static int refuse_markdown(mc_session *session, int rc)
{
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    return mc__fault(&session->problem, "markdown",
                     rc == MC_ETOOLARGE ? "must have at most 1 MiB" : "cannot be shown");
}

/* Names found in the text, escaped as profile names are stored. */
static int escaped_names(mc_session *session, const char *markdown, const char ***out,
                         size_t *count)
{
    const char **found = NULL;
    int rc = mc__mentions_find(&session->scratch, markdown, strlen(markdown), &found, count);

    if (rc < 0)
        return refuse_markdown(session, rc);
    for (size_t i = 0; i < *count; i++) {
        mc_scratch_text(escaped);

        mc__text_html(&escaped, found[i], strlen(found[i]));
        found[i] = mc__arena_strdup(&session->scratch, mc__text_string(&escaped));
    }
    *out = found;
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int64_t look_up_mention(void *data, const char *name)
{
    const PGresult *rows = data; /* NULL: there are no names in the text */
    mc_scratch_text(escaped);

    mc__text_html(&escaped, name, strlen(name));
    for (int row = 0; rows && row < PQntuples(rows); row++)
        if (strcmp(mc__row_text(rows, row, 0), mc__text_string(&escaped)) == 0)
            return mc__row_int(rows, row, 1);
    return 0;
}

/* The last statement of the batch, if any names were found. */
static void add_mentioned(mc__batch *batch, mc_session *session, const char **found, size_t count)
{
    if (!count)
        return;
    mc__batch_add(batch, MC_Q_COMMENTS_MENTIONED);
    mc__add_int(batch, session->site.id);
    mc__add_texts(batch, found, count);
}

/* A text of the longest kind takes a core for a tenth of a second and more. */
static int render_in_turn(mc_session *session, mc__text *out, const mc__render_options *options,
                          const char *markdown)
{
    size_t length = strlen(markdown);
    /* Who has a connection and waits makes others wait for the connection. */
    bool is_gated = length > SHORT_TEXT && !session->db.held;
    int rc = is_gated ? mc__gate_enter(session->app->rendering) : 0;

    if (rc < 0)
        return mc__fail(&session->problem, rc, "too many long texts at once");
    rc = mc__render(out, options, markdown, length);
    if (is_gated)
        mc__gate_leave(session->app->rendering);
    return rc < 0 ? refuse_markdown(session, rc) : 0;
}

static int render(mc_session *session, const char *markdown, const PGresult *mentioned,
                  const char **html, mc__rendered *rendered)
{
    mc_scratch_text(text);
    mc__render_options options = {.site_url = session->site.url,
                                  .site_domain =
                                      *session->site.domain ? session->site.domain : NULL,
                                  .lookup = look_up_mention,
                                  .lookup_data = (void *)mentioned,
                                  .rendered = rendered};
    int rc = render_in_turn(session, &text, &options, markdown);

    if (rc < 0)
        return rc;
    if (rendered->blank)
        return mc__fault(&session->problem, "markdown", "must show something");
    *html = mc__arena_copy(&session->scratch, mc__text_string(&text), text.length);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* ---- creating
 * --------------------------------------------------------------------------------------------------------
 */

static int refuse_create(mc_session *session)
{
    return mc__fail_because(&session->problem, MC_EFORBIDDEN, 10, "the actor may not comment here");
}

static int judge_on_item(mc_session *session, mc_item_type item_type, const mc__item_known *item)
{
    if (!item->permissions.can_create || (!item->exists && !item->permissions.is_site_owner))
        return refuse_create(session);
    if (!item->exists || item->is_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    if (!item->is_open && !item->permissions.is_moderator)
        return mc__fail_because(&session->problem, MC_ECLOSED, 17, "the %s is closed",
                                mc_item_type_name(item_type));
    return 0;
}

static int judge_on_huddle(mc_session *session, int64_t huddle_id, const PGresult *rows)
{
    mc_permissions permissions;
    bool exists = PQntuples(rows) > 0;

    mc__decide_thing(&permissions, session, MC_ITEM_HUDDLE, huddle_id,
                     exists ? mc__row_int(rows, 0, 0) : 0, exists && mc__row_bool(rows, 0, 1));
    return permissions.can_create ? 0 : refuse_create(session);
}

static int judge_on_profile(mc_session *session, int64_t profile_id, const PGresult *rows)
{
    mc_permissions permissions;

    mc__decide_thing(&permissions, session, MC_ITEM_PROFILE, profile_id, profile_id, false);
    if (!permissions.can_create)
        return refuse_create(session);
    return PQntuples(rows) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

static void add_target(mc__batch *batch, mc_session *session, mc_item_type item_type,
                       int64_t item_id)
{
    mc__batch_add(batch, item_type == MC_ITEM_HUDDLE    ? MC_Q_COMMENTS_HUDDLE_TARGET
                         : item_type == MC_ITEM_PROFILE ? MC_Q_COMMENTS_PROFILE_TARGET
                                                        : MC_Q_ITEMS_FACTS);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, item_id);
    if (item_type == MC_ITEM_HUDDLE)
        mc__add_int(batch, session->viewer->profile_id);
    else if (item_type != MC_ITEM_PROFILE)
        mc__add_int(batch, item_type);
}

/* What decides about writing to an item. New comments change nothing of it, so it stays good where
 * the item's own entry doesn't outlive a post. */
typedef struct kept_target {
    mc__entry entry;
    int64_t microcosm_id, author;
    bool is_deleted, is_moderated, is_open;
} kept_target;

static mc__cache_key target_key(const mc_session *session, mc_item_type item_type, int64_t item_id)
{
    return (mc__cache_key){MC_KEPT_TARGET, session->site.id, {item_id, item_type}};
}

static bool is_item(mc_item_type item_type)
{
    return item_type != MC_ITEM_HUDDLE && item_type != MC_ITEM_PROFILE;
}

/* Rows of items.facts. */
static void keep_target(mc_session *session, mc_item_type item_type, int64_t item_id,
                        const PGresult *rows, uint64_t moment)
{
    mc__cache_key key = target_key(session, item_type, item_id);
    mc_auto_entry kept_target *target = NULL;

    if (!is_item(item_type) || !PQntuples(rows) || !mc__may_share(session) ||
        !mc__cache_is_trusted(session->app->cache))
        return;
    target = mc__entry_new(sizeof(*target), moment);
    if (!target)
        return;
    target->microcosm_id = mc__row_int(rows, 0, PQfnumber(rows, "microcosm_id"));
    target->author = mc__row_int(rows, 0, PQfnumber(rows, "created_by"));
    target->is_deleted = mc__row_bool(rows, 0, PQfnumber(rows, "is_deleted"));
    target->is_moderated = mc__row_bool(rows, 0, PQfnumber(rows, "is_moderated"));
    target->is_open = mc__row_bool(rows, 0, PQfnumber(rows, "is_open"));
    mc__entry_tells_of(target, (mc__subject){MC_OF_TEXTS, session->site.id, item_id});
    mc__cache_keep(session->app->cache, &key, target);
}

/* False if it must be asked for. */
static bool find_target(mc__item_known *out, mc_session *session, mc_item_type item_type,
                        int64_t item_id)
{
    mc__cache_key key = target_key(session, item_type, item_id);
    mc_auto_entry kept_target *target = NULL;

    if (!is_item(item_type) || !mc__may_share(session))
        return false;
    target = mc__cache_find(session->app->cache, &key);
    if (!target) /* somebody may have read it just now */
        return mc__item_find_known(out, session, item_type, item_id);
    *out = (mc__item_known){.microcosm_id = target->microcosm_id,
                            .author = target->author,
                            .is_deleted = target->is_deleted,
                            .is_moderated = target->is_moderated,
                            .is_open = target->is_open};
    mc__item_conclude(out, session, item_type, item_id);
    return true;
}

/* microcosm_id: of the item; left alone for what is in none. */
static int judge_target(mc_session *session, mc_item_type item_type, int64_t item_id,
                        const PGresult *rows, int64_t *microcosm_id)
{
    mc__item_known item;

    if (item_type == MC_ITEM_HUDDLE)
        return judge_on_huddle(session, item_id, rows);
    if (item_type == MC_ITEM_PROFILE)
        return judge_on_profile(session, item_id, rows);
    mc__item_read_facts(&item, session, item_type, item_id, rows);
    *microcosm_id = item.microcosm_id;
    return judge_on_item(session, item_type, &item);
}

static int insert(int64_t *comment_id, mc_session *session, const mc__news *news,
                  const mc_comment_edit *edit, const char *html, const mc__rendered *rendered)
{
    mc_item_type item_type = news->parent_type;
    bool on_item = is_item(item_type);
    mc_batch(batch);
    size_t made;
    int rc;

    /* The lock comes first, in a statement of its own: what the next one sees and the time that it
     * takes are then those of its turn. So times follow positions, and of two equal posts at once
     * the second finds the first. */
    mc__batch_add(&batch, on_item                       ? MC_Q_ITEMS_LOCK
                          : item_type == MC_ITEM_HUDDLE ? MC_Q_COMMENTS_LOCK_HUDDLE
                                                        : MC_Q_COMMENTS_LOCK_PROFILE);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, edit->item_id);
    made = mc__batch_add(&batch, on_item                       ? MC_Q_COMMENTS_CREATE_ON_ITEM
                                 : item_type == MC_ITEM_HUDDLE ? MC_Q_COMMENTS_CREATE_ON_HUDDLE
                                                               : MC_Q_COMMENTS_CREATE_ON_PROFILE);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, edit->item_id);
    if (on_item)
        mc__add_int(&batch, item_type);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, edit->markdown);
    mc__add_text(&batch, html);
    mc__add_id(&batch, edit->in_reply_to);
    if (on_item)
        mc__add_ints(&batch, rendered->mentioned, rendered->mentioned_count);
    mc__add_text(&batch, mc__audit_address(session));
    rc = mc__write(session, &batch, news);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, made)) == 0) /* hidden since it was looked at */
        return mc__refuse(session, MC_ENOTFOUND);
    *comment_id = mc__row_int(mc__batch_rows(&batch, made), 0, 0);
    return 0;
}

static bool takes_comments(mc_item_type item_type)
{
    return item_type == MC_ITEM_CONVERSATION || item_type == MC_ITEM_EVENT ||
           item_type == MC_ITEM_POLL || item_type == MC_ITEM_HUDDLE || item_type == MC_ITEM_PROFILE;
}

/* Together with the other faults, if there are any. */
static int check_item_type(mc_session *session, const mc_comment_edit *edit, int rc)
{
    if ((rc == 0 || rc == MC_EINVAL) && edit->item_type &&
        !takes_comments(mc_item_type_find(edit->item_type)))
        return mc__fault(&session->problem, "itemType",
                         "must be conversation, event, poll, huddle or profile");
    return rc;
}

static int create(int64_t *comment_id, mc_session *session, const mc_comment_edit *edit)
{
    mc_item_type item_type = mc_item_type_find(edit->item_type);
    mc__news news = {.item_type = MC_ITEM_COMMENT,
                     .parent_type = item_type,
                     .parent_id = edit->item_id,
                     .is_new = true};
    mc__rendered rendered = {0};
    const char **found = NULL, *html = "";
    mc__item_known item;
    size_t count = 0;
    uint64_t moment;
    mc_batch(batch);
    int rc;

    rc = escaped_names(session, edit->markdown, &found, &count);
    if (rc < 0)
        return rc;
    /* Without names, all that is to be known may be at hand. What else happens to the item until
     * the comment is written is seen there, under its lock. */
    if (count == 0 && find_target(&item, session, item_type, edit->item_id)) {
        news.microcosm_id = item.microcosm_id;
        rc = judge_on_item(session, item_type, &item);
    } else {
        add_target(&batch, session, item_type, edit->item_id);
        add_mentioned(&batch, session, found, count);
        moment = mc__cache_moment(session->app->cache);
        rc = mc__run(session, &batch, MC_READ);
        if (rc == 0) {
            keep_target(session, item_type, edit->item_id, mc__batch_rows(&batch, 0), moment);
            rc = judge_target(session, item_type, edit->item_id, mc__batch_rows(&batch, 0),
                              &news.microcosm_id);
        }
    }
    if (rc == 0)
        rc = render(session, edit->markdown, count ? mc__batch_rows(&batch, 1) : NULL, &html,
                    &rendered);
    return rc < 0 ? rc : insert(comment_id, session, &news, edit, html, &rendered);
}

int mc_comment_create(int64_t *comment_id, mc_session *session, const mc_comment_edit *given)
{
    mc_comment_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_copy(&session->problem, &session->scratch, &mc__comment_edit_type, &edit,
                            MC_TO_CREATE, given);
    rc = check_item_type(session, &edit, rc);
    return rc < 0 ? rc : create(comment_id, session, &edit);
}

int mc_comment_create_body(int64_t *comment_id, mc_session *session, mc_format format,
                           const char *body, size_t length)
{
    mc_comment_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &mc__comment_edit_type, &edit,
                            MC_TO_CREATE, format, body, length);
    rc = check_item_type(session, &edit, rc);
    return rc < 0 ? rc : create(comment_id, session, &edit);
}

/* ---- changing
 * ------------------------------------------------------------------------------------------------------------
 */

static int edit_comment(mc_session *session, int64_t comment_id, const mc_comment_edit *edit)
{
    mc__rendered rendered = {0};
    const char **found = NULL, *html = "";
    size_t count = 0;
    known comment;
    mc_batch(batch);
    mc_batch(write);
    int rc;

    if (edit->item_type && mc_item_type_find(edit->item_type) == MC_ITEM_NONE)
        return mc__fault(&session->problem, "itemType", "is not known");
    rc = escaped_names(session, edit->markdown, &found, &count);
    if (rc < 0)
        return rc;
    add_get(session, &batch, comment_id);
    add_mentioned(&batch, session, found, count);
    rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    read_known(&comment, session, comment_id, mc__batch_rows(&batch, 0));
    if (!comment.exists)
        return mc__refuse(session, MC_ENOTFOUND);
    rc = check_readable(session, &comment);
    if (rc < 0)
        return rc;
    if (!comment.permissions.can_update && !comment.permissions.is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    rc =
        render(session, edit->markdown, count ? mc__batch_rows(&batch, 1) : NULL, &html, &rendered);
    if (rc < 0)
        return rc;
    mc__batch_add(&write, MC_Q_COMMENTS_EDIT);
    mc__add_int(&write, session->site.id);
    mc__add_int(&write, comment_id);
    mc__add_int(&write, session->viewer->profile_id);
    mc__add_text(&write, edit->markdown);
    mc__add_text(&write, html);
    mc__add_ints(&write, rendered.mentioned, rendered.mentioned_count);
    mc__add_text(&write, mc__audit_address(session));
    return mc__write(session, &write,
                     &(mc__news){.item_type = MC_ITEM_COMMENT,
                                 .item_id = comment_id,
                                 .parent_type = comment.item_type,
                                 .parent_id = comment.item_id,
                                 .microcosm_id = comment.microcosm_id});
}

int mc_comment_edit_save(mc_session *session, int64_t comment_id, const mc_comment_edit *given)
{
    mc_comment_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, comment_id);
    if (rc == 0)
        rc = mc__input_copy(&session->problem, &session->scratch, &mc__comment_edit_type, &edit,
                            MC_TO_EDIT, given);
    return rc < 0 ? rc : edit_comment(session, comment_id, &edit);
}

int mc_comment_edit_body(mc_session *session, int64_t comment_id, mc_format format,
                         const char *body, size_t length)
{
    mc_comment_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, comment_id);
    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &mc__comment_edit_type, &edit,
                            MC_TO_EDIT, format, body, length);
    return rc < 0 ? rc : edit_comment(session, comment_id, &edit);
}

/* The item is locked first and its newest comment looked up last; all in one trip and transaction.
 */
static int set_flags(mc_session *session, int64_t comment_id, const known *comment,
                     const mc__flag_changes *flags, const char *action, const char *audit)
{
    mc__news news = {.item_type = MC_ITEM_COMMENT,
                     .item_id = comment_id,
                     .parent_type = comment->item_type,
                     .parent_id = comment->item_id,
                     .microcosm_id = comment->microcosm_id};
    mc_batch(batch);

    mc__batch_add(&batch, MC_Q_COMMENTS_LOCK_ITEM);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, comment_id);
    mc__batch_add(&batch, MC_Q_COMMENTS_SET_FLAGS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, comment_id);
    mc__add_choice(&batch, flags->deleted);
    mc__add_choice(&batch, flags->moderated);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, action);
    mc__add_text(&batch, audit);
    mc__add_text(&batch, mc__audit_address(session));
    mc__batch_add(&batch, MC_Q_COMMENTS_REFRESH_NEWEST);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, comment_id);
    return mc__write(session, &batch, &news);
}

static int patch(mc_session *session, int64_t comment_id, const mc__patch_op *ops, size_t count)
{
    mc__flag_changes flags;
    known comment;
    int rc = load_known(&comment, session, comment_id);

    if (rc < 0)
        return rc;
    /* In huddles and on profiles there are no moderators. */
    if (comment.item_type == MC_ITEM_HUDDLE)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!comment.exists)
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = mc__patch_judge(&flags, session, ops, count, &comment.permissions, true);
    if (rc < 0)
        return rc;
    if (comment.parent_hidden && !comment.permissions.is_moderator)
        return mc__refuse(session, MC_ENOTFOUND);
    return set_flags(session, comment_id, &comment, &flags, "update", "U");
}

int mc_comment_patch(mc_session *session, int64_t comment_id, const mc_patch_op *ops, size_t count)
{
    mc__patch_op *copy = NULL;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_copy(session, &copy, ops, count);
    return rc < 0 ? rc : patch(session, comment_id, copy, count);
}

int mc_comment_patch_body(mc_session *session, int64_t comment_id, const char *body, size_t length)
{
    mc__patch_op *ops = NULL;
    size_t count = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_read(&session->problem, &session->scratch, &ops, &count, body, length);
    return rc < 0 ? rc : patch(session, comment_id, ops, count);
}

int mc_comment_delete(mc_session *session, int64_t comment_id)
{
    mc__flag_changes flags = {.deleted = MC_YES};
    known comment;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = load_known(&comment, session, comment_id);
    if (rc < 0)
        return rc;
    if (!comment.permissions.can_delete &&
        !(comment.permissions.is_moderator && comment.item_type != MC_ITEM_HUDDLE &&
          comment.item_type != MC_ITEM_PROFILE))
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!comment.exists)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (comment.is_deleted)
        return 0;
    return set_flags(session, comment_id, &comment, &flags, "delete", "D");
}
