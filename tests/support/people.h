/* People for tests: the owner of the forum's site and two members. Use people_open() as a suite's
 * init. */
#ifndef TEST_PEOPLE_H
#define TEST_PEOPLE_H

#include <microcosm.h>

#define ID(number) ((long long)(number))

extern int64_t site, owner, mira, tomas; /* profiles, on the site */

void people_open(void);
/* Enters the site with that key, as a guest. */
void enter_site(const char *key);
/* Acts as a profile; 0 is the guest. */
void become(int64_t profile_id);
int64_t make_member(const char *name);
/* Rows of the site in a table of the schema. */
int64_t count_rows(const char *table, const char *condition);
void ban(int64_t profile);
/* The record's JSON, until the next call. */
const char *json_of(const void *record);
void make_comment_on_profile(int64_t profile);
mc_profile *get_profile(int64_t id);
/* Whether the JSON of the profile has the part. */
bool profile_shows(int64_t id, const char *part);
/* A huddle of mira's and tomas's, in which tomas has written something. */
int64_t make_huddle(void);
/* A profile of another site. */
int64_t make_stranger(void);

#endif
