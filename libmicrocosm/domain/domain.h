/*
 * What the files of the domain share: the app, the session, who acts, the site's microcosms and
 * roles, and the one decision about permissions. Nothing here knows of HTTP.
 *
 * A public function looks like this:
 *
 *     int rc = mc__call_begin(session, MC_NEEDS_SITE);  // clears the last error, loads who acts
 *     ... read input, ask mc__decide_...(), run a batch, build records ...
 */
#ifndef MC_DOMAIN_H
#define MC_DOMAIN_H

#include "../cache/cache.h"
#include "../db/cluster.h"
#include "../db/db.h"
#include "types.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- the app ----------------------------------------------------------------------------------
 */
typedef struct mc__maps mc__maps; /* maps.c: the newest map of each site that is in use */
typedef struct mc__marks
    mc__marks; /* marks.c: read marks and view counts on their way to the database */
typedef struct mc__counters mc__counters; /* counters.c: when they are folded next */
typedef struct mc__gate mc__gate;         /* gate.c: before work that keeps a core busy */

typedef struct mc__follow mc__follow; /* follow.c: what other processes write */
typedef struct mc__auth_providers mc__auth_providers; /* auth_providers.c: ways to sign in */

/* Hands out an error that outlives no handle and ends the problem. Returns code. */
int mc__hand_out(mc_error **error, mc__problem *problem, int code);

struct mc_app {
    mc__pool *pool;
    mc__cluster *cluster; /* NULL with a database of the operator's */
    mc__log log;
    char *base_domain, *default_site;
    mc__marks *marks;
    mc__counters *counters;
    mc__gate *rendering;
    mc__maps *maps;
    mc__auth_providers *auth;
    mc__cache *cache;
    mc__follow *follow;
    int64_t changes_keep_s;
    _Atomic int64_t cluster_due, trim_due; /* monotonic milliseconds */
    atomic_bool stopping;
};

/* ---- what has changed: news.c
 * ------------------------------------------------------------------------------------------------
 * One piece of news: a row of the change feed, or what a session has just written. */
typedef struct mc__news {
    int64_t site_id;
    mc_item_type item_type, parent_type;
    int64_t item_id, parent_id;
    int64_t microcosm_id;   /* that it is in, or 0 */
    int64_t from_microcosm; /* that it was moved out of, or 0 */
    int64_t profile_id;     /* who did it, or 0 */
    bool is_new;            /* nothing that was there before has changed */
} mc__news;

/* Sides of things that change on their own: what entries of the cache tell of. */
enum {
    MC_OF_SITE = 1,  /* id 0: the site, its microcosms, roles and criteria; of site 0: any site */
    MC_OF_CONTENT,   /* id 0: anything in any microcosm of the site */
    MC_OF_MICROCOSM, /* what is directly in a microcosm: items, their counts and order */
    MC_OF_ITEMS,     /* which items are directly in it, and which of these are to be seen */
    MC_OF_ITEM,      /* an item, its counts and its newest comment */
    MC_OF_TEXTS,     /* an item but for counts and newest comment; the comments that it had before:
                        their texts, flags and places */
    MC_OF_PROFILE,   /* name, avatar and the like, as they stand beside what it wrote */
    MC_OF_VIEWER,    /* what decides about what a profile may do and see */
    MC_OF_USER,      /* the same of a user, on all sites (site 0) */
    MC_OF_OWN,       /* what a profile has of its own at things: marks, watchers, answers */
    MC_OF_TOKEN,     /* an access token (site 0) */
    MC_OF_IDENTITIES /* id 0: what providers said of anybody (site 0) */
};

/* Tells the cache; after it can be seen in the database. */
void mc__news_tell(mc__cache *cache, const mc__news *news);

/* ---- what other processes write: follow.c
 * ------------------------------------------------------------------------------------------- */
