/* Rules for names: e-mail addresses, profile names, keys of sites. */
#ifndef MC_BASE_NAMES_H
#define MC_BASE_NAMES_H

#include "core/core.h"

#include <microcosm.h>

/* 0, MC_EINVAL if it isn't an e-mail address (or is NULL), MC_ENOMEM. */
int mc__email_check(const char *email);
/* The same, and appends the canonical form. */
int mc__email_put_canonical(mc__text *out, const char *email);
/* Checks an address and writes its canonical form, by which users are found. */
int mc__email_canonical(mc_session *session, const char **out, const char *email);
/* The same for some addresses: one address, or a domain, which becomes "*@spam.example", or
 * "*@*.spam.example" for its subdomains. */
int mc__email_pattern(mc_session *session, const char **out, const char *text);

/* The default name of a new profile; each attempt gives another one, in case a name is taken. */
const char *mc__default_name(mc__arena *arena, bool at_root, int64_t user_id, const char *email,
                             int attempt);
/* Cleans and checks an edit. 0, MC_EINVAL with all faults in the problem, MC_ENOMEM. */
int mc__profile_edit_check(mc_profile_edit *out, mc__problem *problem, mc__arena *arena,
                           const mc_profile_edit *given);
/* Checks what the field table can't, after mc__input_take() has filled the edit and returned rc, so
 * that the faults of both are reported together. Returns as above. */
int mc__profile_edit_judge(mc__problem *problem, const mc_profile_edit *edit, int rc);

/* By what the library finds a name, and sorts it (markup/markup.h). */
typedef struct mc__name_keys {
    const char *key, *look, *order; /* all NULL for no name */
} mc__name_keys;

/* 0, or MC_ENOMEM. */
int mc__name_keys_make(mc__name_keys *out, mc__arena *arena, const char *name);

/* Whether it is 1 to 50 characters of [a-z0-9]. */
bool mc__is_site_key(const char *key);

#endif
