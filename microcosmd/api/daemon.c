/* Handlers of the daemon itself: health and metrics. */
#include "handlers.h"
#include "routes.h"

#include <stdio.h>

void handle_healthz(exchange *x)
{
    reply_text(x->reply, 200, "ok\n");
}

void handle_readyz(exchange *x)
{
    mc_failure *error = NULL;
    char text[128];

    if (!atomic_load(&x->service->schema_ready))
        reply_text(x->reply, 503, "not ready: schema\n");
    else if (mc_app_check(x->service->app, &error) == 0)
        reply_text(x->reply, 200, "ready\n");
    else {
        snprintf(text, sizeof(text), "not ready: %.64s\n", error ? error->slug : "unknown");
        reply_text(x->reply, 503, text);
    }
    mc_failure_free(error);
}

void handle_metrics(exchange *x)
{
    mc_buffer *out = reply_begin_text(x->reply, 200, "text/plain; version=0.0.4; charset=utf-8");
    mc_app_stats *stats = NULL;

    if (metrics_write(out, &x->service->metrics, route_pattern) < 0 ||
        mc_app_stats_get(&stats, x->service->app) < 0 || metrics_write_library(out, stats) < 0)
        x->reply->broken = MC_ENOMEM;
    mc_record_free(stats);
}
