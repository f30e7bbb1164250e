/*
 * The authorisation function with constructed facts: docs/http/permissions.md#the-algorithm point
 * by point. Needs no database.
 */
#include "domain/access/permissions.h"

#include <criterion/criterion.h>

enum { OWNER = 1, KEEPER = 2, ALICE = 3, BOB = 4 };
enum { ROOT = 10, CHILD = 11, GRANDCHILD = 12 };

static mc__node nodes[3];
static mc__node *by_id[3];
static mc__tree tree;
static mc__site_facts site;
static mc__actor actor;
static mc__facts facts;
static mc_permissions result;

/* The root with the roles of a new site; a child owned by KEEPER; a grandchild. */
static mc__role root_roles[3];

static void begin(void)
{
    static const int64_t ids[] = {ROOT, CHILD, GRANDCHILD};

    memset(nodes, 0, sizeof(nodes));
    memset(root_roles, 0, sizeof(root_roles));
    for (int i = 0; i < 3; i++) {
        nodes[i].id = ids[i];
        nodes[i].parent_id = i ? ids[i - 1] : 0;
        nodes[i].parent = i ? &nodes[i - 1] : NULL;
        nodes[i].level = i + 1;
        nodes[i].owned_by = nodes[i].created_by = i == 1 ? KEEPER : OWNER;
        nodes[i].is_open = true;
        by_id[i] = &nodes[i];
    }
    root_roles[0] =
        (mc__role){.id = 1, .microcosm_id = ROOT, .include_guests = true, .can_read = true};
    root_roles[1] = (mc__role){.id = 2,
                               .microcosm_id = ROOT,
                               .include_users = true,
                               .can_read = true,
                               .can_create = true,
                               .can_close_own = true,
                               .can_read_others = true};
    root_roles[2] = (mc__role){.id = 3, .microcosm_id = ROOT, .is_banned = true};
    nodes[0].roles = root_roles;
    nodes[0].role_count = 3;
    tree = (mc__tree){.nodes = nodes, .count = 3, .by_id = by_id};
    site = (mc__site_facts){
        .id = 2, .owned_by = OWNER, .created_by = OWNER, .only_admins_create_microcosms = true};
    actor = (mc__actor){.profile_id = ALICE, .profile_name = "alice", .email = "alice@example.org"};
    facts = (mc__facts){.now = {1000000}, .site = &site, .actor = &actor, .tree = &tree};
}

/* "crudCOR": the seven rights in their order, "-" where there is none. */
static const char *rights(void)
{
    static char text[8];
    const bool all[] = {result.can_create,     result.can_read,      result.can_update,
                        result.can_delete,     result.can_close_own, result.can_open_own,
                        result.can_read_others};

    for (int i = 0; i < 7; i++)
        text[i] = all[i] ? "crudCOR"[i] : '-';
    text[7] = '\0';
    return text;
}

static const char *decide(mc_item_type item_type, int64_t item_id, int64_t microcosm_id,
                          int64_t author)
{
    facts.item_type = item_type;
    facts.item_id = item_id;
    facts.in_microcosm = microcosm_id;
    facts.owner = author;
    mc__decide(&result, &facts, NULL);
    return rights();
}

static void act_as(int64_t profile_id)
{
    actor.profile_id = profile_id;
}

static void set_role(int node, mc__role *role)
{
    nodes[node].roles = role;
    nodes[node].role_count = 1;
}

TestSuite(permissions, .init = begin);

