/* What only the operator decides about a site: its domain, whether it is there. */
#include "../access/actor.h"
#include "../base/call.h"
#include "markup/markup.h"
#include "types.h"
#include "statements.h"

#include <strings.h>

#define DOMAIN_MAX 253
#define LABEL_MAX 63

static const mc__field site_settings_fields[] = {
    MC_FIELD(mc_site_settings, domain, "domain", .max_length = DOMAIN_MAX),
    MC_FIELD(mc_site_settings, force_ssl, "forceSSL"),
    MC_FIELD(mc_site_settings, deleted, "deleted"),
    MC_FIELD(mc_site_settings, auth0_domain, "auth0Domain", .max_length = DOMAIN_MAX),
    MC_FIELD(mc_site_settings, auth0_client_id, "auth0ClientId", .max_length = 250),
    MC_FIELD(mc_site_settings, markdown_max, "markdownMax", .flags = MC_FIELD_POSITIVE),
};
const mc_type mc__site_settings_type =
    MC_TYPE(mc_site_settings, "site_settings", site_settings_fields, .flags = MC_TYPE_INPUT);

static bool is_label(const char *label, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!(label[i] >= 'a' && label[i] <= 'z') && !(label[i] >= '0' && label[i] <= '9') &&
            label[i] != '-')
            return false;
    return length > 0 && length <= LABEL_MAX && label[0] != '-' && label[length - 1] != '-';
}

/* Names of hosts by RFC 1123, in lower case, with a dot. The last label isn't a number, as it is
 * in addresses. */
static bool is_domain(const char *domain)
{
    const char *label = domain;
    size_t labels = 1;

    for (size_t length; label[length = strcspn(label, ".")]; label += length + 1, labels++)
        if (!is_label(label, length))
            return false;
    return labels > 1 && is_label(label, strlen(label)) &&
           label[strspn(label, "0123456789")] != '\0';
}

/* Whether a host is the other, or below it. */
static bool is_within(const char *host, const char *other)
{
    size_t length = strlen(host), end = strlen(other);

    return length >= end && strcasecmp(host + length - end, other) == 0 &&
           (length == end || host[length - end - 1] == '.');
}

static void check_host(mc_session *session, const char *field, const char **host)
{
    mc_scratch_text(name);
    int rc;

    if (!*host || !**host)
        return;
    rc = mc__domain_name(&name, *host);
    session->scratch.failed |= name.error != 0 || rc == MC_ENOMEM;
    *host = mc__arena_strdup(&session->scratch, mc__text_string(&name));
    if (rc == MC_EINVAL || !is_domain(*host))
        mc__fault(&session->problem, field, "must be a host name such as talk.example.org");
}

static int check(mc_session *session, mc_site_settings *settings, bool is_root)
{
    check_host(session, "domain", &settings->domain);
    check_host(session, "auth0Domain", &settings->auth0_domain);
    if (settings->domain && is_within(settings->domain, session->app->base_domain))
        mc__fault(&session->problem, "domain", "must not be the base domain or below it");
    if (settings->domain && *settings->domain && is_root)
        mc__fault(&session->problem, "domain", "must not be set on the root site");
    if (settings->deleted == MC_YES && is_root)
        mc__fault(&session->problem, "deleted", "must not be set on the root site");
    if (settings->markdown_max.given && settings->markdown_max.value > (int64_t)MC_RENDER_MAX)
        mc__fault(&session->problem, "markdownMax", "must be at most %zu", MC_RENDER_MAX);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

static int save(mc_session *session, const char *key, const mc_site_settings *settings)
{
    mc_batch(batch);
    int rc;

    mc__add_sites_set_settings(
        &batch, &(mc__sites_set_settings_in){.subdomain_key = key,
                                             .domain = settings->domain,
                                             .force_ssl = settings->force_ssl,
                                             .deleted = settings->deleted,
                                             .auth0_domain = settings->auth0_domain,
                                             .auth0_client_id = settings->auth0_client_id,
                                             .markdown_max = settings->markdown_max,
                                             .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc == MC_ECONFLICT)
        return mc__fail(&session->problem, MC_ECONFLICT, "%s",
                        settings->domain && settings->deleted != MC_NO
                            ? "another site has the domain"
                            : "another site has its key or its domain: see the list of sites");
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        rc = mc__refuse(session, MC_ENOTFOUND);
    return rc;
}

int mc_site_settings_set(mc_session *session, const char *key, const mc_site_settings *given)
{
    mc_site_settings settings = {0};
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    if (!key || !mc__utf8_valid(key, strlen(key)))
        return mc__refuse(session, MC_ENOTFOUND);
    rc = mc__input_take(&session->problem, &session->scratch, &mc__site_settings_type, &settings,
                        MC_TO_EDIT, &(mc__source){.given = given});
    if (rc < 0 && !session->problem.shown.fault_count)
        return rc;
    rc = check(session, &settings, strcmp(key, "root") == 0);
    return rc < 0 ? rc : save(session, key, &settings);
}
