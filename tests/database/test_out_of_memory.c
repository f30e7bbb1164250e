/*
 * Every public call with its first allocation failing, then its second, and so on: it must return
 * MC_ENOMEM or, if only something optional was lost (a read mark), succeed; on failure it must not
 * set its out parameters or write anything. Sanitizers and valgrind detect leaks and crashes.
 */
#include "fail_alloc.h"
#include "forum.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

/* More than any call makes. */
#define MOST_ALLOCATIONS 3000

static int64_t conversation, comment, below, event, poll, serial, huddle;
static const char sticky[] =
    "[{\"op\": \"replace\", \"path\": \"/meta/flags/sticky\", \"value\": true}]";

static void comment_on_profile(int64_t profile)
{
    mc_comment_edit edit = {.size = sizeof(edit), .item_type = "profile", .item_id = profile};

    edit.markdown = "Splices";
    must(mc_comment_create(&comment, session, &edit));
}

static void make_huddle(void)
{
    must(mc_huddle_create(&huddle, session,
                          &(mc_huddle_edit){.size = sizeof(mc_huddle_edit), .title = "Psst"}));
    must(mc_comment_create(&comment, session,
                           &(mc_comment_edit){.size = sizeof(mc_comment_edit),
                                              .item_type = "huddle",
                                              .item_id = huddle,
                                              .markdown = "A secret"}));
}

static void begin(void)
{
    forum_open();
    comment_on_profile(act_as("owner"));
    make_huddle();
    conversation = make_conversation(root_microcosm(), "Which knot?");
    comment = make_comment(conversation, "A **bowline**, says @owner");
    below = make_microcosm(0, "Below");
}

TestSuite(out_of_memory, .init = begin, .fini = forum_close, .timeout = 300);

/* Repeats the call until no allocation fails. */
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
        if (!failed ||
            (rc == 0 && getenv("MC_TEST_CACHE"))) /* only the cache had no memory: no failure */
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

/* A new user each time, so that the profile is made too. */
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
    int rc = mc_microcosm_get(&microcosm, session, 0, NULL, NULL);

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
    int rc = mc_conversations_list(&list, session, NULL, NULL);

    return check_record(rc, list);
}

static int get_comment(void)
{
    mc_comment *record = NULL;
    int rc = mc_comment_get(&record, session, comment, 0, 0);

    return check_record(rc, record);
}

