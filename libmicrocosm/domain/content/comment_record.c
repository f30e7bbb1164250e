/* See comment_record.h. */
#include "comment_record.h"

#include "../base/handles.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "../base/types.h"
#include "comment_text.h"

#define LONGEST_ON_SIGHT 65536 /* bytes: 7 ms, 25 at worst */

int mc__comment_reader_make(mc__comment_reader *out, mc_session *session, mc__arena *home,
                            const PGresult *rows, const char *item_title)
{
    *out = (mc__comment_reader){.rows = rows, .home = home ? home : &session->scratch};
    if (mc__columns_make(&out->columns, &session->scratch, &mc__comment_type, rows) < 0)
        return MC_ENOMEM;
    out->columns.borrows = !home;
    out->reply_author = PQfnumber(rows, "reply_author_id");
    out->reply_author_name = PQfnumber(rows, "reply_author_name");
    out->renderer = PQfnumber(rows, "renderer");
    out->site_url = session->site.url;
    out->site_host = session->site.host;
    out->item_title = home && item_title ? mc__arena_strdup(home, item_title) : item_title;
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
    if (!comment->in_reply_to || !reader->item_title ||
        mc__row_is_null(rows, row, reader->reply_author)) /* that comment is hidden */
        return;
    mc__link_add(arena, &meta->links, &capacity, "inReplyTo",
                 mc__href(arena, "comments", comment->in_reply_to), NULL);
    mc__link_add(arena, &meta->links, &capacity, "inReplyToAuthor",
                 mc__href(arena, "profiles", mc__row_int(rows, row, reader->reply_author)),
                 mc__columns_text(&reader->columns, arena, rows, row, reader->reply_author_name));
}

/* HTML of another version of the renderer is made anew on sight; that of long texts, which take
 * longer, in the background only. */
static int refresh_html(mc__arena *arena, mc_comment *comment, const mc__comment_reader *reader,
                        int row)
{
    if (mc__row_int(reader->rows, row, reader->renderer) == MC__RENDERER ||
        strlen(comment->markdown) > LONGEST_ON_SIGHT)
        return 0;
    comment->html =
        mc__comment_render_again(arena, &(mc__outdated_comment){.comment_id = comment->id,
                                                                .markdown = comment->markdown,
                                                                .html = comment->html,
                                                                .site_url = reader->site_url,
                                                                .site_host = reader->site_host});
    return comment->html ? 0 : MC_ENOMEM;
}

int mc__comment_fill(mc__arena *arena, mc_comment *comment, mc__comment_reader *reader, int row)
{
    int rc = mc__record_decode(comment, arena, &reader->columns, reader->rows, row);
    mc_meta *meta;

    if (rc < 0)
        return rc;
    meta = (mc_meta *)comment->meta;
    if (!meta || !meta->flags || refresh_html(arena, comment, reader, row) < 0)
        return MC_ENOMEM;
    ((mc_flags *)meta->flags)->unread = MC_NO;
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)meta->edited_by);
    if (!meta->edited_by) /* the view names an editor only if it isn't the author */
        meta->edited_by = meta->created_by;
    add_links(arena, comment, reader, row);
    return arena->failed || reader->home->failed ? MC_ENOMEM : 0;
}

mc_comment *mc__comment_record(mc__arena *arena, mc__comment_reader *reader, int row)
{
    mc_comment *comment = mc__record_make(arena, &mc__comment_type);

    return comment && mc__comment_fill(arena, comment, reader, row) == 0 ? comment : NULL;
}
