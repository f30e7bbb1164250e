/* See mail_about.h. */
#include "mail_about.h"

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../content/comment_facts.h"
#include "../content/item_facts.h"
#include "mail_links.h"

#include <microcosm/render.h>

#define ABOVE_MAX 21 /* ids of a thread: the thing, and 20 comments */

/* What a draft points to; all of it is in the session's scratch memory. */
typedef struct making {
    mc_session *session;
    mc__arena *arena;
    const mc__mail_row *row;
    const mc__mail_recipient_row *recipient;
    mc__mail_draft *draft;
    mc__value *values;
    const char *host; /* of the site, for ids */
} making;

static const char *plain(mc__arena *arena, const char *escaped)
{
    mc_scratch_text(out);

    arena->failed |= mc_plain_text(&out, escaped) < 0;
    return mc__arena_strdup(arena, mc__text_string(&out));
}

/* The links of sanitised HTML that lead into the site, as others see them. Within tags only: texts
 * may look like tags, but have no <. */
static const char *absolute_links(mc__arena *arena, const char *html, const char *url)
{
    mc_scratch_text(out);
    bool is_tag = false;

    for (const char *c = html; *c; c++) {
        size_t length = is_tag && strncmp(c, " href=\"/", 8) == 0  ? 7
                        : is_tag && strncmp(c, " src=\"/", 7) == 0 ? 6
                                                                   : 0;

        is_tag = *c == '<' || (is_tag && *c != '>');
        if (length == 0 || c[length + 1] == '/') {
            mc__text_putc(&out, *c);
            continue;
        }
        mc__text_append(&out, c, length);
        mc__text_puts(&out, url);
        c += length - 1;
    }
    arena->failed |= out.error != 0;
    return mc__arena_strdup(arena, mc__text_string(&out));
}

/* Host of a site's address, without its port. */
static const char *host_of(mc__arena *arena, const char *url)
{
    const char *host = strstr(url, "://");

    host = host ? host + 3 : url;
    return mc__arena_copy(arena, host, strcspn(host, ":/"));
}

static const char *id_of(const making *m, mc_item_type item_type, int64_t item_id)
{
    return mc__arena_format(m->arena, "%s-%lld@%s", mc_item_type_name(item_type),
                            (long long)item_id, m->host);
}

static void set(const making *m, mc__mail_value value, const char *text)
{
    m->values[value].text = text;
}

static void set_link(const making *m, mc__mail_value value, const char *path, int64_t id,
                     const char *behind)
{
    const char *url = m->session->site.url;

    set(m, value,
        id ? mc__arena_format(
                 m->arena, "%s/%s/%lld/%s?utm_source=notification&utm_medium=email&utm_campaign=%s",
                 url, path, (long long)id, behind, mc__mail_kind_name(m->draft->kind))
           : mc__arena_format(m->arena, "%s/%s/", url, path));
}

/* What ends mail like this: that about what is followed, or of its type. */
static void set_unsubscribe(const making *m)
{
    bool is_of_type = m->draft->kind == MC_MAIL_REPLY || m->draft->kind == MC_MAIL_MENTION;
    bool is_of_thing =
        m->draft->kind == MC_MAIL_NEW_COMMENT || m->draft->kind == MC_MAIL_NEW_COMMENT_IN_HUDDLE;
    mc__mail_end end = {m->row->site_id, m->row->profile_id,
                        is_of_type ? MC_ITEM_UPDATE_TYPE : (mc_item_type)m->recipient->parent_type,
                        is_of_type ? m->recipient->kind : m->recipient->parent_id};

    if (!is_of_type && !is_of_thing)
        return;
    m->draft->unsubscribe =
        mc__arena_format(m->arena, "%s/api/v1/unsubscribe/%s", m->session->site.url,
                         mc__mail_token(m->arena, &end, m->recipient->secret));
    set(m, MC_MAIL_UNSUBSCRIBE_URL, m->draft->unsubscribe);
}

static void set_common(const making *m)
{
    mc_item_type parent = (mc_item_type)m->recipient->parent_type;

    m->draft->kind = (mc__mail_kind)m->recipient->kind;
    m->draft->site_id = m->row->site_id;
    m->draft->site_title = plain(m->arena, m->recipient->site_title);
    m->draft->to = m->recipient->email;
    m->draft->to_name = plain(m->arena, m->recipient->profile_name);
    m->draft->id = id_of(m, m->row->item_type, m->row->item_id);
    m->draft->list_id = mc__arena_format(m->arena, "%s-%lld.%s", mc_item_type_name(parent),
                                         (long long)m->recipient->parent_id, m->host);
    m->draft->values = m->values;
    set(m, MC_MAIL_SITE, m->draft->site_title);
    set(m, MC_MAIL_SITE_URL, m->session->site.url);
    set(m, MC_MAIL_PERSON, m->draft->to_name);
    set(m, MC_MAIL_KIND, mc_item_type_name(parent));
    set_link(m, MC_MAIL_UPDATES_URL, "updates", 0, "");
    set_link(m, MC_MAIL_SETTINGS_URL, "updates/settings", 0, "");
    set_unsubscribe(m);
}

