/* What providers publish about themselves: descriptions and keys, kept for ten minutes. */
#ifndef MC_FEDERATION_DOCUMENTS_H
#define MC_FEDERATION_DOCUMENTS_H

#include "ask.h"

/* A JSON text of the session's scratch memory. anew: that which is kept is out of date. */
int mc__document_get(const char **out, mc_session *session, const mc__question *question,
                     bool anew);

#endif
