/*
 * The two handles behind the public API: what an app holds for as long as it lives, and what a
 * session knows of the site it has entered and of who acts. Their parts are declared by the files
 * that own them.
 */
#ifndef MC_BASE_HANDLES_H
#define MC_BASE_HANDLES_H

#include "db/db.h"

#include <microcosm.h>
#include <stdatomic.h>

struct mc_app {
    mc__pool *pool;
    struct mc__cluster *cluster; /* NULL with a database of the operator's */
    mc__log log;
    char *base_domain, *default_site;
    struct mc__read_marks *read_marks;
    struct mc__counters *counters;
    struct mc__limiter *rendering; /* of texts that keep a core busy */
    struct mc__trees *trees;
    struct mc__auth_providers *auth;
    struct mc__cache *cache;
    struct mc__follow *follow;
    int64_t changes_keep_s;
    _Atomic int64_t cluster_due, trim_due; /* monotonic milliseconds */
    atomic_bool stopping;
};

/* The site that a session has entered. */
typedef struct mc__site_facts {
    int64_t id;
    const char *key, *url, *domain;
    int64_t owned_by, created_by;
    bool only_admins_create_microcosms;
    int64_t version; /* of the facts that the map holds */
} mc__site_facts;

struct mc_session {
    mc_app *app;
    mc__problem problem;
    mc__db db;
    mc__arena scratch;                   /* made anew for each call */
    struct mc__cached_site *cached_site; /* what site points into */
    mc__site_facts site;
    struct mc__actor_entry *actor_entry; /* NULL: nobody yet; else the next three point into it */
    const struct mc__actor *actor;       /* never NULL: a guest until it is known who acts */
    const struct mc__tree *tree;         /* never NULL: empty until then */
    struct mc__decision *decisions;      /* one for each node of the map */
    uint64_t moment;             /* of the cache's clock, before site and version were read */
    bool entered;                /* site and its version were read just now */
    int64_t profile_id;          /* who acts; 0: guest */
    bool is_asking;              /* a host's provider who acts; calls meanwhile are refused */
    bool facts_loaded;           /* actor and map are fresh enough for the next call, if it */
    int64_t facts_until;         /* comes before that; monotonic milliseconds */
    mc__change *pending_changes; /* what the open transaction has written */
    size_t pending_count, pending_room;
    bool pending_lost; /* there was no memory for some of it */
    char address[64];  /* for the audit; "" if not known */
    mc__text explanation;
};

#endif
