/* The commands for clients of Auth0, and for services that people sign in through. */
#include "base/text.h"
#include "opened.h"

#include <stdio.h>
#include <string.h>

#define BODY_MOST 65536

static const origin provider_origins[] = {{"name", "NAME"}, {NULL, NULL}};
static const origin client_origins[] = {{"name", "NAME"}, {NULL, NULL}};

int command_client_create(const config *c, const logger *log, const arguments *args)
{
    mc_client *client = NULL;
    opened l = {NULL, NULL};
    int status = open_library(&l, c, log, true);

    if (status != STOPPED)
        return status;
    if (mc_client_create(&client, l.session, args->word) < 0)
        status = complain(mc_session_error(l.session), client_origins);
    else
        puts(client->secret);
    mc_record_free(client);
    close_library(&l);
    return status;
}

static int print_clients(mc_session *session, const config *c, const arguments *args,
                         int64_t *after)
{
    mc_client_list *list = NULL;
    int rc = mc_clients_list(&list, session, *after, LIST_ROWS);
    char day[16];

    (void)c;
    (void)args;
    for (size_t i = 0; rc == 0 && i < list->clients.count; i++) {
        const mc_client *client = list->clients.items[i];

        printf("%lld\t%s\t", (long long)client->id, day_of(client->created, day));
        print_title(client->name);
        *after = client->id;
    }
    rc = rc < 0 ? rc : list->more;
    mc_record_free(list);
    return rc;
}

int command_client_list(const config *c, const logger *log, const arguments *args)
{
    return print_list(c, log, args, print_clients);
}

int command_client_delete(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int64_t id;
    int status, rc;

    if (!text_number(&id, args->word, strlen(args->word)))
        return misuse("ID must be a number of \"microcosmd client list\", not \"%s\"", args->word);
    status = open_library(&l, c, log, false);
    if (status != STOPPED)
        return status;
    rc = mc_client_delete(l.session, id);
    if (rc == MC_ENOTFOUND || rc == MC_EINVAL)
        status = (misuse("there is no client %lld", (long long)id), FAILED);
    else if (rc < 0)
        status = complain(mc_session_error(l.session), NULL);
    close_library(&l);
    return status;
}

/* Opens the library, and enters the site. STOPPED, or the status to end with. */
static int open_on_site(opened *l, const config *c, const logger *log, const arguments *args)
{
    mc_visit visit = MC_VISIT_INIT;
    int status = open_library(l, c, log, false), rc;

    if (status != STOPPED)
        return status;
    visit.site_key = args->site;
    rc = mc_session_enter(l->session, &visit);
    if (rc == 0)
        return STOPPED;
    if (rc == MC_ENOSITE || rc == MC_ENOTFOUND)
        status = no_such("site", args->site, "site list");
    else
        status = complain(mc_session_error(l->session), NULL);
    close_library(l);
    return status;
}

int command_provider_set(const config *c, const logger *log, const arguments *args)
{
    static char body[BODY_MOST];
    size_t length = fread(body, 1, sizeof(body), stdin);
    opened l = {NULL, NULL};
    int status;

    if (length == 0 || length == sizeof(body))
        return misuse("the provider must be a JSON object on standard input");
    status = open_on_site(&l, c, log, args);
    if (status != STOPPED)
        return status;
    if (mc_sign_in_provider_set_body(l.session, args->word, MC_FORMAT_JSON, body, length) < 0)
        status = complain(mc_session_error(l.session), provider_origins);
    close_library(&l);
    return status;
}

int command_provider_list(const config *c, const logger *log, const arguments *args)
{
    mc_sign_in_provider_list *list = NULL;
    opened l = {NULL, NULL};
    int status = open_on_site(&l, c, log, args);

    if (status != STOPPED)
        return status;
    if (mc_sign_in_providers_list(&list, l.session) < 0)
        status = complain(mc_session_error(l.session), NULL);
    for (size_t i = 0; list && i < list->providers.count; i++) {
        const mc_sign_in_provider *p = list->providers.items[i];

        printf("%s\t%s\t%s\t", p->name, p->kind, p->issuer);
        print_title(p->title);
    }
    mc_record_free(list);
    close_library(&l);
    return status;
}

int command_provider_remove(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int status = open_on_site(&l, c, log, args), rc;

    if (status != STOPPED)
        return status;
    rc = mc_sign_in_provider_remove(l.session, args->word);
    if (rc == MC_ENOTFOUND || rc == MC_EINVAL)
        status = (misuse("the site has no provider \"%s\"", args->word), FAILED);
    else if (rc < 0)
        status = complain(mc_session_error(l.session), NULL);
    close_library(&l);
    return status;
}
