/* See people.h. */
#include "people.h"

#include "forum.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

int64_t site, owner, mira, tomas;

void enter_site(const char *key)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = key;
    visit.address = "192.0.2.1";
    must(mc_session_enter(session, &visit));
}

/* 0 is the guest. */
void become(int64_t profile_id)
{
    enter_site("test");
    must(mc_session_act_as(session, profile_id));
}

int64_t make_member(const char *name)
{
    int64_t id = act_as(name);

    become(0);
    return id;
}

void people_open(void)
{
    forum_open();
    enter_site("test");
    site = mc_session_site(session);
    owner = forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld", ID(site));
    mira = make_member("mira");
    tomas = make_member("tomas");
}

int64_t count_rows(const char *table, const char *condition)
{
    return forum_number("SELECT count(*) FROM microcosm.%s WHERE site_id = %lld AND %s", table,
                        ID(site), condition);
}

void ban(int64_t profile)
{
    forum_sql("INSERT INTO microcosm.site_bans (site_id, user_id) SELECT site_id, user_id"
              " FROM microcosm.profiles WHERE profile_id = %lld",
              ID(profile));
}

const char *json_of(const void *record)
{
    static mc_buffer *json;

    if (!json)
        must(mc_buffer_new(&json, 0));
    mc_buffer_clear(json);
    must(mc_record_json(json, record));
    return mc_buffer_bytes(json);
}

void make_comment_on_profile(int64_t profile)
{
    forum_sql(
        "INSERT INTO microcosm.comments (site_id, on_profile_id, item_type, position, created_by,"
        " markdown, html) VALUES (%lld, %lld, 3, 0, %lld, 'Text', '<p>Text</p>')",
        ID(site), ID(profile), ID(profile));
}

mc_profile *get_profile(int64_t id)
{
    mc_profile *profile = NULL;

    cr_assert_eq(mc_profile_get(&profile, session, id), 0, "%s",
                 mc_session_error(session)->message);
    return profile;
}

bool profile_shows(int64_t id, const char *part)
{
    mc_profile *profile = get_profile(id);
    bool found = strstr(json_of(profile), part) != NULL;

    mc_record_free(profile);
    return found;
}

/* A huddle of mira's and tomas's, in which tomas has written something. */
int64_t make_huddle(void)
{
    mc_huddle_participant_edit with = {.size = sizeof(with), .id = mira};
    const void *people[] = {&with};
    static int number;
    char title[30];
    mc_huddle_edit edit = {
        .size = sizeof(edit), .title = title, .participants = (mc_list){people, 1}};
    mc_comment_edit said = {.size = sizeof(said), .item_type = "huddle", .markdown = "Hello"};
    int64_t comment;

    snprintf(title, sizeof(title), "Huddle %d", number++);
    become(tomas);
    cr_assert_eq(mc_huddle_create(&said.item_id, session, &edit), 0);
    cr_assert_eq(mc_comment_create(&comment, session, &said), 0);
    return said.item_id;
}

/* A profile of another site. */
int64_t make_stranger(void)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = "Quay", .subdomain_key = "quay"};
    int64_t other = 0;

    must(mc_site_create(&other, session, &edit, "owner@example.org"));
    return forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld", ID(other));
}