Test(permissions, of_a_new_site_follow_its_three_roles)
{
    static const struct {
        int64_t actor, author;
        const char *microcosm, *conversation;
    } cases[] = {
        {0, BOB, "-r-----", "-r-----"},      /* guest */
        {ALICE, BOB, "cr--C-R", "cr--C-R"},  /* member */
        {BOB, BOB, "cr--C-R", "cru-C-R"},    /* author: update, but never delete */
        {KEEPER, BOB, "crudCOR", "crudCOR"}, /* owns the microcosm */
        {OWNER, BOB, "crudCOR", "crudCOR"},  /* owns the site */
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        act_as(cases[i].actor);
        cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, CHILD, 0, 0), cases[i].microcosm,
                         "microcosm, case %zu: %s", i, rights());
        cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, CHILD, cases[i].author),
                         cases[i].conversation, "conversation, case %zu: %s", i, rights());
        cr_expect_eq(result.is_guest, cases[i].actor == 0);
        cr_expect_eq(result.is_site_owner, cases[i].actor == OWNER);
        cr_expect_eq(result.is_moderator, cases[i].actor == OWNER || cases[i].actor == KEEPER);
    }
}

Test(permissions, of_a_microcosm_owner_end_at_its_children)
{
    act_as(KEEPER);
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, GRANDCHILD, BOB), "cr--C-R");
    cr_expect_not(result.is_moderator);
}

/* Who made a microcosm keeps it, also when somebody else owns it now; so it is with sites. */
Test(permissions, are_those_of_an_owner_for_who_made_it_and_for_who_owns_it)
{
    static const struct {
        int64_t created_by, owned_by;
        const char *alice, *bob;
    } cases[] = {
        {ALICE, ALICE, "crudCOR", "cr--C-R"}, {ALICE, BOB, "crudCOR", "crudCOR"},
        {BOB, ALICE, "crudCOR", "crudCOR"},   {KEEPER, BOB, "cr--C-R", "crudCOR"},
        {BOB, KEEPER, "cr--C-R", "crudCOR"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        nodes[1].created_by = cases[i].created_by;
        nodes[1].owned_by = cases[i].owned_by;
        for (int64_t who = ALICE; who <= BOB; who++) {
            const char *expected = who == ALICE ? cases[i].alice : cases[i].bob;

            act_as(who);
            cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, CHILD, 0, 0), expected, "case %zu: %s", i,
                             rights());
            cr_expect_eq(result.is_owner, expected[2] == 'u', "case %zu", i);
            cr_expect_eq(result.is_moderator, expected[2] == 'u', "case %zu", i);
            cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, CHILD, OWNER), expected,
                             "case %zu: %s", i, rights());
        }
    }
    site.created_by = ALICE;
    site.owned_by = BOB;
    for (int64_t who = OWNER; who <= BOB; who++) {
        act_as(who);
        decide(MC_ITEM_SITE, 0, 0, 0);
        cr_expect_eq(result.is_site_owner, who >= ALICE, "actor %lld", (long long)who);
        cr_expect_eq(result.is_owner, who >= ALICE, "actor %lld", (long long)who);
    }
}

Test(permissions, come_from_the_nearest_microcosm_with_a_regular_role)
{
    mc__role only_bob = {.id = 9, .microcosm_id = CHILD, .can_read = true};
    int64_t bobs_roles[] = {9};

    set_role(1, &only_bob);
    cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, GRANDCHILD, 0, 0), "-------",
                     "the root's roles are replaced");
    actor.role_ids = (mc_int64s){bobs_roles, 1};
    cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, GRANDCHILD, 0, 0), "-r-----");
    act_as(0);
    actor.role_ids = (mc_int64s){0};
    cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, GRANDCHILD, 0, 0), "-------", "guests too");
}

Test(permissions, of_members_and_guests_are_not_mixed)
{
    mc__role guests_only = {
        .id = 9, .microcosm_id = CHILD, .include_guests = true, .can_read = true};

    set_role(1, &guests_only);
    cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, CHILD, 0, 0), "-------");
    act_as(0);
    cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, CHILD, 0, 0), "-r-----");
}

Test(permissions, of_a_moderator_role_are_inherited_and_add_only_what_is_ticked)
{
    mc__role moderators = {
        .id = 9, .microcosm_id = CHILD, .is_moderator = true, .can_delete = true};
    int64_t ids[] = {9};

    set_role(1, &moderators);
    actor.role_ids = (mc_int64s){ids, 1};
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, GRANDCHILD, BOB), "cr-dC-R",
                     "the root's regular roles stay");
    cr_expect(result.is_moderator);
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, ROOT, BOB), "cr--C-R", "not above");
    cr_expect_not(result.is_moderator);
}

