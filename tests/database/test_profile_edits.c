/* Changes of a profile, above all its name. */
#include "forum.h"
#include "people.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(profile_edits, .init = people_open, .fini = forum_close, .timeout = 300);

static int edit_json(int64_t id, const char *body)
{
    return mc_profile_edit_body(session, id, MC_FORMAT_JSON, body, strlen(body));
}

static int rename_to(int64_t id, const char *name)
{
    mc_profile_edit edit = {.size = sizeof(edit), .profile_name = name};

    return mc_profile_edit_save(session, id, &edit);
}

static bool is_called(int64_t id, const char *name)
{
    mc_profile *profile = get_profile(id);
    bool same = strcmp(profile->profile_name, name) == 0;

    mc_record_free(profile);
    return same;
}

Test(profile_edits, clean_the_name)
{
    static const struct {
        const char *given, *kept;
    } cases[] = {{"Rowan", "Rowan"}, {"a b", "ab"},        {"<b>bold</b>ly", "boldly"},
                 {"a&b", "a&amp;b"}, {"BOB", "BOB"},       {"WILLIAMSON", "WILLIAMSON"},
                 {"a<b", "a&lt;b"},  {"it's", "it&#39;s"}, {"ab", "ab"},
                 {"McBob", "McBob"}};

    become(mira);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cr_expect_eq(rename_to(mira, cases[i].given), 0, "%s", cases[i].given);
        cr_expect(is_called(mira, cases[i].kept), "%s", cases[i].given);
        cr_expect_eq(rename_to(mira, cases[i].kept), 0);
        cr_expect(is_called(mira, cases[i].kept), "%s sent back", cases[i].kept);
    }
}

Test(profile_edits, refuse_invalid_names)
{
    static const char *const refused[] = {"",
                                          " ",
                                          "a",
                                          "abcdefghijklmnopqrstuvwxyz",
                                          "a@b",
                                          "a+b",
                                          "@mira",
                                          "<b></b>",
                                          "\xE2\x80\x8B",
                                          "a&&&&&",
                                          "a&#64;b",
                                          "\xff\xff\xff"};

    become(mira);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        cr_expect_eq(rename_to(mira, refused[i]), MC_EINVAL, "%s", refused[i]);
        cr_expect_str_eq(mc_session_error(session)->faults[0].field, "profileName");
    }
    cr_expect(is_called(mira, "mira"));
}

/* Names that look alike: composed and not, of full width, with invisible characters, of other
 * scripts, in other case. */
Test(profile_edits, find_a_name_taken_by_one_that_looks_like_it)
{
    static const struct {
        const char *taken, *wanted;
    } cases[] = {
        {"Zoë", "Zoe\u0308"},
        {"Stra\u00dfe", "STRASSE"},
        {"mira", "m\u0456r\u0430"},
        {"mira", "rnira"},
        {"mira", "ｍｉｒａ"},
        {"paypal", "раураl"},
        {"admin1", "adminl"},
        {"paypal", "paypaI"},
        {"paypaI", "paypal"},
        {"Ian", "lan"},
        {"Bob", "\u0412ob"},
        {"Bob0", "BobO"},
        {"İpek", "ipek"},
        {"ipek", "ıpek"},
        {"heart❤", "heart❤\uFE0F"},
        {"کتاب‌ها", "کتابها"},
        {"ΣΟΦΟΣ", "σοφος"},
        {"Ｊｕｎｇ", "jung"},
        {"ﬁnn", "finn"},
        {"Tom&amp;Jo", "tom&jo"},
        {"x²", "x2"},
        {"한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"},
        {"ガク", "カ\u3099ク"},
        {"Ольга", "Oльгa"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        become(mira);
        cr_expect_eq(rename_to(mira, "somebody"), 0);
        become(tomas);
        cr_expect_eq(rename_to(tomas, cases[i].taken), 0, "%s", cases[i].taken);
        cr_expect(is_called(tomas, cases[i].taken), "%s", cases[i].taken);
        become(mira);
        cr_expect_eq(rename_to(mira, cases[i].wanted), 0, "%s", cases[i].wanted);
        cr_expect(!is_called(mira, cases[i].wanted), "%s beside %s", cases[i].wanted,
                  cases[i].taken);
    }
}

Test(profile_edits, leave_names_that_look_different)
{
    static const char *const pairs[][2] = {
        {"mira", "mirä"},        {"Ali", "All"},       {"Нина", "Никa"}, {"user21", "user12"},
        {"山田", "山口"},        {"Müller", "Muller"}, {"안나", "인나"}, {"علي", "علا"},
        {"न‌मन", "नमक"}, {"vick", "nick"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        become(mira);
        cr_expect_eq(rename_to(mira, pairs[i][0]), 0, "%s", pairs[i][0]);
        become(tomas);
        cr_expect_eq(rename_to(tomas, pairs[i][1]), 0, "%s", pairs[i][1]);
        cr_expect(is_called(tomas, pairs[i][1]), "%s beside %s", pairs[i][1], pairs[i][0]);
    }
}

static bool is_mentioned(int64_t id, const char *markdown)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = "profile", .item_id = tomas, .markdown = markdown};
    int64_t comment;
    char link[64];

    become(tomas);
    must(mc_comment_create(&comment, session, &edit));
    snprintf(link, sizeof(link), "%%<a href=\"/profiles/%lld\">%%", ID(id));
    return forum_number("SELECT count(*) FROM microcosm.comments WHERE comment_id = %lld AND html "
                        "LIKE '%s'",
                        ID(comment), link) == 1;
}

