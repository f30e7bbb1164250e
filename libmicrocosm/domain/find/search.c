/*
 * Searches: include/microcosm/search.h. Three trips: the words become PostgreSQL's query, what is
 * found is put into order, and the page's things are read.
 */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/names.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "../content/unread.h"
#include "markup/markup.h"
#include "search_query.h"
#include "statements.h"
#include "things.h"
#include "types.h"

#define PATH "/api/v1/search"
#define MOST_FOUND 1000
/* Up to so many documents with the words are sorted; more are read from the newest on. */
#define FEW_DOCUMENTS 5000
/* In no document: finds nothing. */
#define NO_WORD "' '"
/* errorCode of a search that took too long. */
#define REASON_TOO_LONG 24

static const mc__field search_query_fields[] = {
    MC_FIELD(mc_search_query, q, "q", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, in_title, "inTitle"),
    MC_FIELD(mc_search_query, hashtags, "hashtags", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, forum_ids, "forumId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, item_types, "type", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, ids, "id", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, author_id, "authorId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, emails, "email", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, following, "following"),
    MC_FIELD(mc_search_query, since, "since", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, until, "until", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, event_after, "eventAfter", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, event_before, "eventBefore", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, attendee, "attendee"),
    MC_FIELD(mc_search_query, has, "has", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, sort, "sort", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, author, "author", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, ignored, "ignored", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_query, searched, "searched", .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__search_query_type = MC_TYPE(mc_search_query, "search_query", search_query_fields);

static const mc__field search_hit_fields[] = {
    MC_FIELD(mc_search_hit, item_type, "itemType"),
    MC_FIELD(mc_search_hit, item, "item"),
    MC_FIELD(mc_search_hit, parent_item_type, "parentItemType", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_hit, parent_item, "parentItem", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_hit, unread, "unread"),
    MC_FIELD(mc_search_hit, rank, "rank"),
    MC_FIELD(mc_search_hit, last_modified, "lastModified"),
    MC_FIELD(mc_search_hit, highlight, "highlight"),
};
const mc_type mc__search_hit_type = MC_TYPE(mc_search_hit, "search_hit", search_hit_fields);

static const mc__field search_result_fields[] = {
    MC_FIELD(mc_search_result, query, "query", .type = &mc__search_query_type),
    MC_FIELD(mc_search_result, time_taken_ms, "timeTakenInMs", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_search_result, results, "results", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__search_result_type =
    MC_TYPE(mc_search_result, "search_result", search_result_fields);

/* A list of numbers or texts in an arena, with room for all of its items. */
typedef struct numbers {
    int64_t *items;
    size_t count;
} numbers;

typedef struct texts {
    const char **items;
    size_t count;
} texts;

typedef struct searching {
    mc_session *session;
    mc__search asked;
    mc_page_options page;
    mc__sight sight;
    numbers microcosms, own_only; /* where things are looked for */
    numbers types, on_types;      /* kinds of things, and kinds of what comments are on */
    texts marks, comment_marks;   /* the same for the index of words */
    bool in_forums, sees_huddles;
    const char *query; /* PostgreSQL's, or NO_WORD */
    int64_t documents; /* how many are expected to have these words */
    int64_t author_id; /* 0: anybody */
    mc__batch hits, things;
} searching;

static void release(searching *s)
{
    mc__search_release(&s->asked);
    mc__batch_release(&s->hits);
    mc__batch_release(&s->things);
}

/* Where to look */

static bool make_numbers(numbers *out, mc__arena *arena, size_t most)
{
    *out = (numbers){mc__arena_alloc(arena, (most + 1) * sizeof(*out->items)), 0};
    return out->items != NULL;
}

static void add_number(numbers *to, int64_t number)
{
    to->items[to->count++] = number;
}

static bool is_among(const numbers *all, int64_t number)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i] == number)
            return true;
    return false;
}

/* Whether a microcosm is one of those that are asked for, or below one. */
static bool is_in_forums(const searching *s, const mc__node *node)
{
    for (; node; node = node->parent)
        for (size_t i = 0; i < s->asked.forums.count; i++)
            if (s->asked.forums.items[i] == node->id)
                return true;
    return false;
}

/* Those that are asked for, with what is below them and can be read; others as they were given, so
 * that nobody learns which there are. */
static int describe_forums(searching *s)
{
    mc__arena *arena = s->asked.arena;
    numbers forums;

    if (!make_numbers(&forums, arena,
                      s->microcosms.count + s->own_only.count + s->asked.forums.count))
        return mc__out_of_memory(s->session);
    for (size_t i = 0; i < s->asked.forums.count; i++)
        add_number(&forums, s->asked.forums.items[i]);
    for (size_t i = 0; i < s->microcosms.count; i++)
        if (!is_among(&forums, s->microcosms.items[i]))
            add_number(&forums, s->microcosms.items[i]);
    s->asked.query->forum_ids = (mc_int64s){forums.items, forums.count};
    return 0;
}

static int find_places(searching *s)
{
    mc_session *session = s->session;
    const mc__tree *tree = session->tree;
    int rc = mc__sight_make(&s->sight, session);
    mc_permissions own;

    if (rc < 0)
        return rc;
    /* of those that it takes part in, which the statements look at */
    mc__decide_resource(&own, session, MC_ITEM_HUDDLE, 0, 0, true);
    s->sees_huddles = session->actor->profile_id && own.can_read;
    if (!make_numbers(&s->microcosms, &session->scratch, tree->count) ||
        !make_numbers(&s->own_only, &session->scratch, tree->count))
        return mc__out_of_memory(session);
    s->in_forums = s->asked.forums.count > 0;
    for (size_t i = 0; i < tree->count; i++)
        if (mc__is_listed(session, &tree->nodes[i]) &&
            (!s->in_forums || is_in_forums(s, &tree->nodes[i])))
            add_number(&s->microcosms, tree->nodes[i].id);
    for (size_t i = 0; i < s->sight.own_only.count; i++)
        if (!s->in_forums || is_in_forums(s, mc__tree_find(tree, s->sight.own_only.items[i])))
            add_number(&s->own_only, s->sight.own_only.items[i]);
    return s->in_forums ? describe_forums(s) : 0;
}

/* What to look for */

static const mc_item_type titled_types[] = {MC_TITLED_TYPES};

/* A search for words looks at comments, too: if there are several kinds of things, at those on
 * them. One without words looks at comments and huddles only where they are named. */
static bool looks_at(const searching *s, mc_item_type item_type)
{
    if (s->asked.item_types.count > 0)
        return mc__search_names_type(&s->asked, item_type);
    return s->asked.has_words || item_type != MC_ITEM_HUDDLE;
}

static bool looks_at_comments_on(const searching *s, mc_item_type item_type)
{
    bool is_named = mc__search_names_type(&s->asked, MC_ITEM_COMMENT);

    if (item_type == MC_ITEM_MICROCOSM || s->asked.query->in_title == MC_YES)
        return false;
    if (is_named || !s->asked.has_words)
        return is_named;
    return s->asked.item_types.count == 0 ||
           (s->asked.item_types.count > 1 && mc__search_names_type(&s->asked, item_type));
}

static int find_kinds(searching *s)
{
    mc__arena *arena = &s->session->scratch;
    size_t size = MC_COUNT(titled_types) * sizeof(char *);
    int64_t site_id = s->session->site.id;

    s->marks = (texts){mc__arena_alloc(arena, size), 0};
    s->comment_marks = (texts){mc__arena_alloc(arena, size), 0};
    if (!s->marks.items || !s->comment_marks.items ||
        !make_numbers(&s->types, arena, MC_COUNT(titled_types)) ||
        !make_numbers(&s->on_types, arena, MC_COUNT(titled_types)))
        return mc__out_of_memory(s->session);
    for (size_t i = 0; i < MC_COUNT(titled_types); i++) {
        mc_item_type t = titled_types[i];

        /* as microcosm.search_mark() makes them */
        if (looks_at(s, t)) {
            add_number(&s->types, t);
            s->marks.items[s->marks.count++] =
                mc__arena_format(arena, " %lld.%d", (long long)site_id, (int)t);
        }
        if (looks_at_comments_on(s, t)) {
            add_number(&s->on_types, t);
            s->comment_marks.items[s->comment_marks.count++] = mc__arena_format(
                arena, " %lld.%d.%d", (long long)site_id, (int)MC_ITEM_COMMENT, (int)t);
        }
    }
    return arena->failed ? mc__out_of_memory(s->session) : 0;
}

/* *out: NULL if there is none, or no name can be so. */
static int author_key(searching *s, const char **out)
{
    const char *name = s->asked.query->author;
    mc_scratch_text(cleaned);
    mc_scratch_text(key);
    int rc;

    *out = NULL;
    if (!*name || !s->sight.sees_profiles)
        return 0;
    name += strspn(name, "@+");
    rc = mc__clean_word(&cleaned, name, strlen(name), false);
    if (rc == 0)
        rc = mc__name_key(&key, mc__text_string(&cleaned));
    if (rc == 0)
        *out = mc__arena_copy(&s->session->scratch, mc__text_string(&key), key.length);
    return rc == MC_ENOMEM || s->session->scratch.failed ? mc__out_of_memory(s->session) : 0;
}

static int run(searching *s, mc__batch *batch)
{
    mc__problem *problem = &s->session->problem;
    int rc = mc__run(s->session, batch);

    if (rc == MC_EBUSY && problem->shown.sqlstate && strcmp(problem->shown.sqlstate, "57014") == 0)
        return mc__fail_because(problem, MC_EBUSY, REASON_TOO_LONG,
                                "the search took too long: ask for less, or for rarer words");
    return rc;
}

static int make_query(searching *s)
{
    mc__search *a = &s->asked;
    mc__search_query_row row;
    const char *key;
    int rc = author_key(s, &key);

    if (rc < 0)
        return rc;
    s->author_id = a->query->author_id;
    s->query = NO_WORD;
    if (!a->has_words && !*a->query->author)
        return 0;
    mc_batch(batch);
    mc__add_search_query(&batch, &(mc__search_query_in){.site_id = s->session->site.id,
                                                        .terms = {a->terms.items, a->terms.count},
                                                        .groups = {a->groups, a->terms.count},
                                                        .kinds = {a->kinds, a->terms.count},
                                                        .tags = {a->tags.items, a->tags.count},
                                                        .only_titles = a->query->in_title == MC_YES,
                                                        .author_key = key});
    rc = run(s, &batch);
    if (rc < 0)
        return rc;
    row = mc__read_search_query(mc__batch_rows(&batch, 0), 0);
    s->documents = row.documents;
    if (*row.query)
        s->query = mc__arena_strdup(&s->session->scratch, row.query);
    if (*a->query->author)
        s->author_id = row.author_id ? row.author_id : -1; /* nobody has written anything */
    return s->session->scratch.failed ? mc__out_of_memory(s->session) : 0;
}

static bool is_valid(const searching *s)
{
    const mc__search *a = &s->asked;

    return a->has_words || a->item_types.count > 0 || a->query->author_id || *a->query->author ||
           a->emails.count > 0 || (s->in_forums && s->microcosms.count + s->own_only.count > 0);
}

/* Finding */

#define OF_SEARCH                                                                                  \
    .site_id = s->session->site.id, .actor_id = s->session->actor->profile_id,                     \
    .microcosms = {s->microcosms.items, s->microcosms.count},                                      \
    .own_only = {s->own_only.items, s->own_only.count},                                            \
    .sees_profiles = s->sight.sees_profiles && !s->in_forums,                                      \
    .sees_huddles = s->sees_huddles && !s->in_forums,                                              \
    .ignored_profiles = s->session->actor->ignored_profiles,                                       \
    .ignored_items = s->session->actor->ignored_items,                                             \
    .ignored_comments = s->session->actor->ignored_comments,                                       \
    .types = {s->types.items, s->types.count}, .on_types = {s->on_types.items, s->on_types.count}, \
    .author_id = s->author_id, .ids = s->asked.query->ids,                                         \
    .following = s->asked.query->following == MC_YES, .attached = s->asked.has.count > 0,          \
    .since = s->asked.since, .until = s->asked.until, .event_after = s->asked.event_after,         \
    .event_before = s->asked.event_before, .attending = s->asked.query->attendee == MC_YES,        \
    .order_by = s->asked.order, .limit = s->page.limit, .offset = s->page.offset,                  \
    .most = MOST_FOUND

static int canonical_emails(searching *s, mc__search_texts *out)
{
    int rc = 0;

    *out = (mc__search_texts){0};
    for (size_t i = 0; rc == 0 && i < s->asked.emails.count; i++) {
        const char *canonical = "";

        rc = mc__email_canonical(s->session, &canonical, s->asked.emails.items[i]);
        out->items[out->count++] = canonical;
        if (rc == MC_EINVAL) { /* nobody has such an address */
            mc__problem_clear(&s->session->problem);
            out->count--;
            rc = 0;
        }
    }
    return rc;
}

static size_t add_hits(searching *s)
{
    const char *title = mc__text_string(&s->asked.title);
    size_t hits;

    if (s->documents <= FEW_DOCUMENTS)
        return mc__add_search_hits(
            &s->hits, &(mc__search_hits_in){OF_SEARCH, .query = s->query, .title = title});
    mc__add_plans_by_values(&s->hits);
    hits = mc__add_search_hits_of_many(
        &s->hits,
        &(mc__search_hits_of_many_in){
            OF_SEARCH, .query = s->query, .title = title, .kinds = {s->marks.items, s->marks.count},
            .comment_kinds = {s->comment_marks.items, s->comment_marks.count}});
    mc__add_plans_once(&s->hits);
    return hits;
}

static size_t add_recent(searching *s)
{
    size_t hits;

    mc__add_plans_by_values(&s->hits);
    hits = mc__add_search_recent(&s->hits, &(mc__search_recent_in){OF_SEARCH});
    mc__add_plans_once(&s->hits);
    return hits;
}

static int find(searching *s, const PGresult **rows)
{
    mc__search_texts emails;
    int rc = canonical_emails(s, &emails);
    size_t hits;

    if (rc < 0)
        return rc;
    mc__batch_init(&s->hits);
    if (s->asked.emails.count > 0)
        hits = mc__add_search_addressed(
            &s->hits, &(mc__search_addressed_in){.site_id = s->session->site.id,
                                                 .emails = {emails.items, emails.count},
                                                 .limit = s->page.limit,
                                                 .offset = s->page.offset});
    else
        hits = s->asked.has_words ? add_hits(s) : add_recent(s);
    rc = run(s, &s->hits);
    if (rc == 0)
        *rows = mc__batch_rows(&s->hits, hits);
    return rc;
}

/* Things */

static bool is_unread(searching *s, const mc__search_hits_row *hit,
                      const mc__search_notes_row *notes)
{
    bool is_comment = hit->item_type == MC_ITEM_COMMENT;
    mc_item_type item_type = (mc_item_type)(is_comment ? hit->parent_type : hit->item_type);

    if (item_type == MC_ITEM_MICROCOSM || item_type == MC_ITEM_PROFILE)
        return false;
    return mc__is_unread(s->session, item_type, is_comment ? hit->parent_id : hit->item_id,
                         notes->microcosm_id, hit->last_activity, notes->read_at);
}

static const mc_search_hit *make_hit(searching *s, mc__arena *arena, const mc__search_hits_row *row,
                                     const mc_entry *entry, const mc_entry *parent, int n,
                                     const PGresult *notes)
{
    mc__search_notes_row note = mc__read_search_notes(notes, n);
    mc_search_hit *hit = mc__record_make(arena, &mc__search_hit_type);

    if (!hit)
        return NULL;
    hit->item_type = entry->item_type;
    hit->item = entry->item;
    if (parent) {
        hit->parent_item_type = parent->item_type;
        hit->parent_item = parent->item;
    }
    hit->unread = is_unread(s, row, &note);
    hit->rank = row->rank;
    hit->last_modified = row->last_activity;
    hit->highlight = mc__arena_strdup(arena, note.highlight);
    return hit;
}

/* Things that have vanished since they were found are left out, and comments with them. */
static int read_hits(searching *s, mc__arena *arena, mc_list *out, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows), first, notes;
    numbers types, ids, parent_types, parent_ids;
    const void **items = mc__list_make(arena, out, count);
    mc__arena *scratch = &s->session->scratch;
    mc__things things, parents;
    int rc;

    if (!items || !make_numbers(&types, scratch, count) || !make_numbers(&ids, scratch, count) ||
        !make_numbers(&parent_types, scratch, count) || !make_numbers(&parent_ids, scratch, count))
        return mc__out_of_memory(s->session);
    for (size_t i = 0; i < count; i++) {
        mc__search_hits_row row = mc__read_search_hits(rows, (int)i);

        add_number(&types, row.item_type);
        add_number(&ids, row.item_id);
        add_number(&parent_types, row.parent_type);
        add_number(&parent_ids, row.parent_id);
    }
    mc__batch_init(&s->things);
    first = mc__things_ask(&s->things, s->session, &s->sight, (mc_int64s){types.items, count},
                           (mc_int64s){ids.items, count});
    mc__things_ask(&s->things, s->session, &s->sight, (mc_int64s){parent_types.items, count},
                   (mc_int64s){parent_ids.items, count});
    notes = mc__add_search_notes(
        &s->things, &(mc__search_notes_in){.site_id = s->session->site.id,
                                           .actor_id = s->session->actor->profile_id,
                                           .types = {types.items, count},
                                           .ids = {ids.items, count},
                                           .query = s->asked.has_words ? s->query : ""});
    rc = run(s, &s->things);
    if (rc == 0)
        rc = mc__things_make(&things, s->session, arena, &s->things, first);
    if (rc == 0)
        rc = mc__things_make(&parents, s->session, arena, &s->things, first + MC_THINGS_STATEMENTS);
    out->count = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        mc__search_hits_row row = mc__read_search_hits(rows, (int)i);
        bool is_comment = row.item_type == MC_ITEM_COMMENT;
        const mc_entry *entry =
            row.item_id ? mc__things_entry(&things, (mc_item_type)row.item_type, row.item_id)
                        : NULL;
        const mc_entry *parent =
            is_comment ? mc__things_entry(&parents, (mc_item_type)row.parent_type, row.parent_id)
                       : NULL;

        if (entry && (parent || !is_comment) &&
            (items[out->count] = make_hit(s, arena, &row, entry, parent, (int)i,
                                          mc__batch_rows(&s->things, notes))))
            out->count++;
    }
    return rc == 0 && arena->failed ? mc__out_of_memory(s->session) : rc;
}