Test(permissions, of_a_moderator_role_need_a_token_that_moderates)
{
    mc__role moderators = {
        .id = 9, .microcosm_id = CHILD, .is_moderator = true, .can_delete = true};
    int64_t ids[] = {9};

    set_role(1, &moderators);
    actor.role_ids = (mc_int64s){ids, 1};
    actor.limits.scope = MC_SCOPE_WRITE;
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, CHILD, BOB), "cr--C-R");
    cr_expect_not(result.is_moderator);
    actor.limits.scope = MC_SCOPE_MODERATE;
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, CHILD, BOB), "cr-dC-R");
    cr_expect(result.is_moderator);
}

Test(permissions, are_all_lost_to_a_banned_role_here_or_above)
{
    int64_t ids[] = {3};

    actor.role_ids = (mc_int64s){ids, 1};
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, GRANDCHILD, ALICE), "-------");
    cr_expect(result.is_banned);
    cr_expect_not(result.is_owner);
    cr_expect_str_eq(decide(MC_ITEM_SITE, 0, 0, 0), "-r-----");
    act_as(OWNER);
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, GRANDCHILD, ALICE), "crudCOR",
                     "the site's owner can't be banned");
}

Test(permissions, of_a_banned_member_are_the_site_and_its_own_profile)
{
    actor.is_banned = true;
    cr_expect_str_eq(decide(MC_ITEM_SITE, 0, 0, 0), "-r-----");
    cr_expect_str_eq(decide(MC_ITEM_PROFILE, ALICE, 0, ALICE), "-r-----");
    cr_expect_str_eq(decide(MC_ITEM_PROFILE, BOB, 0, BOB), "-------");
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, CHILD, ALICE), "-------");
    cr_expect(result.is_banned);
}

