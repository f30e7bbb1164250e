/* Types as bindings see them, through introspection only. */
#include <criterion/criterion.h>
#include <microcosm.h>
#include <string.h>

static size_t size_of_kind(mc_kind kind)
{
    switch (kind) {
    case MC_KIND_BOOL:
        return sizeof(bool);
    case MC_KIND_CHOICE:
        return sizeof(mc_choice);
    case MC_KIND_INT64:
        return sizeof(int64_t);
    case MC_KIND_DOUBLE:
        return sizeof(double);
    case MC_KIND_STRING:
    case MC_KIND_RECORD:
        return sizeof(void *);
    case MC_KIND_TIME:
        return sizeof(mc_time);
    case MC_KIND_LIST:
        return sizeof(mc_list);
    case MC_KIND_STRINGS:
        return sizeof(mc_strings);
    case MC_KIND_INT64S:
        return sizeof(mc_int64s);
    case MC_KIND_MAYBE_INT64:
        return sizeof(mc_maybe_int64);
    case MC_KIND_MAYBE_DOUBLE:
        return sizeof(mc_maybe_double);
    }
    return 0;
}

static mc_field_info find(const mc_type *type, const char *name)
{
    mc_field_info field = {0};

    for (size_t i = 0; mc_type_field(&field, type, i) == 0; i++)
        if (strcmp(field.name, name) == 0)
            return field;
    cr_assert_fail("%s has no field %s", mc_type_name(type), name);
    return field;
}

Test(types, lay_fields_inside_the_struct_without_overlap)
{
    for (size_t t = 0; t < mc_type_count(); t++) {
        const mc_type *type = mc_type_at(t);
        unsigned char taken[2048] = {0};
        mc_field_info field;

        cr_assert_lt(mc_type_size(type), sizeof(taken));
        memset(taken, 1, sizeof(void *)); /* the type, or the size of an input struct */
        for (size_t i = 0; mc_type_field(&field, type, i) == 0; i++) {
            size_t size = size_of_kind(field.kind);

            cr_assert_gt(size, 0, "%s.%s is of no kind", mc_type_name(type), field.name);
            cr_assert_leq(field.offset + size, mc_type_size(type), "%s.%s", mc_type_name(type),
                          field.name);
            for (size_t b = field.offset; b < field.offset + size; b++)
                cr_assert_eq(taken[b]++, 0, "%s.%s overlaps", mc_type_name(type), field.name);
        }
    }
}

Test(types, are_enough_to_make_an_input_struct)
{
    const mc_type *type = mc_type_find("microcosm_edit");
    const char *const kinds[] = {"conversation", "poll"};
    const char *title = "Knots";
    mc_strings item_types = {kinds, 2};
    mc_maybe_int64 parent_id = {true, 41};
    mc_microcosm_edit edit = {0};
    char *bytes = (char *)&edit;
    size_t size = mc_type_size(type);

    cr_assert(mc_type_is_input(type));
    cr_assert_eq(size, sizeof(edit));
    memcpy(bytes, &size, sizeof(size));
    memcpy(bytes + find(type, "title").offset, &title, sizeof(title));
    memcpy(bytes + find(type, "parent_id").offset, &parent_id, sizeof(parent_id));
    memcpy(bytes + find(type, "item_types").offset, &item_types, sizeof(item_types));

    cr_expect_eq(edit.size, sizeof(edit));
    cr_expect_str_eq(edit.title, "Knots");
    cr_expect(edit.parent_id.given);
    cr_expect_eq(edit.parent_id.value, 41);
    cr_expect_eq(edit.item_types.count, 2);
    cr_expect_null(edit.description);
}

Test(types, are_null_for_null)
{
    mc_field_info field;

    cr_expect_eq(mc_type_size(NULL), 0);
    cr_expect_eq(mc_type_field_count(NULL), 0);
    cr_expect_eq(mc_type_field(&field, NULL, 0), MC_EINVAL);
    cr_expect_null(mc_type_find("nothing"));
    cr_expect_null(mc_type_at(mc_type_count()));
}

#define EDIT(struct_, INIT)                                                                        \
    {                                                                                              \
#struct_, &(const struct_)INIT, sizeof(struct_)                                            \
    }
