/* What the provider of mail reports of addresses that mail comes back from. */
#include "answers.h"
#include "base/text.h"
#include "handlers.h"

#include <string.h>

#define CREDENTIALS_MOST 1000 /* bytes of the header */

/* The password of "Basic" credentials, whatever the name before it. */
static const char *password(char decoded[CREDENTIALS_MOST], const char *encoded)
{
    const char *colon;

    if (strlen(encoded) >= CREDENTIALS_MOST || !text_base64(decoded, encoded))
        return NULL;
    colon = strchr(decoded, ':');
    return colon ? colon + 1 : NULL;
}

/* Of the header only: an address stands in logs. */
static bool shows_secret(const request *r, const char *secret)
{
    char decoded[CREDENTIALS_MOST];
    const char *shown = NULL;

    if (r->authorization && strncmp(r->authorization, "Bearer ", 7) == 0)
        shown = r->authorization + 7;
    else if (r->authorization && strncmp(r->authorization, "Basic ", 6) == 0)
        shown = password(decoded, r->authorization + 6);
    return shown && text_same_secret(shown, secret);
}

void handle_bounces(exchange *x)
{
    const char *secret = x->service->config->mail_bounce_secret;
    body b;

    if (!secret)
        reply_not_found(x->reply, REASON_NONE, "mail-bounce-secret isn't set");
    else if (!shows_secret(x->request, secret))
        reply_refuse(x->reply, 401, REASON_NONE,
                     "the Authorization header must have the mail-bounce-secret");
    else if (exchange_body(x, &b))
        answer_done(x, mc_mail_bounces_body(x->session, b.format, b.bytes, b.length));
}
