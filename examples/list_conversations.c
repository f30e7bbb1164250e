/*
 * Lists the content of a microcosm, as a guest or as a user.
 *
 *     list_conversations [--data DIR | --database CONNINFO] SITE [MICROCOSM [EMAIL]]
 */
#include <microcosm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_entry(const mc_entry *entry)
{
    if (strcmp(entry->item_type, "microcosm") == 0) {
        const mc_microcosm *microcosm = entry->item;

        printf("%8lld  %-12s  %s (%lld items)\n", (long long)microcosm->id, entry->item_type,
               microcosm->title, (long long)microcosm->total_items);
    } else if (strcmp(entry->item_type, "event") == 0) {
        const mc_event *event = entry->item;

        printf("%8lld  %-12s  %s\n", (long long)event->id, entry->item_type, event->title);
    } else {
        const mc_conversation *conversation = entry->item;

        printf("%8lld  %-12s  %s (%lld comments)%s\n", (long long)conversation->id,
               entry->item_type, conversation->title, (long long)conversation->total_comments,
               conversation->meta->flags->unread == MC_YES ? " *" : "");
    }
}

/* Prints all pages. */
static int print_microcosm(mc_session *session, int64_t microcosm_id)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    bool more = true;

    while (more) {
        mc_microcosm *microcosm = NULL;
        int rc = mc_microcosm_get(&microcosm, session, microcosm_id, NULL, &page);

        if (rc < 0)
            return rc;
        if (page.offset == 0)
            printf("%s: %lld things\n", microcosm->title, (long long)microcosm->items->total);
        for (size_t i = 0; i < microcosm->items->items.count; i++)
            print_entry(microcosm->items->items.items[i]);
        more = microcosm->items->offset < microcosm->items->max_offset;
        page.offset += page.limit;
        mc_record_free(microcosm);
    }
    return 0;
}

int main(int argc, char **argv)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    mc_session *session = NULL;
    mc_failure *error = NULL;
    mc_app *app = NULL;
    int rc, at = 1;

    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--data") == 0)
            options.data = argv[at + 1];
        else if (strcmp(argv[at], "--database") == 0)
            options.database = argv[at + 1];
        else
            argc = 0;
    }
    if (at >= argc) {
        fprintf(stderr, "usage: list_conversations [--data DIR | --database CONNINFO] SITE "
                        "[MICROCOSM [EMAIL]]\n");
        return 2;
    }
    rc = mc_app_new(&app, &options, &error);
    if (rc == 0)
        rc = mc_app_migrate(app, &error);
    if (rc < 0)
        fprintf(stderr, "%s\n", error ? error->message : "out of memory");
    mc_failure_free(error);
    if (rc == 0)
        rc = mc_session_new(&session, app);
    if (rc == 0) {
        visit.site_key = argv[at];
        rc = mc_session_enter(session, &visit);
        if (rc == 0 && at + 2 < argc)
            rc = mc_session_act_as_email(session, argv[at + 2]);
        if (rc == 0)
            rc = print_microcosm(session, at + 1 < argc ? strtoll(argv[at + 1], NULL, 10) : 0);
        if (rc < 0)
            fprintf(stderr, "%s\n", mc_session_error(session)->message);
    }
    mc_session_free(session);
    mc_app_free(app);
    return rc < 0 ? 1 : 0;
}
