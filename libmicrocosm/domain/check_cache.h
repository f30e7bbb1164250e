/* The checking build, where what is kept is compared with the database: cache/check.h. */
#ifndef MC_DOMAIN_CHECK_CACHE_H
#define MC_DOMAIN_CHECK_CACHE_H

struct mc__cache;

/* From now on what differs ends the process, after a message that names the kind of the entry. */
void mc__check_cache(struct mc__cache *cache);

#endif
