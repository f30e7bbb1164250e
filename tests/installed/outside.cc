/*
 * A program of somebody else's, in C++: makes a forum in a database, looks at it, and says which
 * version it was built with and which it found.
 *
 *     outside CONNINFO
 */
#include <microcosm.h>

#include <cstdio>
#include <memory>

struct Free {
    void operator()(mc_app *app) const
    {
        mc_app_free(app);
    }
    void operator()(mc_session *session) const
    {
        mc_session_free(session);
    }
    void operator()(mc_site *site) const
    {
        mc_record_free(site);
    }
};

static bool make_site(mc_session *session)
{
    mc_site_edit edit = {};
    int64_t site_id = 0;

    edit.size = sizeof(edit);
    edit.title = "Outside";
    edit.subdomain_key = "outside";
    return mc_site_create(&site_id, session, &edit, "owner@example.org") == 0;
}

static bool look(mc_session *session)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_site *found = nullptr;

    visit.site_key = "outside";
    if (mc_session_enter(session, &visit) < 0 || mc_site_get(&found, session) < 0)
        return false;
    std::unique_ptr<mc_site, Free> site(found);
    std::printf("site: %s\n", site->title);
    return true;
}

int main(int argc, char **argv)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_app *app = nullptr;
    mc_session *session = nullptr;

    if (argc < 2)
        return 2;
    options.database = argv[1];
    if (mc_app_new(&app, &options, nullptr) < 0)
        return 1;
    std::unique_ptr<mc_app, Free> app_owner(app);
    if (mc_app_migrate(app, nullptr) < 0 || mc_session_new(&session, app) < 0)
        return 1;
    std::unique_ptr<mc_session, Free> session_owner(session);
    if (!make_site(session) || !look(session)) {
        std::fprintf(stderr, "%s\n", mc_session_error(session)->message);
        return 1;
    }
    std::printf("built with %d.%d.%d, runs with %s\n", MC_VERSION_MAJOR, MC_VERSION_MINOR,
                MC_VERSION_PATCH, mc_version());
    return 0;
}
