/*
 * What entries of the cache hold, as text, for the checking build to compare: all that must be the
 * same whenever it is read. What is out of date on purpose is left out: views, which lists show as
 * of a minute ago, and read marks, which are written quietly.
 */
#include "check_cache.h"

#include "access/actor.h"
#include "access/cached_site.h"
#include "access/permissions.h"
#include "access/tokens.h"
#include "base/share.h"
#include "cache/check.h"
#include "content/cached_comments.h"
#include "content/item_reading.h"
#include "content/item_summary.h"
#include "record/record.h"
#include "sites/microcosm_listing.h"

#include <unistd.h>

static void put_text(mc__text *out, const char *name, const char *value)
{
    mc__text_format(out, "%s \"%s\" ", name, value ? value : "(none)");
}

static void put_number(mc__text *out, const char *name, int64_t value)
{
    mc__text_format(out, "%s %lld ", name, (long long)value);
}

static void put_numbers(mc__text *out, const char *name, const mc_int64s *values)
{
    for (size_t i = 0; i < values->count; i++)
        put_number(out, name, values->items[i]);
}

static void put_record(mc__text *out, const void *record, mc__view view)
{
    if (record)
        mc__json_record(out, record, view);
    mc__text_putc(out, '\n');
}

static void put_records(mc__text *out, const mc_list *records, mc__view view)
{
    for (size_t i = 0; i < records->count; i++)
        put_record(out, records->items[i], view);
}

static void describe_site(mc__text *out, const mc__entry *entry)
{
    const mc__site_facts *site = &((const mc__cached_site *)entry)->site;

    put_text(out, "key", site->key);
    put_text(out, "url", site->url);
    put_text(out, "host", site->host);
    put_number(out, "site", site->id);
    put_number(out, "owner", site->owned_by);
    put_number(out, "creator", site->created_by);
    put_number(out, "only admins create", site->only_admins_create_microcosms);
    put_number(out, "longest text", site->markdown_max);
    put_number(out, "version", site->version);
}

/* What is no more than numbers: the bytes behind the entry itself. */
static void describe_bytes(mc__text *out, const mc__entry *entry)
{
    const uint8_t *bytes = (const uint8_t *)entry;

    for (size_t i = sizeof(*entry); i < entry->struct_size; i++)
        mc__text_format(out, "%02x", bytes[i]);
}

static void describe_limits(mc__text *out, const mc__limits *limits)
{
    put_number(out, "scope", limits->scope);
    put_numbers(out, "bound to", &limits->microcosms);
}

static void describe_token(mc__text *out, const mc__entry *entry)
{
    const mc__token_entry *token = (const mc__token_entry *)entry;

    put_number(out, "user", token->user_id);
    put_number(out, "token", token->token_id);
    describe_limits(out, &token->limits);
    for (size_t i = 0; i < token->network_count; i++)
        for (size_t b = 0; b < sizeof(token->networks[i].bytes); b++)
            mc__text_format(out, "%02x/%d ", token->networks[i].bytes[b],
                            token->networks[i].prefix);
}

static void describe_actor(mc__text *out, const mc__entry *entry)
{
    const mc__actor_entry *cached = (const mc__actor_entry *)entry;
    const mc__actor *actor = &cached->actor;
    const mc__tree *tree = &cached->shared->tree;
    mc_scratch_arena(scratch);

    put_number(out, "profile", actor->profile_id);
    put_number(out, "user", actor->user_id);
    put_text(out, "name", actor->profile_name);
    put_text(out, "email", actor->email);
    put_text(out, "gender", actor->gender);
    put_number(out, "all read at", actor->all_read_at.us);
    put_number(out, "huddles read at", actor->huddles_read_at.us);
    put_number(out, "banned", actor->is_banned);
    put_text(out, "ban reason", actor->ban_reason);
    describe_limits(out, &actor->limits);
    put_numbers(out, "role", &actor->role_ids);
    put_numbers(out, "ignored profile", &actor->ignored_profiles);
    put_numbers(out, "ignored microcosm", &actor->ignored_microcosms);
    put_numbers(out, "ignored item", &actor->ignored_items);
    put_numbers(out, "ignored comment", &actor->ignored_comments);
    for (size_t i = 0; i < tree->count; i++) {
        put_number(out, "\nmicrocosm", tree->nodes[i].id);
        put_text(out, "title", tree->nodes[i].title);
        put_number(out, "visibility", cached->visibility[i]);
        put_record(out, mc__permissions_record(&scratch, &cached->decisions[i].permissions),
                   MC_VIEW_DETAIL);
    }
}

static void describe_item(mc__text *out, const mc__entry *entry)
{
    const mc__cached_item *item = (const mc__cached_item *)entry;

    put_number(out, "author", item->author);
    put_number(out, "deleted", item->is_deleted);
    put_number(out, "moderated", item->is_moderated);
    put_record(out, item->record, MC_VIEW_DETAIL);
    put_records(out, &item->links, MC_VIEW_DETAIL);
    put_records(out, &item->own_links, MC_VIEW_DETAIL);
}

