/* Rules for names: canonical e-mail addresses, profile names, keys of sites. */
#include "names.h"

#include "call.h"
#include "types.h"
#include "markup/markup.h"

/* A default name is user<N>, where N is the user's number plus this. */
#define DEFAULT_NAME_OFFSET 5830
#define SHORTEST_NAME 2
#define EMAIL_MAX 320 /* bytes */

static const char *const domain_aliases[][2] = {
    {"mac.com", "icloud.com"},
    {"me.com", "icloud.com"},
    {"googlemail.com", "gmail.com"},
    {"btopenworld.com", "btinternet.com"},
    {"virgin.net", "virginmedia.com"},
    {"gmx.at", "gmx.de"},
    {"gmx.ch", "gmx.de"},
    {"gmx.com", "gmx.de"},
    {"gmx.co.uk", "gmx.de"},
    {"gmx.fr", "gmx.de"},
    {"gmx.li", "gmx.de"},
    {"gmx.net", "gmx.de"},
    {"gmx.org", "gmx.de"},
    {"gmx.us", "gmx.de"},
    {"yahoomail.com", "yahoo.com"},
};

static const char *canonical_domain(const char *domain)
{
    for (size_t i = 0; i < MC_COUNT(domain_aliases); i++)
        if (strcmp(domain, domain_aliases[i][0]) == 0)
            return domain_aliases[i][1];
    /* yahoo.co.uk, yahoo.fr, yahoo.com.au, ... */
    if (strncmp(domain, "yahoo.", 6) == 0)
        return "yahoo.com";
    return domain;
}

static bool is_email(const char *email)
{
    const char *at = strrchr(email, '@');
    size_t length = strlen(email);

    if (!mc__utf8_valid(email, length) || length > EMAIL_MAX || !at || at == email || !at[1] ||
        at != strchr(email, '@'))
        return false;
    for (const char *c = email; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '<' || *c == '>' || *c == ',' ||
            *c == ';' || *c == '"')
            return false;
    return true;
}

/* Removes dots, everything from a +, and comments before or after. */
static void put_local_part(mc__text *out, const char *local, size_t length)
{
    const char *start = local, *end = local + length, *close;

    if (start < end && *start == '(' && (close = memchr(start, ')', length)))
        start = close + 1;
    if (end > start && end[-1] == ')') {
        const char *open = end;

        while (open > start && *open != '(')
            open--;
        if (*open == '(')
            end = open;
    }
    for (; start < end && *start != '+'; start++)
        if (*start != '.')
            mc__text_putc(out, *start);
}

int mc__email_put_canonical(mc__text *out, const char *email)
{
    mc_scratch_text(lower);
    mc_scratch_text(domain);
    const char *at;
    int rc;

    if (!email || !is_email(email))
        return MC_EINVAL;
    at = strrchr(email, '@');
    mc__text_lower(&lower, email, (size_t)(at - email));
    rc = mc__domain_name(&domain, at + 1);
    if (rc < 0)
        return rc;
    put_local_part(out, mc__text_string(&lower), lower.length);
    if (!out->error && !lower.error && out->length == 0)
        return MC_EINVAL;
    mc__text_putc(out, '@');
    mc__text_puts(out, canonical_domain(mc__text_string(&domain)));
    if (out->error || lower.error || domain.error)
        return MC_ENOMEM;
    return out->length > EMAIL_MAX ? MC_EINVAL : 0;
}

int mc__email_check(const char *email)
{
    mc_scratch_text(canonical);

    return mc__email_put_canonical(&canonical, email);
}

int mc__email_canonical(mc_session *session, const char **out, const char *email)
{
    mc_scratch_text(canonical);
    int rc = mc__email_put_canonical(&canonical, email);

    if (rc == MC_EINVAL)
        return mc__fault(&session->problem, "email", "must be an e-mail address");
    if (rc == 0)
        *out = mc__arena_strdup(&session->scratch, mc__text_string(&canonical));
    return rc < 0 || session->scratch.failed ? mc__out_of_memory(session) : 0;
}

