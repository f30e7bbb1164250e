/* From a request to its handler: the site, the credentials, the method. */
#ifndef MICROCOSMD_DISPATCH_H
#define MICROCOSMD_DISPATCH_H

#include "service.h"

/* Replies for a server, from a service that outlives it. */
responder dispatch_responder(service *s);

#endif