int mc__follow_new(mc__follow **out);
int mc__follow_connect(mc__follow *follow, mc__pool *pool,
                       mc__cache *cache); /* once, before it is used */
void mc__follow_finish(mc__follow *follow); /* sends the wake-up that is still due */
void mc__follow_free(mc__follow *follow);   /* NULL is allowed */
/* Of the pool: mc__pool_options.wrote. */
void mc__follow_wrote(void *follow, mc__outcome outcome, uint64_t transaction);
/* Does what is due; milliseconds until there is more. At most one thread is at it. */
int64_t mc__follow_step(mc_app *app);
/* Readable when a step is due at once; and makes it so, from any thread. */
int mc__follow_fd(const mc__follow *follow);
void mc__follow_ring(mc__follow *follow);

typedef struct mc__follow_stats {
    int64_t passes, told;
    int64_t position; /* all transactions below are told of */
    int64_t age_ms;   /* of the last pass; -1: none yet */
} mc__follow_stats;
void mc__follow_count(const mc_app *app, mc__follow_stats *out);

/* Deletes rows of the feed that are old enough; milliseconds until the next time. changes.c */
int64_t mc__changes_trim(mc_app *app);

/* ---- who acts ----------------------------------------------------------------------------------
 */
typedef struct mc__attribute {
    const char *key, *text; /* text NULL unless it is one */
    bool is_number, is_boolean, boolean;
    double number;
} mc__attribute;

/* Facts about the actor; all zero for a guest. */
typedef struct mc__viewer {
    int64_t profile_id, user_id;
    const char *profile_name, *email, *gender; /* as stored; gender NULL if there is none */
    mc_time created, last_active, all_read_at, huddles_read_at;
    int64_t item_count, comment_count;
    bool is_banned;     /* on the site's ban list */
    mc_int64s role_ids; /* put into these by name; ascending */
    mc_int64s ignored_profiles, ignored_microcosms, ignored_items, ignored_comments;
    mc__attribute *attributes;
    size_t attribute_count;
} mc__viewer;

typedef struct mc__kept_site mc__kept_site;

typedef struct mc__site_facts {
    int64_t id;
    const char *key, *url, *domain;
    int64_t owned_by, created_by;
    bool only_admins_create_microcosms;
    int64_t version; /* of the facts that the map holds */
} mc__site_facts;

/* ---- the site's microcosms and roles: map.c
 * ------------------------------------------------------ */
typedef struct mc__criterion {
    int64_t or_group;
    const char *column, *attr_key; /* NULL or "" if not used */
    const char *predicate;
    const char *text; /* NULL unless the value is a text */
    bool is_number, is_boolean, boolean;
    double number;
} mc__criterion;

typedef struct mc__role {
    int64_t id, microcosm_id;
    bool is_moderator, is_banned, include_guests, include_users;
    bool can_create, can_read, can_update, can_delete, can_close_own, can_open_own, can_read_others;
    const mc__criterion *criteria;
    size_t criteria_count;
} mc__role;

typedef struct mc__node {
    int64_t id, parent_id;
    const struct mc__node *parent; /* NULL for the root */
    int64_t level;                 /* the root is 1 */
    const char *title, *logo_url;
    int64_t owned_by, created_by;
    bool is_sticky, is_open, is_deleted, is_moderated;
    bool is_hidden;        /* it or an ancestor is deleted or moderated */
    const mc__role *roles; /* attached to it */
    size_t role_count;
} mc__node;

/* Nodes are in tree order: parents first, then by id. Read-only once made: threads share it. */
typedef struct mc__map {
    mc__node *nodes;
    size_t count;
    mc__node **by_id; /* ascending */
    bool counts_matter, age_matters; /* to the criteria of some role */
} mc__map;

/*
 * A map that sessions share, for one version of the site's facts (sites.facts_version). The version
 * is read with who acts, or known not to have moved since, so what is shared is never old.
 */
