/* Where the owner of a domain has it lead to, as name servers say. */
#ifndef MC_REMOTE_CNAME_H
#define MC_REMOTE_CNAME_H

#include "core/core.h"

/* Appends the CNAME of a domain, as mc__domain_name() spells it. MC_ENOTFOUND if it has none,
 * MC_EREMOTE if no name server answers; MC_ENOMEM. Waits some seconds at most. */
int mc__remote_cname(mc__text *out, const char *domain);
/* The same from a reply of a name server. */
int mc__remote_read_cname(mc__text *out, const unsigned char *reply, size_t length);

#endif
