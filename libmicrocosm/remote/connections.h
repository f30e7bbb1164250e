/* What fetch.c needs of connections.c. */
#ifndef MC_REMOTE_CONNECTIONS_H
#define MC_REMOTE_CONNECTIONS_H

#include "fetch.h"

#include <curl/curl.h>

/* NULL: out of memory. */
CURL *mc__connections_take(mc__connections *connections);
/* Both may be NULL. */
void mc__connections_give_back(mc__connections *connections, CURL *curl);

#endif