typedef struct mc__shared_map {
    atomic_int users;
    int64_t site_id, version;
    mc__arena arena;
    mc__map map;
} mc__shared_map;
void mc__shared_map_release(mc__shared_map *shared); /* NULL is allowed */

int mc__maps_new(mc__maps **out);
void mc__maps_free(mc__maps *maps);
/* The map of that version, or NULL; to be released. */
mc__shared_map *mc__maps_take(mc__maps *maps, int64_t site_id, int64_t version);
/* Keeps a map for others, in place of an older one. */
void mc__maps_keep(mc__maps *maps, mc__shared_map *shared);

/* The map of that version, to be released: shared, or read. */
int mc__map_load(mc__shared_map **out, mc_session *session, int64_t version);

/* What the actor may do in a microcosm, once it has been asked. */
typedef struct mc__decision {
    bool decided;
    mc_permissions permissions;
} mc__decision;

/* ---- who acts, and what they may see: viewers.c
 * -------------------------------------------------------------------------------------------- */

/* How long an entry is kept that nobody tells of: such as whether a ban has ended by now, or what
 * was read at another daemon. */
#define MC_SOON_MS 1000
/* And one that shows how often things were viewed, in a list. */
#define MC_VIEWS_MS 60000

typedef struct mc__actor {
    mc__entry entry;
    bool is_shared; /* with other sessions: then nothing of it changes any more */
    mc__site_facts site; /* as it was then; its texts are the session's own */
    mc__viewer viewer;
    mc__shared_map *shared;
    mc__decision *decisions; /* one for each node of the map */
    uint8_t *sight;          /* for each node what of it may be seen, once it is shared */
    int64_t sight_number;    /* the same for the same sight, and hardly ever for another */
} mc__actor;

/* Kinds of entries of the cache. */
enum {
    MC_KEPT_SITE = 1, /* by a number made from the key or host it was asked for by */
    MC_KEPT_TOKEN,    /* by its SHA-256 */
    MC_KEPT_IDENTITY, /* what a provider said: by site and SHA-256 of scheme and token */
    MC_KEPT_PROFILE,  /* of a user: by site and user */
    MC_KEPT_ACTOR,    /* by site and profile; 0: guests */
    MC_KEPT_ITEM,     /* by its id */
    MC_KEPT_TARGET,   /* what decides about writing to an item: by its id */
    MC_KEPT_PAGE,     /* of comments, as records: by item, offset and limit; */
    MC_KEPT_PAGE_JSON, /* the same as JSON */
    MC_KEPT_OWN,      /* by profile and item */
    MC_KEPT_SUMMARY,  /* of an item, in lists: by its id */
    MC_KEPT_FRAME,    /* a microcosm without its list: by its id */
    MC_KEPT_LISTING,  /* by microcosm, offset, limit and what the actor may see */
    MC_KEPT_OWN_LISTING
};

/* Keeps what the actor has of their own somewhere; not for long, since marks that other processes
 * write are not told of. */
void mc__keep_own(mc_session *session, const mc__cache_key *key, void *own);

mc__node *mc__map_find(const mc__map *map, int64_t microcosm_id); /* NULL if there is none */
mc__node *mc__map_root(const mc__map *map);
bool mc__node_is_below(const mc__node *node, const mc__node *ancestor); /* or the same */

/* ---- sessions
 * -------------------------------------------------------------------------------------- */
