/* Names that people and sites may have: e-mail addresses, profile names, keys of sites. */
#ifndef MC_BASE_NAMES_H
#define MC_BASE_NAMES_H

#include "core/core.h"

#include <microcosm.h>

/* 0, MC_EINVAL for what is no e-mail address (or NULL), MC_ENOMEM. */
int mc__email_check(const char *email);
/* Checks an address and writes its canonical form, by which users are found. */
int mc__email_canonical(mc_session *session, const char **out, const char *email);

/* The name of a profile that has no other; each further attempt gives another one, for when it is
 * taken. */
const char *mc__default_name(mc__arena *arena, bool at_root, int64_t user_id, const char *email,
                             int attempt);
/* Cleans and checks an edit. 0, MC_EINVAL with all faults in the problem, MC_ENOMEM. */
int mc__profile_edit_check(mc_profile_edit *out, mc__problem *problem, mc__arena *arena,
                           const mc_profile_edit *given);
/* What the field table can't judge, after it has cleaned the edit and measured it with the result
 * rc: what is wrong here is told together with what was wrong there. Returns as above. */
int mc__profile_edit_judge(mc__problem *problem, const mc_profile_edit *edit, int rc);

/* 1 to 50 of [a-z0-9]. */
bool mc__is_site_key(const char *key);

#endif
