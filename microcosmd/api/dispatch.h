/* Finds a request's site, user and handler. */
#ifndef MICROCOSMD_DISPATCH_H
#define MICROCOSMD_DISPATCH_H

#include "service.h"

/* The responder for a server; the service must outlive it. */
responder dispatch_responder(service *s);

#endif