struct mc_session {
    mc_app *app;
    mc__problem problem;
    mc__db db;
    mc__arena scratch; /* made anew for each call */
    mc__kept_site *kept_site; /* what site points into */
    mc__site_facts site;
    mc__actor *actor;         /* NULL: nobody yet; else the next three point into it */
    const mc__viewer *viewer; /* never NULL: a guest until it is known who acts */
    const mc__map *map;       /* never NULL: empty until then */
    mc__decision *decisions;  /* one for each node of the map */
    uint64_t moment;         /* of the cache's clock, before site and version were read */
    bool entered;            /* site and its version were read just now */
    int64_t profile_id;      /* who acts; 0: guest */
    bool is_asking;          /* a host's provider who acts; calls meanwhile are refused */
    bool facts_loaded;       /* viewer and map are fresh enough for the next call, if it */
    int64_t facts_until;     /* comes before that; monotonic milliseconds */
    mc__news *untold;        /* of what the open transaction has written */
    size_t untold_count, untold_room;
    bool untold_lost;        /* there was no memory for some of it */
    char address[64];        /* for the audit; "" if not known */
    mc__text explanation;
};

/* Begins a public call. MC_NEEDS_MEMBER also refuses guests with MC_EFORBIDDEN. */
typedef enum mc__needs { MC_NEEDS_NOTHING, MC_NEEDS_SITE, MC_NEEDS_MEMBER } mc__needs;
int mc__call_begin(mc_session *session, mc__needs needs);
/* The batch's statements are about several sites or none (sign-in, making sites). */
int mc__run_as_platform(mc_session *session, mc__batch *batch, mc__access access);
/* The batch reads only what row-level security lets everybody read (sites, users, tokens): so it
 * doesn't matter what site a connection is on, and it needn't be changed there and back. */
int mc__read_of_no_site(mc_session *session, mc__batch *batch);
int mc__run(mc_session *session, mc__batch *batch, mc__access access);
/* Writes, and tells the news: at once, or when the session's transaction has been committed. */
int mc__write(mc_session *session, mc__batch *batch, const mc__news *news);
/* Tells news of the session's site, unless it says which, and of who acts. */
void mc__tell(mc_session *session, const mc__news *news);
/* Failures in one line: return mc__refuse(session, MC_ENOTFOUND); */
int mc__refuse(mc_session *session, int code);
int mc__out_of_memory(mc_session *session);
int mc__check_id(mc_session *session, int64_t id); /* MC_EINVAL unless positive */
int mc__write_json(mc_buffer *out, mc_session *session, const void *record);
const char *mc__audit_address(mc_session *session); /* NULL: no audit row is written */
/* Forget facts after a write that changes them. */
void mc__facts_changed(mc_session *session);
/* Reads who acts and the site's map, unless they are at hand. */
int mc__facts_load(mc_session *session);
/* Whether what was loaded before still holds. */
bool mc__facts_are_fresh(const mc_session *session);
void mc__facts_forget(mc_session *session);
/* Whether the session sees what everybody sees: it is in no transaction. */
bool mc__may_share(const mc_session *session);

/* ---- permissions: permissions.c
 * -------------------------------------------------------------------- mc__decide() is the one
 * authorisation function: pure, from facts to twelve booleans. Whatever shows or changes content
 * asks it, through one of the helpers below. */
typedef struct mc__facts {
    mc_time now;
    const mc__site_facts *site;
    const mc__viewer *viewer;
    const mc__map *map;
    mc_item_type item_type; /* T of the contract */
    int64_t item_id;        /* I */
    int64_t microcosm_id;   /* M as it was given */
    /* what is known of the thing; all zero if it doesn't exist */
    int64_t in_microcosm;    /* of the thing, found by its id */
    int64_t thing_owner;     /* its author, creator, or the profile or user itself */
    int64_t thing_owner_too; /* microcosm: its owner; attendee: whoever invited */
    mc_item_type comment_on; /* comments: kind of their parent */
    bool is_participant;     /* huddles: the actor takes part */
} mc__facts;

/* explanation may be NULL; else one line is added per step that decided something. */
void mc__decide(mc_permissions *out, const mc__facts *facts, mc__text *explanation);
/* The actor's rights on a microcosm of the map; computed once per call. */
const mc_permissions *mc__decide_microcosm(mc_session *session, const mc__node *node);
/* Whether the actor may read a microcosm and all that it is in, the root aside. */
bool mc__may_read_all_above(mc_session *session, const mc__node *node);
/* On something in a microcosm (conversation, event, poll) by a certain author. */
void mc__decide_item(mc_permissions *out, mc_session *session, mc_item_type item_type,
                     int64_t item_id, int64_t microcosm_id, int64_t author);
