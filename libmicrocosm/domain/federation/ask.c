/* See ask.h. */
#include "ask.h"

#include "../base/call.h"
#include "remote/fetch.h"

#define REPLY_MOST ((int64_t)256 << 10)

int mc__ask_fail(mc_session *session, const mc__question *question, const char *reason)
{
    return mc__fail(&session->problem, MC_EREMOTE, "%s: %s", question->what, reason);
}

int mc__ask(mc__text *body, int *status, mc_session *session, const mc__question *question)
{
    const char *headers[] = {"Accept: application/json", question->authorization, NULL};
    int64_t left = question->until_ms - mc__monotonic_ms();
    mc_reply(reply);
    mc__fetch fetch = {.url = question->url,
                       .headers = headers,
                       .wait_ms = left,
                       .most_bytes = REPLY_MOST,
                       .guard = session->app->guard};
    int rc;

    if (left <= 0)
        return mc__ask_fail(session, question, "there is no time left for it");
    if (question->form) {
        fetch.body = question->form->data;
        fetch.body_length = (int64_t)question->form->length;
    }
    rc = mc__remote_send(&reply, &fetch);
    if (rc < 0)
        return rc == MC_EREMOTE ? mc__ask_fail(session, question, reply.reason)
                                : mc__out_of_memory(session);
    *status = reply.status;
    mc__text_append(body, reply.body.data, reply.body.length);
    return body->error ? mc__out_of_memory(session) : 0;
}

int mc__ask_json(mc__json **out, mc_session *session, const mc__question *question)
{
    mc_scratch_text(body);
    int status = 0;
    int rc = mc__ask(&body, &status, session, question);

    if (rc < 0)
        return rc;
    if (status != 200)
        return mc__fail(&session->problem, MC_EREMOTE, "%s: the status is %d", question->what,
                        status);
    rc = mc__json_read(out, mc__text_string(&body), body.length);
    if (rc == MC_EINVAL)
        return mc__ask_fail(session, question, "that is no JSON object");
    return rc < 0 ? mc__out_of_memory(session) : 0;
}

void mc__form_add(mc__text *form, const char *name, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";

    if (form->length)
        mc__text_putc(form, '&');
    mc__text_puts(form, name);
    mc__text_putc(form, '=');
    for (const char *c = value; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || strchr("-._~", *c);

        if (plain) {
            mc__text_putc(form, *c);
        } else {
            mc__text_putc(form, '%');
            mc__text_putc(form, digits[(unsigned char)*c >> 4]);
            mc__text_putc(form, digits[*c & 15]);
        }
    }
}