int mc__email_pattern(mc_session *session, const char **out, const char *text)
{
    const char *domain = text, *address, *below = "";
    mc_scratch_text(canonical);
    int rc;

    if (strncmp(domain, "*@", 2) == 0)
        domain += 2;
    else if (*domain == '@')
        domain++;
    else if (strchr(domain, '@'))
        domain = NULL;
    if (domain && strncmp(domain, "*.", 2) == 0) {
        below = "*.";
        domain += 2;
    }
    address = domain ? mc__arena_format(&session->scratch, "x@%s", domain) : text;
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    rc = strchr(domain ? domain : text, '*') || (domain && strchr(domain, '@'))
             ? MC_EINVAL
             : mc__email_put_canonical(&canonical, address);
    if (rc == MC_EINVAL)
        return mc__fault(&session->problem, "email",
                         "must be an e-mail address, a domain as in *@spam.example, or what "
                         "subdomains end with as in *@*.spam.example");
    address = mc__text_string(&canonical);
    if (rc == 0 && domain)
        *out = mc__arena_format(&session->scratch, "*@%s%s", below, strrchr(address, '@') + 1);
    else if (rc == 0)
        *out = mc__arena_strdup(&session->scratch, address);
    return rc < 0 || session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* On the root site the local part of the address, elsewhere user<N>; further attempts add a suffix.
 */
const char *mc__default_name(mc__arena *arena, bool at_root, int64_t user_id, const char *email,
                             int attempt)
{
    mc_scratch_text(cleaned);
    char more[5] = "";

    if (attempt > 0)
        mc__random_text(more, sizeof(more) - 1);
    if (at_root && mc__clean_word(&cleaned, email, strcspn(email, "@"), true) == 0 &&
        cleaned.length >= 2 && mc__utf8_length(mc__text_string(&cleaned)) <= 20)
        return mc__arena_format(arena, "%s%s", mc__text_string(&cleaned), more);
    return mc__arena_format(arena, "user%lld%s%s", (long long)user_id + DEFAULT_NAME_OFFSET,
                            attempt ? "x" : "", more);
}

static const mc__field profile_edit_fields[] = {
    MC_FIELD(mc_profile_edit, profile_name, "profileName", .flags = MC_FIELD_WORD,
             .max_length = 25),
    MC_FIELD(mc_profile_edit, visible, "visible"),
    MC_FIELD(mc_profile_edit, style_id, "styleId"),
};
const mc_type mc__profile_edit_type =
    MC_TYPE(mc_profile_edit, "profile_edit", profile_edit_fields, .flags = MC_TYPE_INPUT);

int mc__profile_edit_judge(mc__problem *problem, const mc_profile_edit *edit, int rc)
{
    const char *name = edit->profile_name;

    if (rc < 0 && rc != MC_EINVAL)
        return rc;
    if (name && mc__utf8_length(name) < SHORTEST_NAME)
        rc = mc__fault(problem, "profileName", "must have at least %d characters", SHORTEST_NAME);
    else if (name && strpbrk(name, "@+")) /* these characters begin mentions */
        rc = mc__fault(problem, "profileName", "must not contain @ or +");
    if (edit->style_id.given && (edit->style_id.value < 0 || edit->style_id.value > INT32_MAX))
        rc = mc__fault(problem, "styleId", "must be 0 or more");
    return rc;
}

int mc__profile_edit_check(mc_profile_edit *out, mc__problem *problem, mc__arena *arena,
                           const mc_profile_edit *given)
{
    int rc = mc__input_take(problem, arena, &mc__profile_edit_type, out, MC_TO_EDIT,
                            &(mc__source){.given = given});

    return mc__profile_edit_judge(problem, out, rc);
}

int mc__name_keys_make(mc__name_keys *out, mc__arena *arena, const char *name)
{
    mc_scratch_text(key);
    mc_scratch_text(look);
    mc_scratch_text(order);

    *out = (mc__name_keys){0};
    if (!name)
        return 0;
    if (mc__name_key(&key, name) < 0 || mc__name_look(&look, name) < 0 ||
        mc__name_order(&order, name) < 0)
        return MC_ENOMEM;
    out->key = mc__arena_strdup(arena, mc__text_string(&key));
    out->look = mc__arena_strdup(arena, mc__text_string(&look));
    out->order = mc__arena_strdup(arena, mc__text_string(&order));
    return arena->failed ? MC_ENOMEM : 0;
}

bool mc__is_site_key(const char *key)
{
    size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789");

    return length > 0 && length <= 50 && key[length] == '\0';
}