typedef struct mc__comment_facts {
    int64_t comment_id, author;
    mc_item_type item_type; /* kind of its parent; MC_ITEM_NONE for an unknown comment */
    int64_t microcosm_id;   /* of its parent, or 0 */
    bool is_participant;    /* of a huddle */
} mc__comment_facts;
void mc__decide_comment(mc_permissions *out, mc_session *session, const mc__comment_facts *comment);
/* On what lives in no microcosm: site, profile, huddle. owner: its author, or the profile itself.
 */
void mc__decide_thing(mc_permissions *out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t owner, bool is_participant);
/* Whether the actor may see the microcosm: it may be read and neither it nor an ancestor is hidden.
 */
bool mc__is_readable(mc_session *session, const mc__node *node);
/* As that, and neither it nor an ancestor is ignored. */
bool mc__is_listed(mc_session *session, const mc__node *node);
/* Ids of all microcosms for which that holds, ascending. */
int mc__listed_microcosms(mc_int64s *out, mc_session *session);
bool mc__contains(const mc_int64s *sorted, int64_t id);
/* A mc_permissions record with these values. */
const mc_permissions *mc__permissions_record(mc__arena *arena, const mc_permissions *values);

/* ---- building blocks of records: meta.c
 * -------------------------------------------------------------- */
/* What every profile summary ends with: flags {} and its links. */
void mc__profile_finish(mc__arena *arena, mc_profile *profile);
mc_link *mc__link_add(mc__arena *arena, mc_list *links, size_t *capacity, const char *rel,
                      const char *href, const char *title);
const char *mc__href(mc__arena *arena, const char *collection,
                     int64_t id); /* "/api/v1/" collection "/" id */
/* "/api/v1/microcosms" for the root, else with the id. */
const char *mc__microcosm_href(mc__arena *arena, const mc__node *node);
/* Path to a microcosm without the root and what the actor may not read; with itself or without.
 * session NULL: nothing is left out. */
void mc__breadcrumb(mc_session *session, mc__arena *arena, mc_list *out, const mc__node *node,
                    bool with_itself);
/* Collection of a kind in paths: "conversations". */
const char *mc__collection_of(mc_item_type item_type);

/* meta of a collection: the link to itself and permissions */
const mc_meta *mc__collection_meta(mc__arena *arena, const char *href,
                                   const mc_permissions *permissions);

/* An entry of the cache shows a profile's name and avatar; NULL is allowed. */
void mc__tells_of_profile(const mc_session *session, void *entry, const mc_profile *profile);

/* ---- pages: page.c
 * -------------------------------------------------------------------------------------- */
/* Copies and checks limit and offset (contract conventions.md 11); options may be NULL. */
int mc__page_check(mc_page_options *out, mc_session *session, const mc_page_options *options);
/* MC_EINVAL if the offset is past the last page of that many things. */
int mc__page_fits(mc_session *session, const mc_page_options *options, int64_t total);
/* A page without items, its links made from options->path (or default_path) and options->query. */
mc_page *mc__page_make(mc__arena *arena, const mc_page_options *options, int64_t total,
                       const char *default_path, const char *list_type);

/* The same page with items that are written already: for JSON only. */
const mc_page *mc__page_ready(mc__arena *arena, const mc_page *page, mc__raw items);

/* ---- PATCH: patch.c
 * ---------------------------------------------------------------------------------------- */
