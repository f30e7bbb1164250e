/*
 * The two handles behind the public API: an app with its parts, and a session with the site that it
 * has entered and its actor. The parts are declared by the files that own them.
 */
#ifndef MC_BASE_HANDLES_H
#define MC_BASE_HANDLES_H

#include "db/db.h"

#include <microcosm.h>
#include <stdatomic.h>

struct mc_app {
    mc__pool *pool;
    pid_t owner;  /* the process that made it */
    bool is_made; /* it was handed out, so what it has gathered is written when it ends */
    struct mc__cluster *cluster; /* NULL if the operator provides the database */
    mc__log log;
    char *base_domain, *default_site;
    struct mc__read_marks *read_marks;
    struct mc__counters *counters;
    struct mc__limiter *rendering; /* limits the rendering of long texts */
    struct mc__limiter *hashing;   /* limits the computing of hashes of passwords */
    mc__password_costs password_costs;
    struct mc__limiter *posting; /* lets one comment at a time be written to an item */
    struct mc__spam *spam;       /* of new people's addresses */
    struct mc__limiter *signing; /* requests to providers of sign-ins */
    struct mc__limiter *probing; /* what owners have set, by asking other servers */
    struct mc__trees *trees;
    struct mc__auth_providers *auth;
    struct mc__zones *zones; /* names of time zones */
    struct mc__geocoder *geocoder;
    struct mc__guard *guard; /* of requests to addresses from sites and people */
    struct mc__legal *legal; /* documents */
    struct mc__jobs *jobs;
    struct mc__queue *queue;
    struct mc__mail *mail;
    atomic_bool sends_mail; /* by a server or the host's function */
    struct mc__outbox *outbox;
    struct mc__cache *cache;
    struct mc__follow *follow;
    struct mc__file_store *files;
    struct mc__magic *magic;
    struct mc__image_program *images;
    struct mc__limiter *picturing;    /* limits the programs that work on pictures */
    int64_t file_size, profile_files; /* limits in bytes; 0: none */
    int64_t changes_keep_s;
    bool gravatar; /* new profiles get their avatar there */
    _Atomic int64_t cluster_due, name_keys_due, render_due, search_due; /* monotonic milliseconds */
    atomic_bool stopping;
};

/* The platform's own site. */
#define MC_ROOT_SITE 1

/* The site that a session has entered. */
typedef struct mc__site_facts {
    int64_t id;
    const char *key, *url;
    const char *host; /* below the base domain, also if url has a domain of the site's own */
    int64_t owned_by, created_by;
    bool only_admins_create_microcosms;
    int64_t markdown_max; /* bytes in a text */
    int64_t version;      /* facts_version of the site, to which the tree belongs */
} mc__site_facts;

/* What the token of a visit lets its session do. All zero: whatever its owner may. */
typedef struct mc__limits {
    mc_scope scope;
    mc_int64s microcosms; /* the only ones, with what is below them; none: all */
} mc__limits;

static inline bool mc__scope_allows(const mc__limits *limits, mc_scope needed)
{
    return limits->scope == MC_SCOPE_FULL || limits->scope >= needed;
}

struct mc_session {
    mc_app *app;
    mc__problem problem;
    mc__db db;
    mc__arena scratch;                   /* cleared by each call */
    struct mc__cached_site *cached_site; /* owns the texts of site */
    mc__site_facts site;
    struct mc__actor_entry *actor_entry; /* NULL: not loaded; else the next three point into it */
    const struct mc__actor *actor;       /* never NULL: a guest until it is loaded */
    const struct mc__tree *tree;         /* never NULL: empty until the actor is loaded */
    struct mc__decision *decisions;      /* one for each node of the tree */
    uint64_t moment;                     /* the cache's clock before site and version were read */
    bool entered;                        /* site and its version were read just now */
    int64_t profile_id;                  /* of the actor; 0: guest */
    struct mc__token_entry *token;       /* the access token of the visit, or NULL */
    mc__limits limits;                   /* of that token, which owns the ids */
    bool is_asking;      /* a host's provider or source of a file is running; calls are refused */
    bool facts_loaded;   /* the next call may use actor and tree without reading them again */
    int64_t facts_until; /* if it begins before this time; monotonic milliseconds */
    mc__change *pending_changes; /* what the open transaction has written */
    size_t pending_count, pending_room;
    bool pending_lost; /* memory ran out for some of them */
    char address[64];  /* for the audit; "" if unknown */
    const char
        *ban_reason; /* what the actor is told, if the site's ban list shuts it out; else "" */
    mc__text explanation;
};

#endif
