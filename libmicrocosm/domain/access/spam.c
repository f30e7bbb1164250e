/* See spam.h. The service is one like stopforumspam.com. */
#include "spam.h"

#include "../base/call.h"
#include "../base/limiter.h"
#include "record/json_tree.h"
#include "remote/fetch.h"

#define WAIT_MS 3000
#define REPLY_MOST ((int64_t)64 << 10)
/* Requests to it at a time: each holds a thread. */
#define AT_ONCE 4
#define QUEUE_MS 1000
#define YEAR_US ((int64_t)365 * 86400 * 1000000)

struct mc__spam {
    char *url; /* NULL: none is set */
    bool is_closed;
    mc__limiter *limiter;
};

int mc__spam_new(mc__spam **out, mc__problem *problem, const char *url, bool is_closed)
{
    mc__spam *spam;

    if (url && (!mc__remote_is_address(url) || strchr(url, '#')))
        return mc__fail(problem, MC_EINVAL, "spam_check must be an http or https address");
    spam = mc__calloc(1, sizeof(*spam));
    if (!spam)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    spam->is_closed = is_closed;
    spam->url = url ? mc__strdup(url) : NULL;
    if ((url && !spam->url) || mc__limiter_new(&spam->limiter, AT_ONCE, QUEUE_MS) < 0) {
        mc__spam_free(spam);
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    }
    *out = spam;
    return 0;
}

void mc__spam_free(mc__spam *spam)
{
    if (!spam)
        return;
    mc__limiter_free(spam->limiter);
    mc__free(spam->url);
    mc__free(spam);
}

/* {"success":1,"email":{"appears":1,"lastseen":"2026-11-02 10:20:30","confidence":97.5}} */
static bool is_reported(const mc__json *reply)
{
    const mc__json *email = mc__json_member(reply, "email");
    const char *seen = mc__json_text(email, "lastseen");
    char text[MC_TIME_TEXT_SIZE];
    double appears, confidence;
    mc_time time;

    if (!mc__json_number(&appears, email, "appears") || appears < 1 ||
        !mc__json_number(&confidence, email, "confidence") || confidence <= 0 || !seen ||
        strlen(seen) > 19)
        return false;
    snprintf(text, sizeof(text), "%s+00", seen);
    return mc__time_parse(&time, text) && time.us > mc__now().us - YEAR_US;
}

/* 0, whatever it says; MC_EREMOTE, and why; MC_ENOMEM. */
static int ask(bool *reported, char reason[MC_REASON_SIZE], mc_session *session, const char *email)
{
    mc_auto(mc__json_free) mc__json *reply = NULL;
    mc_scratch_text(url);
    mc_scratch_text(body);
    int64_t success;
    int rc;

    mc__text_puts(&url, session->app->spam->url);
    mc__remote_add_parameter(&url, "json", "1");
    mc__remote_add_parameter(&url, "email", email);
    if (url.error)
        return MC_ENOMEM;
    rc = mc__remote_get(&body, reason,
                        &(mc__fetch){.url = mc__text_string(&url),
                                     .wait_ms = WAIT_MS,
                                     .most_bytes = REPLY_MOST,
                                     .guard = session->app->guard});
    if (rc == 0)
        rc = mc__json_read(&reply, mc__text_string(&body), body.length);
    if (rc == MC_EINVAL ||
        (rc == 0 && (!mc__json_int(&success, reply, "success") || success != 1))) {
        snprintf(reason, MC_REASON_SIZE, "its reply says nothing");
        return MC_EREMOTE;
    }
    if (rc == 0)
        *reported = is_reported(reply);
    return rc;
}

static int ask_in_turn(bool *reported, char reason[MC_REASON_SIZE], mc_session *session,
                       const char *email)
{
    mc__limiter *limiter = session->app->spam->limiter;
    mc__place place;
    int rc = mc__limiter_enter(limiter, &place, (int64_t)(intptr_t)session, 1);

    if (rc < 0) {
        snprintf(reason, MC_REASON_SIZE, "too many people are being checked at once");
        return MC_EREMOTE;
    }
    rc = ask(reported, reason, session, email);
    mc__limiter_leave(limiter, &place);
    return rc;
}

int mc__spam_check(mc_session *session, const char *email)
{
    const mc__spam *spam = session->app->spam;
    char reason[MC_REASON_SIZE] = "";
    bool reported = false;
    int rc = 0;

    if (!spam->url)
        return 0;
    rc = ask_in_turn(&reported, reason, session, email);
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (rc < 0)
        mc__log_write(&session->app->log, MC_LOG_WARNING,
                      "an address can't be checked for spam: %s", reason);
    if (rc < 0 && spam->is_closed)
        return mc__fail(&session->problem, MC_EREMOTE,
                        "new people can't be let in just now: try again later");
    if (reported)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "your e-mail address was reported for spam lately: ask the operator");
    return 0;
}