typedef struct mc__flag_changes {
    mc_choice sticky, open, deleted, moderated;
    const char *note; /* generated edit reason */
} mc__flag_changes;
/* From the library's own struct to what mc__patch_read() makes. */
int mc__patch_copy(mc_session *session, mc__patch_op **out, const mc_patch_op *ops, size_t count);
/*
 * Judges operations on a thing in the contract's order (conventions.md 12): update right, kinds of
 * value, paths, who may. is_comment: only deleted and moderated are offered.
 */
int mc__patch_judge(mc__flag_changes *out, mc_session *session, const mc__patch_op *ops,
                    size_t count, const mc_permissions *permissions, bool is_comment);

/* ---- read marks and views: marks.c
 * --------------------------------------------------------------------------- */
int mc__marks_new(mc__marks **out);
void mc__marks_free(mc__marks *marks);
/* Notes that the actor has read a thing up to a time; written within about a second. */
void mc__mark_read(mc_session *session, mc_item_type item_type, int64_t item_id, mc_time up_to);
/* Newest mark that is still on its way, or MC_TIME_NONE. */
mc_time mc__pending_mark(mc_session *session, mc_item_type item_type, int64_t item_id);
void mc__count_view(mc_session *session, int64_t item_id);
int64_t mc__pending_views(mc_session *session, int64_t item_id);
/* Notes that the actor is active, at most once a minute; last_active: what the database says. */
void mc__note_active(mc_session *session, mc_time last_active);
/* Forget what is pending for the actor in a whole microcosm or site, since a stronger mark was
 * written. */
void mc__marks_flush(mc_app *app);
/* Milliseconds until the next flush is due. */
int64_t mc__marks_step(mc_app *app);

/* ---- work that keeps a core busy: gate.c
 * --------------------------------------------------------------------- Half of the cores may be at
 * it. Others wait in line, holding neither a lock nor a connection. */
int mc__gate_new(mc__gate **out, int places, int64_t wait_ms);
void mc__gate_free(mc__gate *gate);
/* 0: to be left again; MC_EBUSY after wait_ms; MC_ESYSTEM. */
int mc__gate_enter(mc__gate *gate);
void mc__gate_leave(mc__gate *gate);

/* ---- counters: counters.c
 * ------------------------------------------------------------------------------------ */
int mc__counters_new(mc__counters **out);
void mc__counters_free(mc__counters *counters);
/* Milliseconds until something is due again. */
int64_t mc__counters_step(mc_app *app);
/* After a write that may have appended to counters. */
void mc__counters_written(mc_session *session);

/*
 * Whether a thing with that last activity is unread for the actor, whose newest mark in the
 * database (own or its microcosm's) is read_at. Guests have nothing unread.
 */
bool mc__is_unread(mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t microcosm_id, mc_time last_activity, mc_time read_at);

/* ---- items: items.c
 * ------------------------------------------------------------------------------------------ Rows
 * of the view item_records become mc_conversation, mc_event or mc_poll. A statement for lists
 * selects the view's columns that the records name, item_type, and for unread flags
 * last_activity and read_at (newest own mark or mark of the microcosm; see items.sql). */
typedef struct mc__item_reader {
    const PGresult *rows;
    mc__columns conversation, event, poll;
    int item_type, last_activity, read_at; /* columns; -1 if there is none */
} mc__item_reader;
int mc__item_reader_make(mc__item_reader *out, mc_session *session, const PGresult *rows);
/* The summary record of a row, with breadcrumb and links; unread flag if with_unread. NULL: no
 * memory. */
const void *mc__item_summary(mc_session *session, mc__arena *arena, const mc__item_reader *reader,
                             int row, bool with_unread);
/* An mc_entry around a record. */
const mc_entry *mc__entry_make(mc__arena *arena, mc_item_type item_type, const void *record);
mc_item_type mc__item_row_type(const mc__item_reader *reader, int row);

/* ---- comments: comments.c
 * -------------------------------------------------------------------------------------- Rows of
 * the view comment_records become mc_comment in the form of lists. */