static const struct {
    const char *name;
    const void *made;
    size_t size;
} initialised[] = {
    EDIT(mc_site_settings, MC_SITE_SETTINGS_INIT),
    EDIT(mc_comment_edit, MC_COMMENT_EDIT_INIT),
    EDIT(mc_conversation_edit, MC_CONVERSATION_EDIT_INIT),
    EDIT(mc_event_edit, MC_EVENT_EDIT_INIT),
    EDIT(mc_attribute_edit, MC_ATTRIBUTE_EDIT_INIT),
    EDIT(mc_attributes_edit, MC_ATTRIBUTES_EDIT_INIT),
    EDIT(mc_attachment_edit, MC_ATTACHMENT_EDIT_INIT),
    EDIT(mc_attendee_edit, MC_ATTENDEE_EDIT_INIT),
    EDIT(mc_attendees_edit, MC_ATTENDEES_EDIT_INIT),
    EDIT(mc_microcosm_edit, MC_MICROCOSM_EDIT_INIT),
    EDIT(mc_poll_choice_edit, MC_POLL_CHOICE_EDIT_INIT),
    EDIT(mc_poll_edit, MC_POLL_EDIT_INIT),
    EDIT(mc_poll_vote_edit, MC_POLL_VOTE_EDIT_INIT),
    EDIT(mc_profile_edit, MC_PROFILE_EDIT_INIT),
    EDIT(mc_site_edit, MC_SITE_EDIT_INIT),
    EDIT(mc_menu_edit, MC_MENU_EDIT_INIT),
    EDIT(mc_role_edit, MC_ROLE_EDIT_INIT),
    EDIT(mc_criterion_edit, MC_CRITERION_EDIT_INIT),
    EDIT(mc_id_edit, MC_ID_EDIT_INIT),
    EDIT(mc_ids_edit, MC_IDS_EDIT_INIT),
    EDIT(mc_ban_edit, MC_BAN_EDIT_INIT),
    EDIT(mc_token_edit, MC_TOKEN_EDIT_INIT),
    EDIT(mc_sign_in_edit, MC_SIGN_IN_EDIT_INIT),
    EDIT(mc_password_edit, MC_PASSWORD_EDIT_INIT),
    EDIT(mc_code_exchange, MC_CODE_EXCHANGE_INIT),
    EDIT(mc_sign_in_provider_edit, MC_SIGN_IN_PROVIDER_EDIT_INIT),
    EDIT(mc_sign_in_return, MC_SIGN_IN_RETURN_INIT),
    EDIT(mc_password_reset_edit, MC_PASSWORD_RESET_EDIT_INIT),
    EDIT(mc_code_request, MC_CODE_REQUEST_INIT),
    EDIT(mc_second_factor_edit, MC_SECOND_FACTOR_EDIT_INIT),
    EDIT(mc_email_confirm_edit, MC_EMAIL_CONFIRM_EDIT_INIT),
    EDIT(mc_user_edit, MC_USER_EDIT_INIT),
    EDIT(mc_users_edit, MC_USERS_EDIT_INIT),
    EDIT(mc_membership_edit, MC_MEMBERSHIP_EDIT_INIT),
    EDIT(mc_memberships_edit, MC_MEMBERSHIPS_EDIT_INIT),
    EDIT(mc_bounce_edit, MC_BOUNCE_EDIT_INIT),
    EDIT(mc_bounces_edit, MC_BOUNCES_EDIT_INIT),
    EDIT(mc_audit_filter, MC_AUDIT_FILTER_INIT),
    EDIT(mc_menu_link_edit, MC_MENU_LINK_EDIT_INIT),
    EDIT(mc_huddle_edit, MC_HUDDLE_EDIT_INIT),
    EDIT(mc_update_filter, MC_UPDATE_FILTER_INIT),
    EDIT(mc_microcosm_filter, MC_MICROCOSM_FILTER_INIT),
    EDIT(mc_watcher_edit, MC_WATCHER_EDIT_INIT),
    EDIT(mc_watcher_switches, MC_WATCHER_SWITCHES_INIT),
    EDIT(mc_update_preference_edit, MC_UPDATE_PREFERENCE_EDIT_INIT),
    EDIT(mc_huddle_participant_edit, MC_HUDDLE_PARTICIPANT_EDIT_INIT),
    EDIT(mc_huddle_participants_edit, MC_HUDDLE_PARTICIPANTS_EDIT_INIT),
    EDIT(mc_huddle_filter, MC_HUDDLE_FILTER_INIT),
    EDIT(mc_site_filter, MC_SITE_FILTER_INIT),
    EDIT(mc_profile_filter, MC_PROFILE_FILTER_INIT),
    EDIT(mc_search_filter, MC_SEARCH_FILTER_INIT),
    EDIT(mc_permission_query, MC_PERMISSION_QUERY_INIT),
    EDIT(mc_visit, MC_VISIT_INIT),
    EDIT(mc_executor, MC_EXECUTOR_INIT),
    EDIT(mc_auth_provider, MC_AUTH_PROVIDER_INIT),
    EDIT(mc_mailer, MC_MAILER_INIT),
};
#define INITIALISED (sizeof(initialised) / sizeof(initialised[0]))

Test(types, initialisers_set_the_size_and_nothing_else)
{
    for (size_t i = 0; i < INITIALISED; i++) {
        const unsigned char *bytes = initialised[i].made;

        cr_expect_eq(*(const size_t *)initialised[i].made, initialised[i].size, "%s",
                     initialised[i].name);
        for (size_t at = sizeof(size_t); at < initialised[i].size; at++)
            cr_assert_eq(bytes[at], 0, "%s sets byte %zu", initialised[i].name, at);
    }
}

Test(types, of_input_have_initialisers)
{
    for (size_t t = 0; t < mc_type_count(); t++) {
        const char *name = mc_type_name(mc_type_at(t));
        bool found = !mc_type_is_input(mc_type_at(t));

        for (size_t i = 0; i < INITIALISED; i++)
            found |= strcmp(initialised[i].name + strlen("mc_"), name) == 0;
        cr_expect(found, "mc_%s has none", name);
    }
}
