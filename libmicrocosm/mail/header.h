/* Header fields of a message: RFC 5322, with RFC 2047 for what isn't ASCII. */
#ifndef MC_MAIL_HEADER_H
#define MC_MAIL_HEADER_H

#include "core/core.h"

/*
 * Each appends a whole field, folded, with its CRLF. Texts are UTF-8. A line break or another
 * control character in one is written as a space, so that nothing can begin a field of its own.
 */
void mc__header_text(mc__text *out, const char *name, const char *text);
/* "Name <address>"; without a name the address alone. The address must be valid. */
void mc__header_mailbox(mc__text *out, const char *name, const char *display, const char *address);
/* Message ids, without their < and >. */
void mc__header_ids(mc__text *out, const char *name, const char *const *ids, size_t count);
/* A time, in UTC. */
void mc__header_date(mc__text *out, const char *name, mc_time time);

/*
 * Whether mail can be sent to an address: a dot-atom (RFC 5322), @, and a host name, all ASCII, as
 * long as SMTP allows. Quoted local parts and address literals are refused.
 */
bool mc__mail_is_address(const char *address);
/* Appends the address that mail to somebody goes to: the host's name in ASCII ("xn--"). MC_EINVAL
 * if no mail can be sent to it; what was appended then is void. */
int mc__mail_put_address(mc__text *out, const char *email);

#endif
