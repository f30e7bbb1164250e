/* Requests to the services that people sign in through: guarded, without redirects, and all of a
 * sign-in within one limit of time. */
#ifndef MC_FEDERATION_ASK_H
#define MC_FEDERATION_ASK_H

#include "../base/handles.h"
#include "record/json_tree.h"

typedef struct mc__question {
    const char *what; /* for messages: "the provider's keys" */
    const char *url;
    const char *authorization; /* a whole header line, or NULL */
    const mc__text *form;      /* to be posted; NULL: GET */
    int64_t until_ms;          /* monotonic */
} mc__question;

/* The body of a reply, and its status, whatever that is. MC_EREMOTE, with a message. */
int mc__ask(mc__text *body, int *status, mc_session *session, const mc__question *question);
/* The same for JSON, which must be an object, and the status 200. */
int mc__ask_json(mc__json **out, mc_session *session, const mc__question *question);
/* "name=value" of a form, with "&" before it unless it is the first. */
void mc__form_add(mc__text *form, const char *name, const char *value);
/* Fails with MC_EREMOTE and a message. */
int mc__ask_fail(mc_session *session, const mc__question *question, const char *reason);

#endif
