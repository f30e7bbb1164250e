/* Records of accounts, also inside of others. */
#ifndef MC_ACCESS_ACCOUNTS_H
#define MC_ACCESS_ACCOUNTS_H

#include "db/db.h"

#include <microcosm.h>

/* From a row of users.account. NULL: out of memory, and the arena has failed. */
const mc_account *mc__account_make(mc__arena *arena, int64_t user_id, const PGresult *rows);

#endif
