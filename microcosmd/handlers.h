/*
 * Handlers: each reads its parameters, calls one function of the library and writes what came
 * back. No rule of the forum is here.
 */
#ifndef MICROCOSMD_HANDLERS_H
#define MICROCOSMD_HANDLERS_H

#include "routes.h"

/* of the daemon itself */
handler handle_healthz, handle_readyz, handle_metrics;
/* the index of the API */
handler handle_root, handle_api, handle_v1, handle_version;
/* any thing (things.h) */
handler handle_thing, handle_thing_list, handle_thing_create, handle_thing_edit, handle_thing_patch,
    handle_thing_remove, handle_last_comment, handle_new_comment;
/* one of a kind */
handler handle_site, handle_site_edit, handle_whoami, handle_microcosm_root, handle_microcosm_tree;
handler handle_comment, handle_comment_in_context;
handler handle_profiles, handle_profile_create, handle_profile, handle_profile_remove;
handler handle_profile_options, handle_profile_options_edit, handle_mark_read;
handler handle_permission;

#endif
