/* See mail_about.h. */
#include "mail_about.h"

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../content/comment_facts.h"
#include "../content/item_facts.h"
#include "../people/profile_access.h"
#include "mail_links.h"

#include <microcosm/render.h>

#define ABOVE_MAX 21 /* ids of a thread: the thing, and 20 comments */

/* What a draft points to; all of it is in the session's scratch memory. */
typedef struct making {
    mc_session *session;
    mc__arena *arena;
    const mc__mail_row *row;
    mc__mail_recipient_row about; /* of several the one that is at hand */
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

/* A page of the site; behind: what follows the id. */
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

/* What ends mail like this: that about what is followed, or of its type, or digests. */
static mc__mail_end end_of(const making *m)
{
    mc__mail_kind kind = m->draft->kind;
    mc__mail_end end = {m->row->site_id, m->row->profile_id, (mc_item_type)m->about.ends_type,
                        m->about.ends_id};

    if (kind == MC_MAIL_REPLY || kind == MC_MAIL_MENTION || kind == MC_MAIL_DIGEST) {
        end.item_type = MC_ITEM_UPDATE_TYPE;
        end.item_id = kind;
    }
    return end;
}

static void set_unsubscribe(const making *m)
{
    mc__mail_end end = end_of(m);

    m->draft->unsubscribe =
        mc__arena_format(m->arena, "%s/api/v1/unsubscribe/%s", m->session->site.url,
                         mc__mail_token(m->arena, &end, m->about.secret));
    set(m, MC_MAIL_UNSUBSCRIBE_URL, m->draft->unsubscribe);
}

/* A comment and an item have an id of their own, so that answers are a thread. Of all else there
 * may be several mails about one thing. */
static const char *message_id(const making *m)
{
    mc_item_type type = (mc_item_type)m->about.item_type;

    if (type == MC_ITEM_COMMENT || m->draft->kind == MC_MAIL_NEW_ITEM)
        return id_of(m, type, m->about.item_id);
    return mc__arena_format(m->arena, "%s-%lld@%s", mc__mail_kind_name(m->draft->kind),
                            (long long)m->row->queue_id, m->host);
}

static const char *list_id(const making *m)
{
    if (m->draft->kind == MC_MAIL_DIGEST)
        return mc__arena_format(m->arena, "digest.%s", m->host);
    return mc__arena_format(m->arena, "%s-%lld.%s",
                            mc_item_type_name((mc_item_type)m->about.about_type),
                            (long long)m->about.about_id, m->host);
}

static void set_common(const making *m)
{
    m->draft->site_id = m->row->site_id;
    m->draft->site_title = plain(m->arena, m->about.site_title);
    m->draft->to_name = plain(m->arena, m->about.profile_name);
    m->draft->id = message_id(m);
    m->draft->list_id = list_id(m);
    m->draft->values = m->values;
    set(m, MC_MAIL_SITE, m->draft->site_title);
    set(m, MC_MAIL_SITE_URL, m->session->site.url);
    set(m, MC_MAIL_PERSON, m->draft->to_name);
    set_link(m, MC_MAIL_UPDATES_URL, "updates", 0, "");
    set_link(m, MC_MAIL_SETTINGS_URL, "updates/settings", 0, "");
    set_unsubscribe(m);
}

/* What the thing is in, then the comments above. */
static void set_thread(const making *m, const char *above)
{
    const char **ids = mc__arena_alloc(m->arena, ABOVE_MAX * sizeof(*ids));
    char *rest = mc__arena_strdup(m->arena, above);

    if (!ids)
        return;
    m->draft->thread_count = 0;
    ids[m->draft->thread_count++] = id_of(m, (mc_item_type)m->about.about_type, m->about.about_id);
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

    mc__comment_ask(m->session, &batch, m->about.item_id);
    mc__add_mail_comment(
        &batch, &(mc__mail_comment_in){.site_id = m->row->site_id, .comment_id = m->about.item_id});
    rc = mc__run(m->session, &batch);
    if (rc < 0)
        return rc;
    mc__comment_read_facts(&facts, m->session, m->about.item_id, mc__batch_rows(&batch, 0), 0);
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
    set_link(m, MC_MAIL_URL, "comments", m->about.item_id, "incontext/");
    set_thread(m, c.above);
    return 0;
}

static void show_item(const making *m, const mc__mail_item_row *item)
{
    mc_item_type type = (mc_item_type)m->about.item_type;

    set(m, MC_MAIL_TITLE, plain(m->arena, item->title));
    set(m, MC_MAIL_WHEN, mc__arena_strdup(m->arena, item->starts));
    if (m->about.kind == MC_MAIL_NEW_ITEM || m->about.kind == MC_MAIL_NEW_ATTENDEE)
        set(m, MC_MAIL_AUTHOR, plain(m->arena, item->author));
    set_link(m, MC_MAIL_URL, mc__arena_format(m->arena, "%ss", mc_item_type_name(type)),
             m->about.item_id, "");
    if (m->about.kind != MC_MAIL_NEW_ITEM)
        set_thread(m, "");
}

static int about_item(bool *is_wanted, const making *m)
{
    mc__item_facts facts;
    mc__mail_item_row item;
    mc_batch(batch);
    int rc =
        mc__item_load_facts(&facts, m->session, (mc_item_type)m->about.item_type, m->about.item_id);

    if (rc < 0)
        return rc;
    mc__add_mail_item(&batch, &(mc__mail_item_in){.site_id = m->row->site_id,
                                                  .actor_id = m->row->profile_id,
                                                  .item_id = m->about.item_id,
                                                  .kind = m->about.kind,
                                                  .by = m->about.actor_id});
    rc = mc__run(m->session, &batch);
    if (rc < 0)
        return rc;
    *is_wanted = facts.exists && !facts.is_hidden && facts.is_shown && facts.permissions.can_read &&
                 PQntuples(mc__batch_rows(&batch, 0)) == 1;
    if (!*is_wanted)
        return 0;
    item = mc__read_mail_item(mc__batch_rows(&batch, 0), 0);
    show_item(m, &item);
    return 0;
}

static int about_newcomer(bool *is_wanted, const making *m)
{
    mc_permissions permissions;
    mc__mail_newcomer_row profile;
    mc_batch(batch);
    int rc;

    mc__profile_decide(&permissions, m->session, m->about.item_id);
    mc__add_mail_newcomer(&batch, &(mc__mail_newcomer_in){.site_id = m->row->site_id,
                                                          .profile_id = m->about.item_id});
    rc = mc__run(m->session, &batch);
    if (rc < 0)
        return rc;
    *is_wanted = permissions.can_read && PQntuples(mc__batch_rows(&batch, 0)) == 1;
    if (!*is_wanted)
        return 0;
    profile = mc__read_mail_newcomer(mc__batch_rows(&batch, 0), 0);
    set(m, m->draft->kind == MC_MAIL_DIGEST ? MC_MAIL_TITLE : MC_MAIL_AUTHOR,
        plain(m->arena, profile.profile_name));
    if (permissions.can_update) /* the site's owner, as on the page of the profile */
        set(m, MC_MAIL_EMAIL, mc__arena_strdup(m->arena, profile.email));
    set_link(m, MC_MAIL_URL, "profiles", m->about.item_id, "");
    return 0;
}

/* Sets the values of what is at hand. */
static int tell(bool *is_wanted, const making *m)
{
    mc_item_type about = (mc_item_type)m->about.about_type;

    *is_wanted = m->about.is_wanted;
    if (!*is_wanted)
        return 0;
    set(m, MC_MAIL_KIND, mc_item_type_name(about));
    if (m->about.item_type == MC_ITEM_COMMENT)
        return about_comment(is_wanted, m);
    return m->about.kind == MC_MAIL_NEW_USER ? about_newcomer(is_wanted, m)
                                             : about_item(is_wanted, m);
}

static mc__value *new_values(const making *m)
{
    return mc__arena_alloc(m->arena, MC_MAIL_VALUES * sizeof(mc__value));
}

/* Adds what is at hand to the items of a digest. */
static int tell_in_list(bool *is_wanted, const making *m, const mc__value **items, size_t *count)
{
    mc__mail_draft draft = *m->draft; /* its thread is that of no digest */
    making one = *m;
    int rc;

    one.draft = &draft;
    one.values = new_values(m);
    if (!one.values)
        return mc__out_of_memory(m->session);
    rc = tell(is_wanted, &one);
    if (rc == 0 && *is_wanted)
        items[(*count)++] = one.values;
    return rc;
}

/* Tells of each of the rows, as long as there is room. */
static int tell_all(mc__mail_letter *out, making *m, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows), items_count = 0;
    const mc__value **items = mc__arena_alloc(m->arena, MC_DIGEST_MAX * sizeof(void *));
    int64_t *wanted = mc__arena_alloc(m->arena, count * sizeof(*wanted));
    int64_t *unwanted = mc__arena_alloc(m->arena, count * sizeof(*unwanted));
    int rc = m->arena->failed ? mc__out_of_memory(m->session) : 0;

    out->wanted.items = wanted;
    out->unwanted.items = unwanted;
    for (size_t i = 0; rc == 0 && i < count && items_count < MC_DIGEST_MAX; i++) {
        bool is_wanted = false;

        m->about = mc__read_mail_recipient(rows, (int)i);
        rc = m->draft->kind == MC_MAIL_DIGEST ? tell_in_list(&is_wanted, m, items, &items_count)
                                              : tell(&is_wanted, m);
        if (rc == 0 && is_wanted)
            wanted[out->wanted.count++] = m->about.mail_id;
        else if (rc == 0)
            unwanted[out->unwanted.count++] = m->about.mail_id;
    }
    m->values[MC_MAIL_ITEMS] = (mc__value){.items = items, .count = items_count};
    return rc;
}