/* Whatever may be registered can be mentioned, however it is written. */
Test(profile_edits, give_names_that_can_be_mentioned)
{
    static const struct {
        const char *name, *mention;
    } cases[] = {
        {"Zoë", "Zoe\u0308"},
        {"mira", "MIRA"},
        {"Мира", "мира"},
        {"Straße", "STRASSE"},
        {"İpek", "ipek"},
        {"a&amp;b", "A&B"},
        {"c&lt;d", "c&lt;d"},
        {"[Clan]Bob", "[clan]bob"},
        {"🐈kat", "🐈kat"},
        {"❤\uFE0F", "❤"},
        {"می\u200Cخواهم", "میخواهم"},
        {"क\u094D\u200Dष", "क\u094D\u200Dष"},
        {"山田太郎", "山田太郎"},
        {"J.R.", "j.r."},
        {"_x_", "_x_"},
        {"**star**", "**star**"},
        {"wow!", "wow!"},
        {"O&#39;Neil", "o'neil"},
        {"half-way", "HALF-WAY"},
        {"a/b", "a/b"},
        {"~~x~~", "~~x~~"},
        {"x||y", "x||y"},
        {"`code`", "\\`code\\`"},
        {"#tag", "#tag"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[200];

        become(mira);
        cr_expect_eq(rename_to(mira, cases[i].name), 0, "%s", cases[i].name);
        become(tomas);
        snprintf(text, sizeof(text), "Hi @%s, %zu", cases[i].mention, i);
        cr_expect(is_mentioned(mira, text), "%s", text);
        snprintf(text, sizeof(text), "%zu @%s", i, cases[i].mention);
        cr_expect(is_mentioned(mira, text), "%s", text);
    }
}

/* Rows that came past the library; and those of a database whose keys are to be made anew. */
Test(profile_edits, get_keys_for_names_that_have_none)
{
    int64_t twin;

    forum_sql("INSERT INTO microcosm.users (user_id, email, canonical_email)"
              " VALUES (900001, 'a@example.net', 'a@example.net'), (900002, 'b@example.net', "
              "'b@example.net')");
    forum_sql("INSERT INTO microcosm.profiles (site_id, user_id, profile_name)"
              " VALUES (%lld, 900001, 'Zoë'), (%lld, 900002, 'Ｚoë')",
              ID(site), ID(site));
    forum_sql("UPDATE microcosm.profiles SET name_key = NULL, name_order = NULL");
    forum_sql("INSERT INTO microcosm.reserved_names (name, email) VALUES ('captain', "
              "'captain@example.org')");
    must(mc_app_migrate(forum_app, NULL));
    twin = forum_number("SELECT max(profile_id) FROM microcosm.profiles");
    cr_expect_eq(count_rows("profiles", "name_key IS NULL OR name_order IS NULL"), 0);
    cr_expect_eq(count_rows("profiles", "name_key = 'rnira'"), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.profiles WHERE profile_id = %lld"
                              " AND profile_name = 'Ｚoë' AND name_key LIKE 'zoe_ %%'",
                              ID(twin)),
                 1);
    cr_expect(is_mentioned(twin - 1, "@zoë"));
    become(mira);
    cr_expect_eq(rename_to(mira, "сaptain"), 0);
    cr_expect(!is_called(mira, "сaptain"), "it looks like a reserved name");
}

