/* The table of routes. */
#include "api/handlers.h"
#include "api/routes.h"

#include <criterion/criterion.h>
#include <string.h>

static exchange x;

static const char *pattern_of(const char *path)
{
    const route *found = route_find(&x, path);

    return found ? found->pattern : NULL;
}

Test(daemon_routes, are_found_by_path)
{
    static const char *const cases[][2] = {
        {"/", "/"},
        {"/api/v1", "/api/v1"},
        {"/api/v1/microcosms", "/api/v1/microcosms"},
        {"/api/v1/microcosms/tree", "/api/v1/microcosms/tree"},
        {"/api/v1/microcosms/41", "/api/v1/microcosms/{id}"},
        {"/api/v1/conversations/41/newcomment", "/api/v1/conversations/{id}/newcomment"},
        {"/api/v1/profiles/options", "/api/v1/profiles/options"},
    };
    static const char *const none[] = {
        "/api/",
        "/api/v1/",
        "/api/v1/site/",
        "/api/v2",
        "/api/v1/Site",
        "/api/v1/microcosms/",
        "/api/v1/microcosms/abc",
        "/api/v1/microcosms/-1",
        "/api/v1/microcosms/1a",
        "/api/v1/microcosms/1.0",
        "/api/v1/microcosms/1/",
        "/api/v1/conversations/1/nothing",
        "/api/v1/conversations//newcomment",
        "/favicon.ico",
        "",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *found = pattern_of(cases[i][0]);

        cr_assert_not_null(found, "%s", cases[i][0]);
        cr_expect_str_eq(found, cases[i][1]);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        cr_expect_null(pattern_of(none[i]), "%s", none[i]);
}

Test(daemon_routes, distinguish_ids_from_other_numbers)
{
    static const struct {
        const char *id;
        bool sound;
        int64_t value;
    } cases[] = {
        {"41", true, 41},
        {"041", true, 41},
        {"9223372036854775807", true, INT64_MAX},
        {"0", false, 0},
        {"00", false, 0},
        {"9223372036854775808", false, 0},
        {"99999999999999999999999999", false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[80] = "/api/v1/conversations/";

        strcat(path, cases[i].id);
        cr_assert_not_null(pattern_of(path));
        cr_expect_eq(x.ids_sound, cases[i].sound, "%s", cases[i].id);
        if (cases[i].sound)
            cr_expect_eq(x.ids[0], cases[i].value);
        strcat(path, "/newcomment");
        cr_assert_not_null(pattern_of(path));
        cr_expect_eq(x.ids_sound, cases[i].sound, "%s", path);
    }
    cr_assert_not_null(pattern_of("/api/v1/conversations"));
    cr_expect(x.ids_sound, "nothing is left of a path before");
}

/* The route of a path with this pattern. */
static const route *route_of_pattern(const char *pattern)
{
    char path[128] = "", *at = path;

    for (; *pattern; pattern++) {
        *at++ = *pattern == '{' ? '2' : *pattern; /* of any placeholder */
        if (*pattern == '{')
            pattern = strchr(pattern, '}');
    }
    return route_find(&x, path);
}

Test(daemon_routes, allow_the_methods_that_they_serve)
{
    const char *pattern;

    for (size_t i = 0; (pattern = route_pattern(i)); i++) {
        const route *r = route_of_pattern(pattern);

        cr_assert_not_null(r, "%s", pattern);
        cr_expect_eq(route_number(r), i, "%s is hidden by another route", pattern);
        cr_expect((r->flags & ONLY_GET) || strncmp(r->allow, "OPTIONS,", 8) == 0, "%s", pattern);
        cr_expect(!r->get || strstr(r->allow, "GET"), "%s", pattern);
        cr_expect(!r->post || strstr(r->allow, "POST"), "%s", pattern);
        cr_expect(!r->put || strstr(r->allow, "PUT"), "%s", pattern);
        cr_expect(!r->patch || strstr(r->allow, "PATCH"), "%s", pattern);
        cr_expect(!r->delete || strstr(r->allow, "DELETE"), "%s", pattern);
        cr_expect(r->flags & (ON_SITE | ON_ROOT | OPERATIONAL), "%s is nowhere", pattern);
    }
    cr_expect_eq(route_number(NULL), METRICS_ROUTES);
}

/* The resource of a route has the functions that its handlers call. */
Test(daemon_routes, have_the_functions_that_their_handlers_call)
{
    const char *pattern;

    for (size_t i = 0; (pattern = route_pattern(i)); i++) {
        const route *r = route_of_pattern(pattern);
        const resource *has = r->resource;

        cr_expect(r->get != handle_get || (has && has->json), "%s", pattern);
        cr_expect(r->get != handle_list || (has && has->list), "%s", pattern);
        cr_expect(r->get != handle_last_comment || (has && has->last_comment), "%s", pattern);
        cr_expect(r->get != handle_new_comment || (has && has->new_comment), "%s", pattern);
        cr_expect(r->post != handle_create || (has && has->create), "%s", pattern);
        cr_expect(r->put != handle_edit || (has && has->edit), "%s", pattern);
        cr_expect(r->patch != handle_patch || (has && has->patch), "%s", pattern);
        cr_expect(r->delete != handle_delete || (has && has->remove), "%s", pattern);
        /* "/site" is the site of the request */
        cr_expect(!has || strncmp(has->path, pattern, strlen(has->path)) == 0 ||
                      (has->type == MC_ITEM_SITE && strncmp(pattern, "/api/v1/site/", 13) == 0),
                  "%s is not below %s", pattern, has ? has->path : "");
    }
}

Test(daemon_routes, are_counted)
{
    static metrics m;
    mc_buffer *out = NULL;
    const char *text;

    metrics_count(&m, route_number(route_find(&x, "/api/v1/site")), 200, 300);
    metrics_count(&m, route_number(route_find(&x, "/api/v1/site")), 404, 2000000);
    metrics_count(&m, route_number(NULL), 404, 10);
    cr_assert_eq(mc_buffer_new(&out, 0), 0);
    cr_assert_eq(metrics_write(out, &m, route_pattern), 0);
    text = mc_buffer_bytes(out);
    cr_expect_not_null(
        strstr(text, "\nmicrocosmd_requests_total{route=\"/api/v1/site\",status=\"2xx\"} 1\n"));
    cr_expect_not_null(
        strstr(text, "\nmicrocosmd_requests_total{route=\"/api/v1/site\",status=\"4xx\"} 1\n"));
    cr_expect_not_null(
        strstr(text, "\nmicrocosmd_requests_total{route=\"none\",status=\"4xx\"} 1\n"));
    cr_expect_not_null(strstr(text, "_bucket{le=\"0.00025\"} 1\n"));
    cr_expect_not_null(strstr(text, "_bucket{le=\"0.0005\"} 2\n"));
    cr_expect_not_null(strstr(text, "_bucket{le=\"1\"} 2\n"));
    cr_expect_not_null(strstr(text, "_bucket{le=\"+Inf\"} 3\n"));
    cr_expect_not_null(strstr(text, "_sum 2.000310\n"));
    mc_buffer_free(out);
}

Test(daemon_routes, are_written_with_the_librarys_figures)
{
    mc_app_stats stats = {.cache_hits = 7, .feed_age_ms = -1, .pool_lent = 3};
    mc_buffer *out = NULL;
    const char *text;

    cr_assert_eq(mc_buffer_new(&out, 0), 0);
    cr_assert_eq(metrics_write_library(out, &stats), 0);
    text = mc_buffer_bytes(out);
    cr_expect_not_null(strstr(text, "# TYPE microcosm_cache_hits_total counter\n"
                                    "microcosm_cache_hits_total 7\n"));
    cr_expect_not_null(strstr(text, "\nmicrocosm_pool_lent 3\n"));
    cr_expect_null(strstr(text, "microcosm_feed_age_seconds"), "it was never looked at");
    stats.feed_age_ms = 1500;
    mc_buffer_clear(out);
    cr_assert_eq(metrics_write_library(out, &stats), 0);
    cr_expect_not_null(strstr(mc_buffer_bytes(out), "\nmicrocosm_feed_age_seconds 1.500\n"));
    mc_buffer_free(out);
}
