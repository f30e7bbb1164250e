/* The commands for clients of Auth0. */
#include "base/text.h"
#include "opened.h"

#include <stdio.h>
#include <string.h>

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