/* Enters the recipient's site as the recipient, unless another site has its key now. The facts are
 * read anew, not from the cache. */
static int enter(bool *is_allowed, mc_session *session, const mc__mail_row *row,
                 const char *site_key)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    visit.site_key = site_key;
    rc = mc_session_enter(session, &visit);
    if (rc == 0 && session->site.id != row->site_id)
        rc = MC_ENOSITE;
    if (rc == 0)
        rc = mc_session_act_as(session, row->profile_id);
    if (rc == 0)
        rc = mc__call_begin(session, MC_NEEDS_MEMBER);
    *is_allowed = rc == 0 && !mc_session_is_banned(session);
    return rc == MC_ENOSITE || rc == MC_ENOTFOUND || rc == MC_EBANNED || rc == MC_EFORBIDDEN ? 0
                                                                                             : rc;
}

/* Nobody may tell them anything. */
static void refuse_all(mc__mail_letter *out, mc__arena *arena, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows);
    int64_t *unwanted = mc__arena_alloc(arena, count * sizeof(*unwanted));

    for (size_t i = 0; unwanted && i < count; i++)
        unwanted[i] = mc__read_mail_recipient(rows, (int)i).mail_id;
    out->unwanted = (mc_int64s){unwanted, unwanted ? count : 0};
}

int mc__mail_write(mc__mail_letter *out, mc_session *session, const mc__mail_row *row,
                   const PGresult *rows)
{
    mc_scratch_text(address);
    making m = {
        session, &session->scratch, row, mc__read_mail_recipient(rows, 0), &out->draft, NULL, NULL};
    bool is_allowed;
    int rc;

    *out = (mc__mail_letter){.draft.kind = row->kind};
    rc = enter(&is_allowed, session, row, m.about.site_key);
    if (rc < 0)
        return rc;
    rc = mc__mail_put_address(&address, m.about.email);
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (!is_allowed || rc < 0) {
        rc = 0;
        refuse_all(out, m.arena, rows);
    } else {
        m.draft->to = mc__arena_strdup(m.arena, mc__text_string(&address));
        m.values = new_values(&m);
        m.host = host_of(m.arena, session->site.url);
        if (m.arena->failed)
            return mc__out_of_memory(session);
        set_common(&m);
        rc = tell_all(out, &m, rows);
    }
    return rc == 0 && m.arena->failed ? mc__out_of_memory(session) : rc;
}
