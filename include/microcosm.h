/**
 * libmicrocosm: everything a community needs, over PostgreSQL.
 *
 * Make an mc_app once; make an mc_session per request or thread; enter a site with it; call.
 *
 *     mc_app *app = NULL;
 *     mc_session *session = NULL;
 *     mc_visit visit = MC_VISIT_INIT;
 *
 *     visit.site_key = "demo";
 *     if (mc_app_new(&app, NULL, NULL) == 0 && mc_app_migrate(app, NULL) == 0 &&
 *         mc_session_new(&session, app) == 0 && mc_session_enter(session, &visit) == 0)
 *         ...
 *     mc_session_free(session);
 *     mc_app_free(app);
 *
 * Include this header, or one per topic from microcosm/. session.h says which thread may do what;
 * record.h says who owns what.
 */
#ifndef MICROCOSM_H
#define MICROCOSM_H

#include <microcosm/base.h>
#include <microcosm/record.h>
#include <microcosm/second_factors.h>
#include <microcosm/session.h>
#include <microcosm/common.h>
#include <microcosm/permissions.h>
#include <microcosm/roles.h>
#include <microcosm/sign_in.h>
#include <microcosm/tokens.h>
#include <microcosm/clients.h>
#include <microcosm/sign_in_providers.h>
#include <microcosm/users.h>
#include <microcosm/bans.h>
#include <microcosm/audit.h>
#include <microcosm/auth.h>
#include <microcosm/sites.h>
#include <microcosm/legal.h>
#include <microcosm/profiles.h>
#include <microcosm/microcosms.h>
#include <microcosm/conversations.h>
#include <microcosm/comments.h>
#include <microcosm/events.h>
#include <microcosm/calendars.h>
#include <microcosm/geocode.h>
#include <microcosm/polls.h>
#include <microcosm/attributes.h>
#include <microcosm/files.h>
#include <microcosm/attachments.h>
#include <microcosm/huddles.h>
#include <microcosm/search.h>
#include <microcosm/moving.h>
#include <microcosm/resolve.h>
#include <microcosm/short_links.h>
#include <microcosm/watchers.h>
#include <microcosm/updates.h>
#include <microcosm/changes.h>
#include <microcosm/jobs.h>
#include <microcosm/queue.h>
#include <microcosm/mail.h>
#include <microcosm/render.h>

#endif