Test(permissions, on_resources_outside_of_microcosms)
{
    static const struct {
        int64_t actor;
        mc_item_type item_type;
        int64_t item_id, owner;
        bool participant;
        mc_item_type comment_on;
        const char *expected;
    } cases[] = {
        {ALICE, MC_ITEM_SITE, 0, 0, false, 0, "-r-----"},
        {OWNER, MC_ITEM_SITE, 0, 0, false, 0, "crud---"},
        {0, MC_ITEM_SITE, 0, 0, false, 0, "-r-----"},
        {0, MC_ITEM_PROFILE, BOB, BOB, false, 0, "-r-----"},
        {BOB, MC_ITEM_PROFILE, BOB, BOB, false, 0, "cru----"},
        {OWNER, MC_ITEM_PROFILE, BOB, BOB, false, 0, "crud---"},
        {ALICE, MC_ITEM_HUDDLE, 0, 0, false, 0, "c------"},
        {0, MC_ITEM_HUDDLE, 0, 0, false, 0, "-------"},
        {ALICE, MC_ITEM_HUDDLE, 5, BOB, true, 0, "crud---"},
        {OWNER, MC_ITEM_HUDDLE, 5, BOB, false, 0, "-------"}, /* not even the site's owner */
        {BOB, MC_ITEM_COMMENT, 6, BOB, false, MC_ITEM_PROFILE, "crud---"},
        {ALICE, MC_ITEM_COMMENT, 6, BOB, false, MC_ITEM_PROFILE, "-r-----"},
        {BOB, MC_ITEM_COMMENT, 6, BOB, true, MC_ITEM_HUDDLE, "cru----"},
        {BOB, MC_ITEM_COMMENT, 6, BOB, false, MC_ITEM_HUDDLE, "-r-----"}, /* has left it */
        {ALICE, MC_ITEM_COMMENT, 6, BOB, true, MC_ITEM_HUDDLE, "-r-----"},
        {OWNER, MC_ITEM_COMMENT, 6, BOB, false, MC_ITEM_HUDDLE, "-------"},
        {OWNER, MC_ITEM_COMMENT, 6, 0, false, MC_ITEM_NONE, "-------"}, /* unknown comment */
        {BOB, MC_ITEM_USER, 8, BOB, false, 0, "-r-----"},
        {ALICE, MC_ITEM_USER, 8, BOB, false, 0, "-------"},
        {BOB, MC_ITEM_WATCHER, 8, BOB, false, 0, "crud---"},
        {OWNER, MC_ITEM_ROLE, 8, 0, false, 0, "crud---"},
        {ALICE, MC_ITEM_ROLE, 8, 0, false, 0, "-------"},
        {BOB, MC_ITEM_UPDATE, 8, BOB, false, 0, "-rud---"},
        {OWNER, MC_ITEM_UPDATE, 8, BOB, false, 0, "-------"},
        {OWNER, MC_ITEM_ALBUM, 8, BOB, false, 0, "-------"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        act_as(cases[i].actor);
        facts.is_participant = cases[i].participant;
        facts.comment_on = cases[i].comment_on;
        cr_expect_str_eq(decide(cases[i].item_type, cases[i].item_id, 0, cases[i].owner),
                         cases[i].expected, "case %zu: %s", i, rights());
    }
}

/* Users of all sites have profiles there. */
Test(permissions, on_profiles_of_the_root_site_are_theirs_and_its_owners)
{
    static const struct {
        int64_t actor;
        const char *profile, *comment;
    } cases[] = {
        {0, "-------", "-------"},      {ALICE, "-------", "-------"},
        {BOB, "cru----", "-r-----"},    /* it is about him */
        {KEEPER, "-------", "crud---"}, /* wrote it */
        {OWNER, "crud---", "crud---"},
    };

    site.id = 1;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        act_as(cases[i].actor);
        facts.comment_on = MC_ITEM_NONE;
        cr_expect_str_eq(decide(MC_ITEM_PROFILE, BOB, 0, BOB), cases[i].profile,
                         "profile, case %zu: %s", i, rights());
        facts.comment_on = MC_ITEM_PROFILE;
        facts.comment_parent = BOB;
        cr_expect_str_eq(decide(MC_ITEM_COMMENT, 6, 0, KEEPER), cases[i].comment,
                         "comment, case %zu: %s", i, rights());
    }
}

Test(permissions, on_the_site_let_members_make_microcosms_if_the_option_says_so)
{
    site.only_admins_create_microcosms = false;
    cr_expect_str_eq(decide(MC_ITEM_SITE, 0, 0, 0), "cr-----");
    act_as(0);
    cr_expect_str_eq(decide(MC_ITEM_SITE, 0, 0, 0), "-r-----");
}

/* Criteria. */

static bool is_let_in(const mc__criterion *criteria, size_t count)
{
    mc__role role = {.id = 9,
                     .microcosm_id = CHILD,
                     .can_read = true,
                     .criteria = criteria,
                     .criteria_count = count};

    set_role(1, &role);
    decide(MC_ITEM_MICROCOSM, CHILD, 0, 0);
    return result.can_read;
}

#define COLUMN(column_, predicate_, ...)                                                           \
    {                                                                                              \
        .column = column_, .attr_key = "", .predicate = predicate_, __VA_ARGS__                    \
    }
#define ATTRIBUTE(key_, predicate_, ...)                                                           \
    {                                                                                              \
        .column = "", .attr_key = key_, .predicate = predicate_, __VA_ARGS__                       \
    }
#define NUMBER(n) .is_number = true, .number = n
#define TEXT(t) .text = t
#define BOOLEAN(b) .is_boolean = true, .boolean = b

