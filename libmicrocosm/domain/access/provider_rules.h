/* What names and addresses of providers must be like, those of sites and those of hosts. */
#ifndef MC_ACCESS_PROVIDER_RULES_H
#define MC_ACCESS_PROVIDER_RULES_H

#include <stdbool.h>

#define MC__PROVIDER_NAME_MOST 50

/* Part of paths: letters a to z and digits. name: NULL is none. */
bool mc__provider_name_is_sound(const char *name);
/* An address without a fragment and user, by https; or by http on this machine. */
bool mc__provider_url_is_sound(const char *url);
/* The same for what a provider says of itself: by https, if its own address is. */
bool mc__provider_url_is_as_sound(const char *url, const char *issuer);

#endif