typedef struct mc__comment_reader {
    const PGresult *rows;
    mc__columns columns;
    int reply_author, reply_author_name; /* columns */
    mc__arena *home;
    const char *item_title;
    /* the item of the comment before, which most of them share */
    const char *item_type, *item_href;
    int64_t item_id;
} mc__comment_reader;
/* home: where what several records share is put; it lives as long as they do. NULL: they end with
 * the call, and their texts are not copied but point into the rows and item_title (may be ""). */
int mc__comment_reader_make(mc__comment_reader *out, mc_session *session, mc__arena *home,
                            const PGresult *rows, const char *item_title);
/* NULL: no memory. */
mc_comment *mc__comment_record(mc__arena *arena, mc__comment_reader *reader, int row);

/* ---- who visits: auth_providers.c, auth.c
 * -------------------------------------------------------------------------------------- */
#define MC__SCHEME_BEARER "bearer" /* what access tokens are */
typedef struct mc__known_user {
    int64_t user_id;
    const char *profile_name; /* wish for the first visit, or "" */
    int64_t valid_s;
} mc__known_user;
int mc__auth_providers_new(mc__auth_providers **out);
void mc__auth_providers_free(mc__auth_providers *providers);
/* The look-up of an access token, which may travel with other statements. */
typedef struct mc__token_search {
    bool has_begun, is_asked; /* also of the database, as statement `number` of a batch */
    size_t number;
    int64_t user_id; /* what the cache knows, or 0 */
    uint8_t hash[MC_SHA256_SIZE];
} mc__token_search;
void mc__token_search_begin(mc__token_search *search, mc__batch *batch, mc_session *session,
                            const char *token);
/* The user, or 0; after the batch has run, if it is not empty. */
int64_t mc__token_search_end(const mc__token_search *search, mc_session *session,
                             const mc__batch *batch);
/* Begins the search for visit->token, unless there is none or others are asked about it first. */
void mc__auth_prepare(mc__token_search *search, mc__batch *batch, mc_session *session,
                      const mc_visit *visit);
/*
 * The user who shows visit->token on the session's site, by the app's providers and the access
 * tokens. Nobody: MC_EUNAUTHENTICATED. Calls hosts, so no connection may be held for it.
 */
int mc__auth_identify(mc__known_user *out, mc_session *session, const mc_visit *visit,
                      const mc__token_search *search, const mc__batch *batch);

/* ---- users: users.c
 * ---------------------------------------------------------------------------------------------- */
/* Checks an address and writes its canonical form (contract/users-auth.md). */
int mc__email_canonical(mc_session *session, const char **out, const char *email);
/* User by e-mail, made if there is none. */
int mc__user_find_or_make(int64_t *user_id, mc_session *session, const char *email);
/* 0, MC_EINVAL for what is no e-mail address (or NULL), MC_ENOMEM. */
int mc__email_check(const char *email);
/* Profile of a user on the session's site, made if there is none; with the name wished, if it is
 * valid and free. wish may be NULL or "". */
int mc__profile_find_or_make(int64_t *profile_id, mc_session *session, int64_t user_id,
                             const char *wish);
/* The name of a profile that has no other; each further attempt gives another one, for when it is
 * taken. */
const char *mc__default_name(mc__arena *arena, bool at_root, int64_t user_id, const char *email,
                             int attempt);

/* ---- profiles: profiles.c ---- */
/* Cleans and checks what somebody would like to have in a profile. 0, MC_EINVAL with all faults in
 * the problem, MC_ENOMEM. */
int mc__profile_edit_check(mc_profile_edit *out, mc__problem *problem, mc__arena *arena,
                           const mc_profile_edit *given);

/* ---- sites: sites.c
 * ---------------------------------------------------------------------------------------------- */
/* 1 to 50 of [a-z0-9]. */
bool mc__is_site_key(const char *key);

MC_DEFINE_AUTO(void *, mc_record_free)

#endif
