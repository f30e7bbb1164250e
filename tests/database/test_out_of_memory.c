/*
 * Every public call with its first allocation failing, then its second, and so on: it must end in
 * MC_ENOMEM or, where only a convenience was lost (a read mark), succeed; leave its out parameters
 * alone on failure; and leave nothing half written. Sanitizers and valgrind see leaks and crashes.
 */
#include "fail_alloc.h"
#include "forum.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* More than any call asks for. */
#define MOST_ALLOCATIONS 3000

static int64_t conversation, comment, serial;

static void begin(void)
{
    forum_open();
    act_as("owner");
    conversation = make_conversation(root_microcosm(), "Which knot?");
    comment = make_comment(conversation, "A **bowline**, says @owner");
    make_microcosm(0, "Below");
}

TestSuite(out_of_memory, .init = begin, .fini = forum_close, .timeout = 300);

/* Runs until a call gets through with no allocation failing. */
static void torture(const char *what, int (*call)(void))
{
    for (size_t n = 1; n < MOST_ALLOCATIONS; n++) {
        bool failed;
        int rc;

        fail_alloc_at(n);
        rc = call();
        failed = fail_alloc_stop();
        cr_assert(rc == 0 || (failed && rc == MC_ENOMEM), "%s, allocation %zu: %d, %s", what, n, rc,
                  mc_session_error(session)->message);
        if (!failed)
            return;
    }
    cr_assert_fail("%s asks for more memory than is sensible", what);
}

static int check_record(int rc, void *record)
{
    cr_assert_eq(rc == 0, record != NULL, "the out parameter is written on success only");
    mc_record_free(record);
    return rc;
}

static int session_new(void)
{
    mc_session *made = NULL;
    int rc = mc_session_new(&made, forum_app);

    cr_assert_eq(rc == 0, made != NULL);
    mc_session_free(made);
    return rc;
}

static int enter(void)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.host = "test.localhost:8080";
    return mc_session_enter(session, &visit);
}

static int act(void)
{
    return mc_session_act_as_email(session, "owner@example.org");
}

/* Somebody new each time, so that the profile is made too. */
static int act_as_new_user(void)
{
    char email[100], name[30];

    snprintf(email, sizeof(email), "new%lld@example.org", (long long)++serial);
    snprintf(name, sizeof(name), "New%lld", (long long)serial);
    return mc_session_act_as_user(session, email, name);
}

static int get_site(void)
{
    mc_site *site = NULL;
    int rc = mc_site_get(&site, session);

    return check_record(rc, site);
}

static int get_self(void)
{
    mc_profile *profile = NULL;
    int rc = mc_profile_self(&profile, session);

    return check_record(rc, profile);
}

static int list_profiles(void)
{
    mc_profile_filter filter = {.size = sizeof(filter), .name_starts_with = "@o"};
    mc_collection *list = NULL;
    int rc = mc_profiles_list(&list, session, &filter, NULL);

    return check_record(rc, list);
}

static int get_microcosm(void)
{
    mc_microcosm *microcosm = NULL;
    int rc = mc_microcosm_get(&microcosm, session, 0, NULL);

    return check_record(rc, microcosm);
}

static int get_tree(void)
{
    mc_link_list *tree = NULL;
    int rc = mc_microcosms_tree(&tree, session);

    return check_record(rc, tree);
}

static int get_conversation(void)
{
    mc_conversation *record = NULL;
    int rc = mc_conversation_get(&record, session, conversation, NULL);

    return check_record(rc, record);
}

static int conversation_json(void)
{
    mc_buffer *buffer = NULL;
    int rc = mc_buffer_new(&buffer, 0);

    if (rc == 0)
        rc = mc_conversation_json(buffer, session, conversation, NULL);
    mc_buffer_free(buffer);
    return rc;
}

static int list_conversations(void)
{
    mc_collection *list = NULL;
    int rc = mc_conversations_list(&list, session, NULL);

    return check_record(rc, list);
}

static int get_comment(void)
{
    mc_comment *record = NULL;
    int rc = mc_comment_get(&record, session, comment, 0);

    return check_record(rc, record);
}

static int get_place(void)
{
    mc_place *place = NULL;
    int rc = mc_conversation_new_comment(&place, session, conversation, 0);

    return check_record(rc, place);
}

static int get_permissions(void)
{
    mc_permission_query query = {sizeof(query), MC_ITEM_COMMENT, comment, 0};
    mc_permissions *permissions = NULL;
    const char *explanation = NULL;
    int rc = mc_permissions_get(&permissions, &explanation, session, &query);

    return check_record(rc, permissions);
}

static int create_conversation(void)
{
    char body[100];
    int64_t id;

    snprintf(body, sizeof(body), "{\"microcosmId\": %lld, \"title\": \"Number %lld\"}",
             (long long)root_microcosm(), (long long)++serial);
    return mc_conversation_create_body(&id, session, MC_FORMAT_JSON, body, strlen(body));
}

static int create_comment(void)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "conversation", .item_id = conversation};
    char markdown[100];
    int64_t id;

    snprintf(markdown, sizeof(markdown), "Hello @owner, number *%lld*", (long long)++serial);
    edit.markdown = markdown;
    return mc_comment_create(&id, session, &edit);
}

static int edit_comment(void)
{
    mc_comment_edit edit = {.size = sizeof(edit), .markdown = "Rather a sheet bend"};

    return mc_comment_edit_save(session, comment, &edit);
}

static int patch_conversation(void)
{
    static const char body[] =
        "[{\"op\": \"replace\", \"path\": \"/meta/flags/sticky\", \"value\": true}]";

    return mc_conversation_patch_body(session, conversation, body, strlen(body));
}

static int edit_microcosm(void)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "Boats", .edit_reason = "shorter"};

    return mc_microcosm_edit_save(session, root_microcosm(), &edit);
}

static int edit_profile(void)
{
    mc_profile_edit edit = {.size = sizeof(edit), .profile_name = "owner"};

    return mc_profile_edit_save(session, mc_session_profile(session), &edit);
}

static int mark_read(void)
{
    return mc_profile_mark_read(session, MC_ITEM_SITE, 0);
}

static int create_token(void)
{
    char token[MC_TOKEN_SIZE];

    return mc_token_create(token, session, "owner@example.org", 1);
}

static int create_site(void)
{
    char key[30];
    mc_site_edit edit = {.size = sizeof(edit), .title = "Another", .subdomain_key = key};
    int64_t id;

    snprintf(key, sizeof(key), "site%lld", (long long)++serial);
    return mc_site_create(&id, session, &edit, "owner@example.org");
}

#define TORTURE(call)                                                                              \
    Test(out_of_memory, call)                                                                      \
    {                                                                                              \
        torture(#call, call);                                                                      \
    }

TORTURE(session_new)
TORTURE(enter)
TORTURE(act)
TORTURE(act_as_new_user)
TORTURE(get_site)
TORTURE(get_self)
TORTURE(list_profiles)
TORTURE(get_microcosm)
TORTURE(get_tree)
TORTURE(get_conversation)
TORTURE(conversation_json)
TORTURE(list_conversations)
TORTURE(get_comment)
TORTURE(get_place)
TORTURE(get_permissions)
TORTURE(create_conversation)
TORTURE(create_comment)
TORTURE(edit_comment)
TORTURE(patch_conversation)
TORTURE(edit_microcosm)
TORTURE(edit_profile)
TORTURE(mark_read)
TORTURE(create_token)
TORTURE(create_site)
