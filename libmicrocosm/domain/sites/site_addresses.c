/* Which addresses belong to sites: custom domains and keys. */
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/names.h"
#include "markup/markup.h"
#include "types.h"
#include "statements.h"

static const mc__field site_host_fields[] = {
    MC_FIELD(mc_site_host, host, "host"),
};
const mc_type mc__site_host_type = MC_TYPE(mc_site_host, "site_host", site_host_fields);

static const mc__field site_key_fields[] = {
    MC_FIELD(mc_site_key, reserved, "reserved"),
};
const mc_type mc__site_key_type = MC_TYPE(mc_site_key, "site_key", site_key_fields);

int mc_site_host_find(mc_site_host **out, mc_session *session, const char *domain)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_site_host *found;
    mc_scratch_text(name);
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!domain || !mc__utf8_valid(domain, strlen(domain)))
        return mc__fault(&session->problem, "domain", "must be a host name");
    rc = mc__domain_name(&name, domain);
    if (rc < 0)
        return mc__refuse(session, rc == MC_EINVAL ? MC_ENOTFOUND : rc);
    mc__add_sites_host(&batch, &(mc__sites_host_in){.domain = mc__text_string(&name)});
    rc = name.error ? mc__out_of_memory(session) : mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    found = record = mc__record_new(&mc__site_host_type);
    if (!found)
        return mc__out_of_memory(session);
    found->host = mc__arena_format(mc__record_arena(record), "%s.%s",
                                   mc__read_sites_host(mc__batch_rows(&batch, 0), 0).subdomain_key,
                                   session->app->base_domain);
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_site_key_find(mc_site_key **out, mc_session *session, const char *key)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_site_key *found;
    mc__sites_key_row row;
    mc_scratch_text(lower);
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!key || !mc__utf8_valid(key, strlen(key)))
        return mc__fault(&session->problem, "key", "must be a text");
    mc__text_lower(&lower, key, strlen(key)); /* as when a site is made */
    mc__add_sites_key(&batch, &(mc__sites_key_in){.subdomain_key = mc__text_string(&lower)});
    rc = lower.error ? mc__out_of_memory(session) : mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    found = record = mc__record_new(&mc__site_key_type);
    if (!found)
        return mc__out_of_memory(session);
    row = mc__read_sites_key(mc__batch_rows(&batch, 0), 0);
    found->reserved = row.is_used || row.is_kept_back || !mc__is_site_key(mc__text_string(&lower));
    *out = MC_TAKE(record);
    return 0;
}