static int search(searching *s, mc_search_result *result, const mc_search_filter *filter)
{
    mc__arena *arena = mc__record_arena(result);
    mc_search_query *query = mc__record_make(arena, &mc__search_query_type);
    const PGresult *rows = NULL;
    int64_t began = mc__monotonic_ms(), total;
    mc_page *page;
    int rc;

    result->query = query;
    if (!query)
        return mc__out_of_memory(s->session);
    rc = mc__search_read(&s->asked, s->session, query, arena, filter);
    if (rc == 0)
        rc = find_places(s);
    if (rc < 0)
        return rc;
    mc__search_describe(&s->asked);
    if (!is_valid(s))
        return arena->failed ? mc__out_of_memory(s->session) : 0;
    rc = find_kinds(s);
    if (rc == 0)
        rc = make_query(s);
    if (rc == 0)
        rc = find(s, &rows);
    if (rc < 0)
        return rc;
    total = mc__read_search_hits(rows, 0).total;
    rc = mc__page_fits(s->session, &s->page, total);
    if (rc < 0)
        return rc;
    page = mc__page_make(arena, &s->page, total, PATH, "result");
    if (!page)
        return mc__out_of_memory(s->session);
    result->results = page;
    rc = read_hits(s, arena, &page->items, rows);
    result->time_taken_ms = mc__monotonic_ms() - began;
    return rc;
}

int mc_search_find(mc_search_result **out, mc_session *session, const mc_search_filter *given,
                   const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_search_filter filter = MC_SEARCH_FILTER_INIT;
    searching s = {.session = session};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__page_check_usual(&s.page, session, options);
    if (rc == 0 && given)
        rc = mc__struct_take(&session->problem, &filter, sizeof(filter), given, "search_filter");
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__search_result_type);
    mc__batch_init(&s.hits);
    mc__batch_init(&s.things);
    rc = record ? search(&s, record, &filter) : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    release(&s);
    return rc;
}