Test(profile_edits, give_the_default_name_for_a_taken_one)
{
    char expected[50];

    snprintf(
        expected, sizeof(expected), "user%lld",
        ID(forum_number("SELECT user_id + 5830 FROM microcosm.profiles WHERE profile_id = %lld",
                        ID(tomas))));
    become(tomas);
    cr_expect_eq(rename_to(tomas, "MiRA"), 0);
    cr_expect(is_called(tomas, expected));
    cr_expect_eq(rename_to(tomas, "tomas"), 0);
    cr_expect(is_called(tomas, "tomas"));
    become(mira);
    cr_expect_eq(rename_to(mira, expected), 0,
                 "somebody else's default name is free until they need it");
    become(tomas);
    cr_expect_eq(rename_to(tomas, expected), 0);
    cr_expect(!is_called(tomas, expected) && !is_called(tomas, "tomas"));
}

Test(profile_edits, keep_reserved_names_for_their_address)
{
    forum_sql("INSERT INTO microcosm.reserved_names (name, email) VALUES ('captain', "
              "'mira@example.org')");
    become(tomas);
    cr_expect_eq(rename_to(tomas, "Captain"), 0);
    cr_expect(!is_called(tomas, "Captain"));
    become(mira);
    cr_expect_eq(rename_to(mira, "Captain"), 0);
    cr_expect(is_called(mira, "Captain"));
}

Test(profile_edits, do_not_hand_out_reserved_names)
{
    mc_profile *me = NULL;

    forum_sql("INSERT INTO microcosm.reserved_names (name, email) VALUES ('captain', "
              "'mira@example.org')");
    enter_site("root");
    cr_assert_eq(mc_session_act_as_email(session, "captain@example.org"), 0);
    cr_assert_eq(mc_profile_self(&me, session), 0);
    cr_expect(strncmp(me->profile_name, "captain", 7) == 0 && me->profile_name[7], "%s",
              me->profile_name);
    mc_record_free(me);
}

Test(profile_edits, change_what_was_given_only)
{
    become(mira);
    cr_assert_eq(edit_json(mira, "{\"visible\":false,\"styleId\":3}"), 0);
    cr_assert_eq(edit_json(mira, "{\"profileName\":\"rowan\",\"visible\":null}"), 0);
    cr_assert_eq(edit_json(mira, "{}"), 0);
    cr_expect(profile_shows(mira, "\"profileName\":\"rowan\",\"visible\":false,\"styleId\":3,"));
}

Test(profile_edits, ignore_what_the_server_owns)
{
    become(mira);
    cr_assert_eq(
        edit_json(mira,
                  "{\"id\":1,\"siteId\":1,\"userId\":1,\"itemCount\":9,\"commentCount\":9,"
                  "\"avatar\":\"x\",\"email\":\"x\",\"member\":true,\"profileName\":\"mira\"}"),
        0);
    cr_expect(profile_shows(mira, "\"itemCount\":0,\"commentCount\":0,"));
    cr_expect(profile_shows(mira, "\"avatar\":\"/api/v1/files/profiles/"));
    cr_expect(profile_shows(mira, "mira@example.org"));
}

Test(profile_edits, refuse_wrong_values)
{
    static const char *const refused[] = {"",
                                          "[]",
                                          "{",
                                          "{\"styleId\":-1}",
                                          "{\"styleId\":\"1\"}",
                                          "{\"styleId\":1.5}",
                                          "{\"styleId\":99999999999}",
                                          "{\"visible\":\"yes\"}",
                                          "{\"visible\":1}",
                                          "{\"profileName\":5}"};

    become(mira);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        cr_expect_eq(edit_json(mira, refused[i]), MC_EINVAL, "%s", refused[i]);
}

Test(profile_edits, are_for_the_profile_itself_and_the_owner)
{
    cr_expect_eq(rename_to(mira, "stolen"), MC_EFORBIDDEN);
    become(tomas);
    cr_expect_eq(rename_to(mira, "stolen"), MC_EFORBIDDEN);
    cr_expect_eq(rename_to(888888888, "stolen"), MC_ENOTFOUND);
    cr_expect_eq(rename_to(0, "stolen"), MC_EINVAL);
    become(owner);
    cr_expect_eq(rename_to(mira, "renamed"), 0);
    cr_expect_eq(rename_to(888888888, "stolen"), MC_ENOTFOUND);
    cr_expect(is_called(mira, "renamed"));
    ban(mira);
    become(mira);
    cr_expect_eq(rename_to(mira, "again"), MC_EBANNED);
}

Test(profile_edits, leave_a_change_and_an_audit)
{
    become(mira);
    cr_assert_eq(rename_to(mira, "rowan"), 0);
    cr_expect_eq(count_rows("audit", "item_type = 3 AND action = 'R' AND address = '192.0.2.1'"), 3,
                 "two gave themselves names before");
    cr_expect_eq(count_rows("changes", "item_type = 3 AND action = 'replace'"), 3);
}