static void describe_page(mc__text *out, const mc__entry *entry)
{
    const mc__cached_comments *page = (const mc__cached_comments *)entry;

    put_number(out, "newest", page->newest.us);
    put_records(out, &page->comments, MC_VIEW_DETAIL);
}

static void describe_json(mc__text *out, const mc__entry *entry)
{
    const mc__cached_comments_json *page = (const mc__cached_comments_json *)entry;

    put_number(out, "newest", page->newest.us);
    mc__text_append(out, page->json, page->length);
}

static void describe_own(mc__text *out, const mc__entry *entry)
{
    const mc__cached_own *own = (const mc__cached_own *)entry;

    put_number(out, "watched", own->watched);
    put_number(out, "by mail", own->send_email);
    put_number(out, "by SMS", own->send_sms);
    put_number(out, "attending", own->attending);
}

static void describe_summary(mc__text *out, const mc__entry *entry)
{
    const mc__summary *summary = (const mc__summary *)entry;

    put_number(out, "microcosm", summary->microcosm_id);
    put_number(out, "last activity", summary->last_activity.us);
    put_record(out, summary->shown, MC_VIEW_SUMMARY);
}

static void describe_frame(mc__text *out, const mc__entry *entry)
{
    const mc__frame *frame = (const mc__frame *)entry;

    put_number(out, "own items", frame->own_items);
    put_record(out, frame->record, MC_VIEW_DETAIL);
}

static void describe_listing(mc__text *out, const mc__entry *entry)
{
    const mc__listing *listing = (const mc__listing *)entry;

    put_number(out, "total", listing->total);
    describe_frame(out, &listing->frame->entry);
    put_records(out, &listing->entries, MC_VIEW_SUMMARY);
}

static void describe_own_listing(mc__text *out, const mc__entry *entry)
{
    const mc__own_listing *own = (const mc__own_listing *)entry;

    put_number(out, "watched", own->watched);
    put_number(out, "by mail", own->send_email);
    put_number(out, "by SMS", own->send_sms);
}

/* Kinds of entries. Without a function: what it holds is not from the database. */
static const struct {
    const char *name;
    void (*describe)(mc__text *out, const mc__entry *entry);
} kinds[MC_CACHED_KINDS] = {
    [MC_CACHED_SITE] = {"site", describe_site},
    [MC_CACHED_TOKEN] = {"token", describe_token},
    [MC_CACHED_IDENTITY] = {"identity", NULL},
    [MC_CACHED_PLACE] = {"place", NULL},       /* elsewhere */
    [MC_CACHED_DOCUMENT] = {"document", NULL}, /* elsewhere */
    [MC_CACHED_PROFILE] = {"profile of a user", describe_bytes},
    [MC_CACHED_ACTOR] = {"actor", describe_actor},
    [MC_CACHED_ITEM] = {"item", describe_item},
    [MC_CACHED_TARGET] = {"target of a comment", describe_bytes},
    [MC_CACHED_PAGE] = {"page of comments", describe_page},
    [MC_CACHED_PAGE_JSON] = {"page of comments as JSON", describe_json},
    [MC_CACHED_OWN] = {"what a member has at an item", describe_own},
    [MC_CACHED_SUMMARY] = {"summary of an item", describe_summary},
    [MC_CACHED_FRAME] = {"microcosm", describe_frame},
    [MC_CACHED_LISTING] = {"list of a microcosm", describe_listing},
    [MC_CACHED_OWN_LISTING] = {"what a member has at a list", describe_own_listing},
};

/* Takes the digits away. The end of the text is not marked before it is asked for as a string. */
static void forget_views(mc__text *text)
{
    static const char views[] = "\"totalViews\":";

    for (char *at = (char *)mc__text_string(text); (at = strstr(at, views));) {
        at += sizeof(views) - 1;
        memmove(at, at + strspn(at, "0123456789"), strlen(at + strspn(at, "0123456789")) + 1);
    }
}

/* Tests put entries of kinds of their own into the cache, which nobody can read anew. */
static bool describe(mc__text *out, const mc__cache_key *key, const mc__entry *entry)
{
    if (key->kind <= 0 || key->kind >= MC_CACHED_KINDS || !kinds[key->kind].describe)
        return false;
    mc__text_format(out, "%s %lld of site %lld: ", kinds[key->kind].name, (long long)key->id[0],
                    (long long)key->site_id);
    kinds[key->kind].describe(out, entry);
    forget_views(out);
    return true;
}

static void differs(const char *kept, const char *read)
{
    dprintf(STDERR_FILENO, "The cache holds what is not true any more.\nkept: %s\nread: %s\n", kept,
            read);
    __builtin_trap();
}

void mc__check_cache(mc__cache *cache)
{
    for (int kind = MC_CACHED_SITE; kind < MC_CACHED_KINDS; kind++)
        if (!kinds[kind].name)
            differs("a kind of entry that has no line in check_cache.c", "");
    mc__cache_check(cache, (mc__check){describe, differs});
}