Test(permissions, of_a_role_with_criteria_go_to_those_who_match)
{
    mc__attribute attributes[] = {{.key = "is_member", .is_boolean = true, .boolean = true},
                                  {.key = "town", .text = "Porto"},
                                  {.key = "age", .is_number = true, .number = 30}};
    const struct {
        mc__criterion criterion;
        bool matches;
    } cases[] = {
        {COLUMN("commentCount", "ge", NUMBER(10)), true},
        {COLUMN("commentCount", "gt", NUMBER(10)), false},
        {COLUMN("commentCount", "ge", TEXT("10")), true},   /* clients send numbers as text */
        {COLUMN("commentCount", "ge", TEXT("ten")), false}, /* malformed: matches no actor */
        {COLUMN("commentCount", "ne", NUMBER(10)), false},
        {COLUMN("itemCount", "lt", NUMBER(3)), true},
        {COLUMN("id", "eq", NUMBER(ALICE)), true},
        {COLUMN("created", "ge", NUMBER(7)), true}, /* days */
        {COLUMN("created", "ge", NUMBER(8)), false},
        {COLUMN("profileName", "eq", TEXT("ALICE")), true},
        {COLUMN("profileName", "substr", TEXT("LIC")), true},
        {COLUMN("profileName", "nsubstr", TEXT("bob")), true},
        {COLUMN("email", "substr", TEXT("@example.")), true},
        {COLUMN("email", "ne", TEXT("alice@example.org")), false},
        {COLUMN("gender", "ne", TEXT("x")), false}, /* none: matches nothing */
        {COLUMN("isBanned", "eq", BOOLEAN(false)), true},
        {COLUMN("isBanned", "ne", BOOLEAN(false)), false},
        {ATTRIBUTE("is_member", "eq", BOOLEAN(true)), true},
        {ATTRIBUTE("is_member", "eq", TEXT("true")), false}, /* another type */
        {ATTRIBUTE("town", "eq", TEXT("Porto")), true},
        {ATTRIBUTE("town", "eq", TEXT("porto")), false}, /* case matters for eq */
        {ATTRIBUTE("town", "substr", TEXT("ORT")), true},
        {ATTRIBUTE("age", "le", NUMBER(30)), true},
        {ATTRIBUTE("missing", "eq", TEXT("x")), false},
        {ATTRIBUTE("missing", "ne", TEXT("x")), true},
    };

    actor.comment_count = 10;
    actor.item_count = 2;
    actor.created = (mc_time){0};
    facts.now = (mc_time){(int64_t)7 * 86400 * 1000000 + 5};
    actor.attributes = attributes;
    actor.attribute_count = MC_COUNT(attributes);
    for (size_t i = 0; i < MC_COUNT(cases); i++)
        cr_expect_eq(is_let_in(&cases[i].criterion, 1), cases[i].matches, "case %zu", i);
}

Test(permissions, of_criteria_need_all_of_one_group_and_any_group)
{
    mc__criterion criteria[] = {COLUMN("itemCount", "ge", NUMBER(5)),
                                COLUMN("commentCount", "ge", NUMBER(5)),
                                COLUMN("profileName", "eq", TEXT("alice"))};

    criteria[0].or_group = criteria[1].or_group = 0;
    criteria[2].or_group = 1;
    actor.item_count = 5;
    cr_expect(is_let_in(criteria, 3), "the second group");
    cr_expect_not(is_let_in(criteria, 2), "only half of the first group");
    actor.comment_count = 5;
    cr_expect(is_let_in(criteria, 2), "all of the first group");
}

