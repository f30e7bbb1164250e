/* Handlers of the index of the API. */
#include "answers.h"
#include "handlers.h"

#include <stdio.h>
#include <string.h>

void handle_api(exchange *x)
{
    answer_json(x, "{\"links\":[{\"rel\":\"v1\",\"href\":\"/api/v1\"}]}");
}

void handle_v1(exchange *x)
{
    /* Addresses that take a GET; tests/http follows each. */
    static const char *const links[][2] = {
        {"conversation", "conversations"},
        {"event", "events"},
        {"huddle", "huddles"},
        {"microcosm", "microcosms"},
        {"poll", "polls"},
        {"profile", "profiles"},
        {"search", "search"},
        {"site", "site"},
        {"update", "updates"},
        {"watcher", "watchers"},
        {"whoami", "whoami"},
    };
    char json[1024] = "{\"links\":[";
    size_t used = strlen(json);

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        used += (size_t)snprintf(json + used, sizeof(json) - used,
                                 "%s{\"rel\":\"%s\",\"href\":\"/api/v1/%s\"}", i > 0 ? "," : "",
                                 links[i][0], links[i][1]);
    snprintf(json + used, sizeof(json) - used, "]}");
    answer_json(x, json);
}

void handle_version(exchange *x)
{
    char json[96];

    snprintf(json, sizeof(json), "{\"date\":\"%.16s\",\"version\":\"%.8s\"}", mc_build_date(),
             mc_version());
    answer_json(x, json);
}