/* The thing, then the comments above; the session's scratch memory has the list. */
static void set_thread(const making *m, const char *above)
{
    const char **ids = mc__arena_alloc(m->arena, ABOVE_MAX * sizeof(*ids));
    char *rest = mc__arena_strdup(m->arena, above);

    if (!ids)
        return;
    ids[m->draft->thread_count++] =
        id_of(m, (mc_item_type)m->recipient->parent_type, m->recipient->parent_id);
    for (char *id; m->draft->thread_count < ABOVE_MAX && (id = strsep(&rest, " ")) && *id;)
        ids[m->draft->thread_count++] = mc__arena_format(m->arena, "comment-%s@%s", id, m->host);
    m->draft->thread = ids;
}

static int about_comment(bool *is_wanted, const making *m)
{
    mc__comment_facts facts;
    mc__mail_comment_row c;
    mc_batch(batch);
    int rc;

    mc__comment_ask(m->session, &batch, m->row->item_id);
    mc__add_mail_comment(
        &batch, &(mc__mail_comment_in){.site_id = m->row->site_id, .comment_id = m->row->item_id});
    rc = mc__run(m->session, &batch);
    if (rc < 0)
        return rc;
    mc__comment_read_facts(&facts, m->session, m->row->item_id, mc__batch_rows(&batch, 0));
    *is_wanted = facts.exists && facts.is_visible && !facts.parent_hidden && facts.is_shown &&
                 facts.reads_parent && facts.permissions.can_read &&
                 PQntuples(mc__batch_rows(&batch, 1)) == 1;
    if (!*is_wanted)
        return 0;
    c = mc__read_mail_comment(mc__batch_rows(&batch, 1), 0);
    set(m, MC_MAIL_TITLE, plain(m->arena, c.title));
    set(m, MC_MAIL_AUTHOR, plain(m->arena, c.author));
    set(m, MC_MAIL_COMMENT, absolute_links(m->arena, c.html, m->session->site.url));
    set(m, MC_MAIL_COMMENT_TEXT, mc__arena_strdup(m->arena, c.markdown));
    set_link(m, MC_MAIL_URL, "comments", m->row->item_id, "incontext/");
    set_thread(m, c.above);
    return 0;
}

static int about_item(bool *is_wanted, const making *m)
{
    mc__item_facts facts;
    mc__mail_item_row item;
    mc_batch(batch);
    int rc = mc__item_load_facts(&facts, m->session, m->row->item_type, m->row->item_id);

    if (rc < 0)
        return rc;
    mc__add_mail_item(&batch,
                      &(mc__mail_item_in){.site_id = m->row->site_id, .item_id = m->row->item_id});
    rc = mc__run(m->session, &batch);
    if (rc < 0)
        return rc;
    *is_wanted = facts.exists && !facts.is_hidden && facts.is_shown && facts.permissions.can_read &&
                 PQntuples(mc__batch_rows(&batch, 0)) == 1;
    if (!*is_wanted)
        return 0;
    item = mc__read_mail_item(mc__batch_rows(&batch, 0), 0);
    set(m, MC_MAIL_TITLE, plain(m->arena, item.title));
    set(m, MC_MAIL_AUTHOR, plain(m->arena, item.author));
    set_link(m, MC_MAIL_URL,
             mc__arena_format(m->arena, "%ss", mc_item_type_name(m->row->item_type)),
             m->row->item_id, "");
    return 0;
}

/* Enters the recipient's site as the recipient. The facts are read anew, not from the cache. */
static int enter(bool *is_allowed, mc_session *session, const mc__mail_row *row,
                 const mc__mail_recipient_row *recipient)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    visit.site_key = recipient->site_key;
    rc = mc_session_enter(session, &visit);
    if (rc == 0)
        rc = mc_session_act_as(session, row->profile_id);
    if (rc == 0)
        rc = mc__call_begin(session, MC_NEEDS_MEMBER);
    *is_allowed = rc == 0 && !mc_session_is_banned(session);
    return rc == MC_ENOSITE || rc == MC_ENOTFOUND || rc == MC_EBANNED || rc == MC_EFORBIDDEN ? 0
                                                                                             : rc;
}

int mc__mail_draft_make(mc__mail_draft *out, bool *is_wanted, mc_session *session,
                        const mc__mail_row *row, const mc__mail_recipient_row *recipient)
{
    making m = {session, &session->scratch, row, recipient, out, NULL, NULL};
    int rc = enter(is_wanted, session, row, recipient);

    *out = (mc__mail_draft){.kind = (mc__mail_kind)recipient->kind};
    if (rc < 0 || !*is_wanted)
        return rc;
    m.values = mc__arena_alloc(m.arena, MC_MAIL_VALUES * sizeof(*m.values));
    if (!m.values)
        return mc__out_of_memory(session);
    m.host = host_of(m.arena, session->site.url);
    set_common(&m);
    rc = row->item_type == MC_ITEM_COMMENT ? about_comment(is_wanted, &m)
                                           : about_item(is_wanted, &m);
    return rc == 0 && m.arena->failed ? mc__out_of_memory(session) : rc;
}