/* What each scope leaves to whom: a member, an author, the microcosm's and the site's owner. */
Test(permissions, of_a_token_are_those_of_its_scope)
{
    static const struct {
        mc_scope scope;
        int64_t actor, author;
        const char *conversation;
        bool moderates, owns_site;
    } cases[] = {
        {MC_SCOPE_READ, ALICE, BOB, "-r----R", false, false},
        {MC_SCOPE_READ, ALICE, ALICE, "-r----R", false, false},
        {MC_SCOPE_READ, KEEPER, BOB, "-r----R", false, false},
        {MC_SCOPE_READ, OWNER, BOB, "-r----R", false, false},
        {MC_SCOPE_WRITE, ALICE, ALICE, "cru-C-R", false, false},
        {MC_SCOPE_WRITE, KEEPER, BOB, "cr--C-R", false, false},
        {MC_SCOPE_WRITE, OWNER, BOB, "cr--C-R", false, false},
        {MC_SCOPE_MODERATE, ALICE, BOB, "cr--C-R", false, false},
        {MC_SCOPE_MODERATE, KEEPER, BOB, "crudCOR", true, false},
        {MC_SCOPE_MODERATE, OWNER, BOB, "cr--C-R", false, false},
        {MC_SCOPE_ADMIN, OWNER, BOB, "crudCOR", true, true},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        act_as(cases[i].actor);
        actor.limits.scope = cases[i].scope;
        cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, CHILD, cases[i].author),
                         cases[i].conversation, "case %zu: %s", i, rights());
        cr_expect_eq(result.is_moderator, cases[i].moderates, "case %zu", i);
        cr_expect_eq(result.is_site_owner, cases[i].owns_site, "case %zu", i);
    }
}

static bool writes(void)
{
    return result.can_create || result.can_update || result.can_delete || result.can_close_own ||
           result.can_open_own || result.is_moderator || result.is_site_owner;
}

Test(permissions, of_a_read_only_token_write_nothing_of_any_kind)
{
    static const int64_t actors[] = {ALICE, BOB, KEEPER, OWNER};

    actor.limits.scope = MC_SCOPE_READ;
    site.only_admins_create_microcosms = false;
    for (mc_item_type type = MC_ITEM_NONE; type <= MC_ITEM_BAN; type++)
        for (size_t a = 0; a < MC_COUNT(actors); a++)
            for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
                act_as(actors[a]);
                facts.is_elsewhere = elsewhere;
                facts.is_participant = true;
                decide(type, 0, CHILD, actors[a]);
                cr_expect_not(writes(), "kind %d, actor %zu: %s", type, a, rights());
                decide(type, 7, CHILD, actors[a]);
                cr_expect_not(writes(), "kind %d, actor %zu: %s", type, a, rights());
            }
}

Test(permissions, of_a_token_bound_to_a_microcosm_end_there)
{
    static const int64_t bound[] = {CHILD};

    act_as(KEEPER);
    actor.limits = (mc__limits){MC_SCOPE_MODERATE, {bound, 1}};
    nodes[1].owned_by = nodes[1].created_by = KEEPER;
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, CHILD, BOB), "crudCOR");
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, GRANDCHILD, BOB), "cr--C-R");
    cr_expect_str_eq(decide(MC_ITEM_CONVERSATION, 7, ROOT, KEEPER), "-------");
    cr_expect_str_eq(decide(MC_ITEM_MICROCOSM, ROOT, 0, 0), "-------");
    cr_expect_str_eq(decide(MC_ITEM_HUDDLE, 7, 0, KEEPER), "-------");
    cr_expect_str_eq(decide(MC_ITEM_HUDDLE, 0, 0, 0), "-------");
    cr_expect_str_eq(decide(MC_ITEM_PROFILE, KEEPER, 0, KEEPER), "-r-----");
    cr_expect_str_eq(decide(MC_ITEM_SITE, 2, 0, 0), "-r-----");
    cr_expect_str_eq(decide(MC_ITEM_USER, 5, 0, KEEPER), "-------");
}

Test(permissions, are_explained)
{
    mc__text explanation = MC_TEXT_INIT;

    facts.item_type = MC_ITEM_CONVERSATION;
    facts.item_id = 7;
    facts.in_microcosm = CHILD;
    facts.owner = ALICE;
    mc__decide(&result, &facts, &explanation);
    cr_expect(strstr(mc__text_string(&explanation), "author"), "%s", mc__text_string(&explanation));
    cr_expect(strstr(mc__text_string(&explanation), "role 2 of microcosm 10"), "%s",
              mc__text_string(&explanation));
    cr_expect(strstr(mc__text_string(&explanation), "delete, "), "%s",
              mc__text_string(&explanation));
    mc__text_release(&explanation);
}
