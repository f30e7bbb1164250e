/* Bans through the C API: docs/http/bans.md. tests/http/test_bans.py has their rules. */
#include "forum.h"
#include "people.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(bans, .init = people_open, .fini = forum_close, .timeout = 300);

static int ban_as(int64_t actor, const mc_ban_edit *edit, int64_t *id)
{
    become(actor);
    return mc_ban_create(id, session, edit);
}

static int64_t ban_profile(int64_t profile, const char *reason)
{
    mc_ban_edit edit = MC_BAN_EDIT_INIT;
    int64_t id = 0;

    edit.profile_id = profile;
    edit.display_reason = reason;
    must(ban_as(owner, &edit, &id));
    return id;
}

static int64_t ban_email(const char *email)
{
    mc_ban_edit edit = MC_BAN_EDIT_INIT;
    int64_t id = 0;

    edit.email = email;
    edit.display_reason = "Spam";
    must(ban_as(owner, &edit, &id));
    return id;
}

static bool is_banned(int64_t profile)
{
    become(profile);
    return mc_session_is_banned(session);
}

Test(bans, are_made_read_and_lifted)
{
    int64_t id = ban_profile(mira, "Rude & loud");
    mc_collection *list = NULL;
    mc_ban *ban = NULL;

    cr_expect(is_banned(mira));
    cr_expect_str_eq(mc_session_ban_reason(session), "Rude &amp; loud");
    cr_expect(!is_banned(tomas));
    cr_expect_str_eq(mc_session_ban_reason(session), "");
    become(owner);
    must(mc_ban_find(&ban, session, id));
    cr_expect_eq(ban->profile->id, mira);
    cr_expect_str_eq(ban->email_pattern, "");
    cr_expect_eq(ban->expires.us, MC_TIME_NONE);
    cr_expect_eq(ban->meta->created_by->id, owner);
    mc_record_free(ban);
    must(mc_bans_list(&list, session, NULL));
    cr_expect_eq(list->bans->total, 1);
    cr_expect_eq(((const mc_ban *)list->bans->items.items[0])->id, id);
    mc_record_free(list);
    must(mc_ban_delete(session, id));
    cr_expect(!is_banned(mira));
    become(owner);
    cr_expect_eq(mc_ban_delete(session, id), MC_ENOTFOUND);
}

Test(bans, end_what_the_banned_may_do_and_say_why)
{
    mc_huddle_edit edit = MC_HUDDLE_EDIT_INIT;
    int64_t id;

    ban_profile(mira, "Rude");
    become(mira);
    edit.title = "Let me in";
    cr_expect_eq(mc_huddle_create(&id, session, &edit), MC_EBANNED);
    cr_expect_str_eq(mc_session_error(session)->message, "you are banned from this site: Rude");
    cr_expect_eq(mc_session_error(session)->reason, 13);
    cr_expect_eq(mc_bans_list(NULL, session, NULL), MC_EINVAL);
}

Test(bans, are_for_the_owner_and_for_others)
{
    mc_ban_edit edit = MC_BAN_EDIT_INIT;
    mc_collection *list = NULL;
    int64_t id;

    edit.profile_id = tomas;
    cr_expect_eq(ban_as(mira, &edit, &id), MC_EFORBIDDEN);
    cr_expect_eq(mc_bans_list(&list, session, NULL), MC_EFORBIDDEN);
    cr_expect_eq(mc_ban_lift(session, &edit), MC_EFORBIDDEN);
    become(0);
    cr_expect_eq(mc_ban_create(&id, session, &edit), MC_EFORBIDDEN);
    edit.profile_id = owner;
    cr_expect_eq(ban_as(owner, &edit, &id), MC_EINVAL);
    edit.profile_id = make_stranger();
    cr_expect_eq(ban_as(owner, &edit, &id), MC_ENOTFOUND);
}

/* An address shuts out who has a profile, and who would get one. */
Test(bans, of_addresses_refuse_sign_in)
{
    char token[MC_TOKEN_SIZE];

    ban_email("*@example.org");
    cr_expect(is_banned(mira));
    cr_expect_str_eq(mc_session_ban_reason(session), "Spam");
    cr_expect(!is_banned(owner));
    cr_expect_eq(mc_session_act_as_email(session, "nobody@example.org"), MC_EBANNED);
    cr_expect_str_eq(mc_session_error(session)->message, "you are banned from this site: Spam");
    cr_expect_eq(mc_token_create(token, session, "nobody@example.org", 1), MC_EBANNED);
    cr_expect_eq(mc_token_create(token, session, "mira@example.org", 1), MC_EBANNED);
    cr_expect_eq(count_rows("profiles", "user_id IN (SELECT user_id FROM microcosm.users WHERE"
                                        " canonical_email = 'nobody@example.org')"),
                 0);
    must(mc_session_act_as_email(session, "nobody@example.com"));
}

/* However the domain is written, in the ban or in the address, it is one. */
Test(bans, of_a_domain_count_for_each_spelling_of_it)
{
    static const char *const domains[] = {"bücher.example",        "BÜCHER.example.",
                                          "xn--bcher-kva.example", "Xn--Bcher-KVA.EXAMPLE",
                                          "ｂücher．example",      "bücher。example"};
    const size_t count = sizeof(domains) / sizeof(domains[0]);
    char text[100];
    int64_t first = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t id;

        snprintf(text, sizeof(text), "*@%s", domains[i]);
        id = ban_email(text);
        first = first ? first : id;
        cr_expect_eq(id, first, "%s", text);
        for (size_t n = 0; n < count; n++) {
            snprintf(text, sizeof(text), "nobody@%s", domains[n]);
            cr_expect_eq(mc_session_act_as_email(session, text), MC_EBANNED, "%s", text);
        }
    }
    must(mc_session_act_as_email(session, "nobody@bucher.example"));
}

/* An address of the owner's is no way around what their id is refused for. */
Test(bans, name_no_address_of_the_owner)
{
    mc_ban_edit edit = MC_BAN_EDIT_INIT;
    int64_t id;

    edit.email = "*";
    cr_expect_eq(ban_as(owner, &edit, &id), MC_EINVAL);
    expect_faults("email ");
    edit.email = "O.wner+x@EXAMPLE.org.";
    cr_expect_eq(ban_as(owner, &edit, &id), MC_EINVAL);
    expect_faults("email ");
    edit.email = "*@example.org";
    must(ban_as(owner, &edit, &id));
    cr_expect(!is_banned(owner));
}

/* What is kept of an actor ends with the ban, by the database's clock. */
Test(bans, end_by_themselves)
{
    int64_t id = ban_profile(mira, "Rude");
    bool ended, banned;

    forum_sql("UPDATE microcosm.site_bans SET expires = clock_timestamp() + interval '1 second'"
              " WHERE ban_id = %lld",
              ID(id));
    do {
        ended = count_rows("site_bans", "expires <= clock_timestamp()") == 1;
        banned = is_banned(mira);
        cr_assert(!(ended && banned), "the ban has ended, but shuts out");
    } while (!ended);
}

/* Like all else that a transaction writes, it can be taken back. */
Test(bans, are_part_of_a_transaction)
{
    mc_ban_edit edit = MC_BAN_EDIT_INIT;
    int64_t id;

    become(owner);
    edit.profile_id = mira;
    must(mc_session_begin(session));
    must(mc_ban_create(&id, session, &edit));
    must(mc_session_act_as(session, mira));
    cr_expect(mc_session_is_banned(session));
    must(mc_session_rollback(session));
    cr_expect(!is_banned(mira));
}
