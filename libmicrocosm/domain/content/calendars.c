/* Calendars and the secret links to them: include/microcosm/calendars.h. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../access/second_factors.h"
#include "../access/tokens.h"
#include "../base/call.h"
#include "ical.h"
#include "item_list.h"
#include "types.h"
#include "statements.h"

/* Most events in a calendar (include/microcosm/calendars.h). */
enum { NEXT_MOST = 1000, PAST_MOST = 500 };
/* Value of errorCode (docs/http/conventions.md#statuses-and-errors). */
enum { REASON_TOKEN = 7, REASON_BANNED = 13 };

static const mc__field calendar_link_fields[] = {
    MC_FIELD(mc_calendar_link, created, "created"),
    MC_FIELD(mc_calendar_link, token, "token", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_calendar_link, events, "events", .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__calendar_link_type =
    MC_TYPE(mc_calendar_link, "calendar_link", calendar_link_fields);

static mc_calendar_link *new_link(mc_time created)
{
    mc_calendar_link *link = mc__record_new(&mc__calendar_link_type);

    if (link)
        link->created = created;
    return link;
}

int mc_calendar_link_get(mc_calendar_link **out, mc_session *session)
{
    const PGresult *rows;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    mc__add_calendars_link(&batch,
                           &(mc__calendars_link_in){session->site.id, session->actor->profile_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__fail(&session->problem, MC_ENOTFOUND, "you have no link to your calendar");
    *out = new_link(mc__read_calendars_link(rows, 0).created);
    return *out ? 0 : mc__out_of_memory(session);
}

int mc_calendar_link_create(mc_calendar_link **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    char token[MC_TOKEN_SIZE];
    uint8_t hash[MC_SHA256_SIZE];
    mc_calendar_link *link;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = mc__token_check_full(session);
    if (rc == 0)
        rc = mc__factor_step_up(session);
    if (rc < 0)
        return rc;
    record = link = new_link((mc_time){MC_TIME_NONE});
    if (!link)
        return mc__out_of_memory(session);
    mc__random_text(token, sizeof(token) - 1);
    mc__sha256(hash, token, strlen(token));
    link->token = mc__arena_strdup(mc__record_arena(link), token);
    link->events = mc__arena_format(mc__record_arena(link), "/api/v1/events.ics?token=%s", token);
    if (mc__record_arena(link)->failed)
        return mc__out_of_memory(session);
    mc__add_calendars_make_link(
        &batch, &(mc__calendars_make_link_in){.site_id = session->site.id,
                                              .profile_id = session->actor->profile_id,
                                              .token_hash = {hash, sizeof(hash)},
                                              .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    link->created = mc__read_calendars_make_link(mc__batch_rows(&batch, 0), 0).created;
    MC_TAKE(record);
    *out = link;
    return 0;
}

int mc_calendar_link_revoke(mc_session *session)
{
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    mc__add_calendars_revoke_link(
        &batch, &(mc__calendars_revoke_link_in){.site_id = session->site.id,
                                                .profile_id = session->actor->profile_id,
                                                .address = mc__audit_address(session)});
    return mc__write(session, &batch);
}

static int find_link(int64_t *profile_id, mc_session *session, const char *token)
{
    uint8_t hash[MC_SHA256_SIZE];
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__sha256(hash, token, strlen(token));
    mc__add_calendars_find_link(
        &batch, &(mc__calendars_find_link_in){session->site.id, {hash, sizeof(hash)}});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__fail_because(&session->problem, MC_EUNAUTHENTICATED, REASON_TOKEN,
                                "this link to a calendar has ended: its owner can make another");
    *profile_id = mc__read_calendars_find_link(rows, 0).profile_id;
    return 0;
}

/* Lets the session act as who has the link, until leave(). *before: who it acts as now. */
static int enter(mc_session *session, const char *token, int64_t *before)
{
    int rc = 0;

    *before = session->profile_id;
    if (token && *token)
        rc = find_link(&session->profile_id, session, token);
    if (rc < 0 || session->profile_id == *before)
        return rc;
    rc = mc__facts_load(session);
    if (rc == 0 && mc_session_is_banned(session))
        rc = mc__fail_because(&session->problem, MC_EBANNED, REASON_BANNED,
                              "who made this link is banned from this site");
    return rc;
}

/* rc: of what was done as who has the link. */
static int explain(mc_session *session, int64_t before, int rc)
{
    if (rc != MC_EFORBIDDEN || session->profile_id == before)
        return rc;
    return mc__fail(&session->problem, MC_EFORBIDDEN,
                    "who made this link to a calendar may no longer read this microcosm");
}

/* The next call loads the facts about the session's own actor again. */
static void leave(mc_session *session, int64_t before)
{
    if (session->profile_id == before)
        return;
    session->profile_id = before;
    mc__facts_forget(session);
    session->facts_loaded = false;
}

static const char *status_of(const char *status)
{
    static const struct {
        const char *status, *in_calendars;
    } all[] = {{"upcoming", "CONFIRMED"},
               {"past", "CONFIRMED"},
               {"proposed", "TENTATIVE"},
               {"postponed", "TENTATIVE"},
               {"cancelled", "CANCELLED"}};

    for (size_t i = 0; i < MC_COUNT(all); i++)
        if (strcmp(all[i].status, status) == 0)
            return all[i].in_calendars;
    return "CONFIRMED";
}

static void put_event(mc_buffer *out, const mc_session *session,
                      const mc__calendars_attended_row *event)
{
    char text[500];

    mc__ical_line(out, "BEGIN", "VEVENT");
    mc__ical_line(out, "UID", event->uid);
    mc__ical_time(out, "DTSTAMP", event->changed); /* the time asked for would change each reply */
    mc__ical_time(out, "CREATED", event->created);
    mc__ical_time(out, "LAST-MODIFIED", event->changed);
    mc__ical_int(out, "SEQUENCE", event->sequence);
    mc__ical_line(out, "STATUS", status_of(event->status));
    mc__ical_time(out, "DTSTART", event->starts);
    if (event->duration) {
        snprintf(text, sizeof(text), "PT%lldM", (long long)event->duration);
        mc__ical_line(out, "DURATION", text);
    }
    mc__ical_text(out, "SUMMARY", event->title);
    if (*event->place)
        mc__ical_text(out, "LOCATION", event->place);
    if (event->lat != 0 || event->lon != 0)
        mc__ical_place(out, event->lat, event->lon);
    snprintf(text, sizeof(text), "%.400s/events/%lld/", session->site.url,
             (long long)event->item_id);
    mc__ical_line(out, "URL", text);
    mc__ical_line(out, "END", "VEVENT");
}

/* The rows of both statements are alike. name: escaped for HTML. */
static int put_calendar(mc_buffer *out, mc_session *session, const char *name, const PGresult *rows)
{
    size_t before = out->length;

    mc__ical_begin(out, name);
    for (int row = 0; row < PQntuples(rows); row++) {
        mc__calendars_attended_row event = mc__read_calendars_attended(rows, row);

        put_event(out, session, &event);
    }
    mc__ical_end(out, PQntuples(rows) == 0);
    return mc__text_settle(out, before) < 0 ? mc__refuse(session, out->error) : 0;
}

static int put_attended(mc_buffer *out, mc_session *session)
{
    mc__calendars_attended_in in = {.site_id = session->site.id,
                                    .ignored_items = session->actor->ignored_items,
                                    .actor_id = session->actor->profile_id,
                                    .next = NEXT_MOST,
                                    .past = PAST_MOST};
    mc_batch(batch);
    int rc;

    if (!session->actor->profile_id)
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = mc__listed_microcosms(&in.microcosms, session);
    if (rc < 0)
        return rc;
    mc__add_calendars_attended(&batch, &in);
    mc__add_calendars_site_title(&batch, &(mc__calendars_site_title_in){session->site.id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    return put_calendar(out, session,
                        mc__read_calendars_site_title(mc__batch_rows(&batch, 1), 0).title,
                        mc__batch_rows(&batch, 0));
}

static int put_microcosm(mc_buffer *out, mc_session *session, int64_t microcosm_id)
{
    mc_int64s microcosm;
    mc_batch(batch);
    int rc = mc__list_one_microcosm(&microcosm, session, microcosm_id);

    if (rc < 0)
        return rc;
    mc__add_calendars_of_microcosm(
        &batch, &(mc__calendars_of_microcosm_in){.site_id = session->site.id,
                                                 .microcosm_id = microcosm_id,
                                                 .ignored_items = session->actor->ignored_items,
                                                 .next = NEXT_MOST,
                                                 .past = PAST_MOST});
    rc = mc__run(session, &batch);
    return rc < 0 ? rc
                  : put_calendar(out, session, mc__tree_find(session->tree, microcosm_id)->title,
                                 mc__batch_rows(&batch, 0));
}

int mc_events_calendar(mc_buffer *out, mc_session *session, const char *token)
{
    int64_t before;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    rc = enter(session, token, &before);
    if (rc == 0)
        rc = put_attended(out, session);
    leave(session, before);
    return rc;
}

int mc_microcosm_calendar(mc_buffer *out, mc_session *session, int64_t microcosm_id,
                          const char *token)
{
    int64_t before;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, microcosm_id);
    if (rc < 0)
        return rc;
    rc = enter(session, token, &before);
    if (rc == 0)
        rc = explain(session, before, put_microcosm(out, session, microcosm_id));
    leave(session, before);
    return rc;
}