static int get_place(void)
{
    mc_position *place = NULL;
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
    return mc_conversation_patch_body(session, conversation, sticky, strlen(sticky));
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

/* Apps. */

/* The error that a call gave out; none where there was no memory for it either. */
static int check_failure(int rc, mc_failure *failure, const mc_failure *before)
{
    cr_assert_neq(failure, before, "*error is always written");
    cr_assert(!failure || (rc < 0 && failure->code == rc), "%d, but the error says %d", rc,
              failure->code);
    mc_failure_free(failure);
    return rc;
}

static int app_new(void)
{
    mc_failure before = {0}, *failure = &before;
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_app *app = NULL;
    int rc;

    options.database = forum_database;
    rc = mc_app_new(&app, &options, &failure);
    cr_assert_eq(rc == 0, app != NULL);
    mc_app_free(app);
    return check_failure(rc, failure, &before);
}

static int app_check(void)
{
    mc_failure before = {0}, *failure = &before;
    int rc = mc_app_check(forum_app, &failure);

    return check_failure(rc, failure, &before);
}

static int app_migrate(void)
{
    mc_failure before = {0}, *failure = &before;
    int rc = mc_app_migrate(forum_app, &failure);

    return check_failure(rc, failure, &before);
}

static int app_stats(void)
{
    mc_app_stats *stats = NULL;
    int rc = mc_app_stats_get(&stats, forum_app);

    return check_record(rc, stats);
}

/* Transactions. */

static int transaction(void)
{
    int rc = mc_session_begin(session);

    if (rc < 0)
        return rc;
    rc = edit_comment();
    if (rc == 0)
        return mc_session_commit(session);
    cr_assert_eq(mc_session_rollback(session), 0, "%s", mc_session_error(session)->message);
    return rc;
}

/* Changes and permissions. */

static int next_changes(void)
{
    mc_change_list *list = NULL;
    int rc = mc_changes_next(&list, session, "", 0);

    return check_record(rc, list);
}

static int ignore(void)
{
    return mc_ignore_set(session, MC_ITEM_CONVERSATION, conversation, false);
}

/* Microcosms. */

static int microcosm_json(void)
{
    mc_buffer *buffer = NULL;
    int rc = mc_buffer_new(&buffer, 0);

    if (rc == 0)
        rc = mc_microcosm_json(buffer, session, 0, NULL, NULL);
    mc_buffer_free(buffer);
    return rc;
}

static int create_microcosm(void)
{
    mc_microcosm_edit edit = {.size = sizeof(edit), .title = "More", .description = "of it"};
    int64_t id;

    return mc_microcosm_create(&id, session, &edit);
}

static int create_microcosm_body(void)
{
    static const char body[] = "{\"title\": \"More\", \"description\": \"of it\"}";
    int64_t id;

    return mc_microcosm_create_body(&id, session, MC_FORMAT_JSON, body, strlen(body));
}

static int edit_microcosm_body(void)
{
    static const char body[] = "{\"title\": \"Boats\", \"meta\": {\"editReason\": \"shorter\"}}";

    return mc_microcosm_edit_body(session, root_microcosm(), MC_FORMAT_JSON, body, strlen(body));
}

static int patch_microcosm(void)
{
    const mc_patch_op op = {"/meta/flags/sticky", true};

    return mc_microcosm_patch(session, below, &op, 1);
}

static int patch_microcosm_body(void)
{
    return mc_microcosm_patch_body(session, below, sticky, strlen(sticky));
}

static int delete_microcosm(void)
{
    return mc_microcosm_delete(session, below);
}

/* Conversations, comments, events, polls. */

static int edit_conversation(void)
{
    mc_conversation_edit edit = {
        .size = sizeof(edit), .title = "Which bend?", .edit_reason = "more to the point"};

    return mc_conversation_edit_save(session, conversation, &edit);
}

static int edit_conversation_body(void)
{
    static const char body[] =
        "{\"title\": \"Which bend?\", \"meta\": {\"editReason\": \"more to the point\"}}";

    return mc_conversation_edit_body(session, conversation, MC_FORMAT_JSON, body, strlen(body));
}

static int patch_conversation_ops(void)
{
    const mc_patch_op op = {"/meta/flags/open", false};

    return mc_conversation_patch(session, conversation, &op, 1);
}

static int delete_conversation(void)
{
    return mc_conversation_delete(session, conversation);
}

static int last_comment(void)
{
    mc_position *place = NULL;
    int rc = mc_conversation_last_comment(&place, session, conversation, 0);

    return check_record(rc, place);
}

static int create_comment_body(void)
{
    char body[200];
    int64_t id;

    snprintf(body, sizeof(body),
             "{\"itemType\": \"conversation\", \"itemId\": %lld, \"markdown\": \"*%lld*\"}",
             (long long)conversation, (long long)++serial);
    return mc_comment_create_body(&id, session, MC_FORMAT_JSON, body, strlen(body));
}

static int edit_comment_body(void)
{
    static const char body[] = "{\"markdown\": \"Rather a sheet bend\"}";

    return mc_comment_edit_body(session, comment, MC_FORMAT_JSON, body, strlen(body));
}

static int patch_comment(void)
{
    const mc_patch_op op = {"/meta/flags/moderated", false};

    return mc_comment_patch(session, comment, &op, 1);
}

static int patch_comment_body(void)
{
    static const char body[] =
        "[{\"op\": \"replace\", \"path\": \"/meta/flags/moderated\", \"value\": false}]";

    return mc_comment_patch_body(session, comment, body, strlen(body));
}

static int delete_comment(void)
{
    return mc_comment_delete(session, comment);
}

static int comment_position(void)
{
    mc_position *place = NULL;
    int rc = mc_comment_position(&place, session, comment, 0);

    return check_record(rc, place);
}

static int create_event(void)
{
    char title[50];
    mc_event_edit edit = {.size = sizeof(edit), .microcosm_id = root_microcosm(), .title = title};

    snprintf(title, sizeof(title), "Regatta %lld", (long long)++serial);
    return mc_event_create(&event, session, &edit);
}

static int get_event(void)
{
    mc_event *record = NULL;
    int rc = event ? 0 : create_event();

    if (rc == 0)
        rc = mc_event_get(&record, session, event, NULL);
    return check_record(rc, record);
}

static int event_json(void)
{
    mc_buffer *buffer = NULL;
    int rc = mc_buffer_new(&buffer, 0);

    if (rc == 0 && !event)
        rc = create_event();
    if (rc == 0)
        rc = mc_event_json(buffer, session, event, NULL);
    mc_buffer_free(buffer);
    return rc;
}

static int create_poll(void)
{
    static const mc_poll_choice_edit port = {.size = sizeof(port), .choice = "port"},
                                     starboard = {.size = sizeof(starboard), .choice = "starboard"};
    const void *choices[] = {&port, &starboard};
    char question[50];
    mc_poll_edit edit = {.size = sizeof(edit),
                         .microcosm_id = root_microcosm(),
                         .title = "Sides",
                         .question = question,
                         .choices = {choices, 2}};

    snprintf(question, sizeof(question), "Which side, %lld?", (long long)++serial);
    return mc_poll_create(&poll, session, &edit);
}

static int get_poll(void)
{
    mc_poll *record = NULL;
    int rc = poll ? 0 : create_poll();

    if (rc == 0)
        rc = mc_poll_get(&record, session, poll, NULL);
    return check_record(rc, record);
}

static int poll_json(void)
{
    mc_buffer *buffer = NULL;
    int rc = mc_buffer_new(&buffer, 0);

    if (rc == 0 && !poll)
        rc = create_poll();
    if (rc == 0)
        rc = mc_poll_json(buffer, session, poll, NULL);
    mc_buffer_free(buffer);
    return rc;
}

/* Profiles. */

static int get_profile(void)
{
    mc_profile *profile = NULL;
    int rc = mc_profile_get(&profile, session, mc_session_profile(session));

    return check_record(rc, profile);
}

static int get_profile_comments(void)
{
    mc_collection *collection = NULL;
    int rc = mc_profile_comments(&collection, session, mc_session_profile(session), NULL);

    return check_record(rc, collection);
}

static int profile_comments_json(void)
{
    mc_buffer *buffer = NULL;
    int rc = mc_buffer_new(&buffer, 0);

    if (rc == 0)
        rc = mc_profile_comments_json(buffer, session, mc_session_profile(session), NULL);
    mc_buffer_free(buffer);
    return rc;
}

static int edit_profile_body(void)
{
    static const char body[] = "{\"profileName\": \"owner\"}";

    return mc_profile_edit_body(session, mc_session_profile(session), MC_FORMAT_JSON, body,
                                strlen(body));
}

static int patch_profile_body(void)
{
    static const char body[] = "[{\"op\": \"replace\", \"path\": \"/member\", \"value\": true}]";

    return mc_profile_patch_body(session, mc_session_profile(session), body, strlen(body));
}

static int get_options(void)
{
    mc_profile_options *options = NULL;
    int rc = mc_profile_options_get(&options, session);

    return check_record(rc, options);
}

static int set_options(void)
{
    const mc_profile_options options = {.send_email = true};

    return mc_profile_options_set(session, &options);
}

static int set_options_body(void)
{
    static const char body[] = "{\"sendEmail\": true}";

    return mc_profile_options_body(session, MC_FORMAT_JSON, body, strlen(body));
}

static int mark_read_body(void)
{
    static const char body[] = "{\"itemType\": \"site\"}";

    return mc_profile_mark_read_body(session, MC_FORMAT_JSON, body, strlen(body));
}

static int get_huddle(void)
{
    mc_huddle *record = NULL;
    int rc = mc_huddle_get(&record, session, huddle, NULL);

    return check_record(rc, record);
}

static int huddle_json(void)
{
    mc_buffer *buffer = NULL;
    int rc = mc_buffer_new(&buffer, 0);

    if (rc == 0)
        rc = mc_huddle_json(buffer, session, huddle, NULL);
    mc_buffer_free(buffer);
    return rc;
}

static int list_huddles(void)
{
    mc_collection *list = NULL;
    int rc = mc_huddles_list(&list, session, NULL, NULL);

    return check_record(rc, list);
}

static int list_participants(void)
{
    mc_collection *list = NULL;
    int rc = mc_huddle_participants(&list, session, huddle, NULL);

    return check_record(rc, list);
}

static int get_participant(void)
{
    mc_participant *one = NULL;
    int rc = mc_huddle_participant_get(&one, session, huddle, mc_session_profile(session));

    return check_record(rc, one);
}

static int add_participant(void)
{
    char body[100];

    snprintf(body, sizeof(body), "[{\"id\": %lld}]", (long long)mc_session_profile(session));
    return mc_huddle_participants_add_body(session, huddle, MC_FORMAT_JSON, body, strlen(body));
}

static int create_huddle(void)
{
    char body[100];
    int64_t id;

    snprintf(body, sizeof(body), "{\"title\": \"Number %lld\", \"participants\": [{\"id\": %lld}]}",
             (long long)++serial, (long long)mc_session_profile(session));
    return mc_huddle_create_body(&id, session, MC_FORMAT_JSON, body, strlen(body));
}

static int new_in_huddle(void)
{
    mc_position *place = NULL;
    int rc = mc_huddle_new_comment(&place, session, huddle, 0);

    return check_record(rc, place);
}

static int ban(void)
{
    char body[100];
    int64_t id;

    snprintf(body, sizeof(body),
             "{\"email\": \"@number%lld.example\", \"displayReason\": \"Spam\"}",
             (long long)++serial);
    return mc_ban_create_body(&id, session, MC_FORMAT_JSON, body, strlen(body));
}

static int list_bans(void)
{
    mc_collection *list = NULL;
    int rc = mc_bans_list(&list, session, NULL);

    return check_record(rc, list);
}

static int list_audit(void)
{
    mc_audit_page *page = NULL;
    mc_audit_filter filter = {.size = sizeof(filter), .action = "create", .limit = 5};
    int rc = mc_audit_list(&page, session, &filter);

    return check_record(rc, page);
}

static int batch_of_users(void)
{
    char body[200];

    serial++;
    snprintf(body, sizeof(body), "Ann <ann%lld@number.example>,1\n\"bob%lld@number.example\",0\n",
             (long long)serial, (long long)serial);
    return mc_users_batch_body(session, MC_FORMAT_CSV, body, strlen(body));
}

static int create_users(void)
{
    mc_profile_list *list = NULL;
    char body[100];
    int rc;

    snprintf(body, sizeof(body), "[{\"email\": \"eva%lld@number.example\"}]", (long long)++serial);
    rc = mc_users_create_body(&list, session, MC_FORMAT_JSON, body, strlen(body));
    return check_record(rc, list);
}

static int find_user(void)
{
    mc_account *account = NULL;
    int rc = mc_user_find(&account, session, 1);

    return rc == MC_ENOTFOUND ? 0 : check_record(rc, account);
}

/* Exports and imports */

static char *moving_folder, archive[300];

static int export_site(void)
{
    mc_move_report *report = NULL;
    int rc;

    unlink(archive);
    rc = mc_site_export(&report, session, archive, NULL);
    cr_assert_eq(rc == 0, access(archive, F_OK) == 0, "an archive is there when all of it is");
    return check_record(rc, report);
}

/* What has failed goes on with the next call. */
static int import_site(void)
{
    mc_import_options options = MC_IMPORT_OPTIONS_INIT;
    mc_move_report *report = NULL;
    int rc;

    options.site_key = "copy";
    rc = mc_site_import(&report, session, archive, &options);
    return check_record(rc, report);
}

Test(out_of_memory, moving)
{
    moving_folder = test_folder_new("microcosm-test-");
    cr_assert(moving_folder);
    snprintf(archive, sizeof(archive), "%s/site.tar.zst", moving_folder);
    torture("export_site", export_site);
    torture("import_site", import_site);
    test_folder_remove(moving_folder);
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
TORTURE(app_new)
TORTURE(app_check)
TORTURE(app_migrate)
TORTURE(app_stats)
TORTURE(transaction)
TORTURE(next_changes)
TORTURE(ignore)
TORTURE(microcosm_json)
TORTURE(create_microcosm)
TORTURE(create_microcosm_body)
TORTURE(edit_microcosm_body)
TORTURE(patch_microcosm)
TORTURE(patch_microcosm_body)
TORTURE(delete_microcosm)
TORTURE(edit_conversation)
TORTURE(edit_conversation_body)
TORTURE(patch_conversation_ops)
TORTURE(delete_conversation)
TORTURE(last_comment)
TORTURE(create_comment_body)
TORTURE(edit_comment_body)
TORTURE(patch_comment)
TORTURE(patch_comment_body)
TORTURE(delete_comment)
TORTURE(comment_position)
TORTURE(create_event)
TORTURE(get_event)
TORTURE(event_json)
TORTURE(create_poll)
TORTURE(get_poll)
TORTURE(poll_json)
TORTURE(get_huddle)
TORTURE(huddle_json)
TORTURE(list_huddles)
TORTURE(ban)
TORTURE(list_bans)
TORTURE(batch_of_users)
TORTURE(create_users)
TORTURE(find_user)
TORTURE(list_audit)
TORTURE(list_participants)
TORTURE(get_participant)
TORTURE(add_participant)
TORTURE(create_huddle)
TORTURE(new_in_huddle)
TORTURE(get_profile)
TORTURE(get_profile_comments)
TORTURE(profile_comments_json)
TORTURE(edit_profile_body)
TORTURE(patch_profile_body)
TORTURE(get_options)
TORTURE(set_options)
TORTURE(set_options_body)
TORTURE(mark_read_body)
