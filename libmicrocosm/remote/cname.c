/* See cname.h. Resolvers follow a CNAME without telling, so the record itself is asked for. */
#include "cname.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#define REPLY_MOST 4096
#define WAIT_SECONDS 2 /* for each name server, once */

int mc__remote_read_cname(mc__text *out, const unsigned char *reply, size_t length)
{
    char name[NS_MAXDNAME];
    ns_msg message;
    ns_rr record;

    if (ns_initparse(reply, (int)length, &message) < 0)
        return MC_EREMOTE;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        if (ns_parserr(&message, ns_s_an, i, &record) < 0)
            return MC_EREMOTE;
        if (ns_rr_type(record) != ns_t_cname)
            continue;
        if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record), name,
                               sizeof(name)) < 0 ||
            !mc__utf8_valid(name, strlen(name)))
            return MC_EREMOTE;
        return mc__domain_name(out, name) == MC_ENOMEM ? MC_ENOMEM : 0;
    }
    return MC_ENOTFOUND;
}

int mc__remote_cname(mc__text *out, const char *domain)
{
    unsigned char reply[REPLY_MOST];
    struct __res_state state = {0};
    int length, error;

    if (res_ninit(&state) != 0)
        return MC_EREMOTE;
    state.retrans = WAIT_SECONDS;
    state.retry = 1;
    length = res_nquery(&state, domain, ns_c_in, ns_t_cname, reply, sizeof(reply));
    error = state.res_h_errno;
    res_nclose(&state);
    if (length < 0)
        return error == HOST_NOT_FOUND || error == NO_DATA ? MC_ENOTFOUND : MC_EREMOTE;
    if (length > REPLY_MOST)
        return MC_EREMOTE;
    return mc__remote_read_cname(out, reply, (size_t)length);
}
