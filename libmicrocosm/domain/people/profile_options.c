/* The preferences of a member. */
#include "../base/call.h"
#include "profile_access.h"
#include "types.h"
#include "statements.h"

static const mc__field profile_options_fields[] = {
    MC_FIELD(mc_profile_options, profile_id, "profileId"),
    MC_FIELD(mc_profile_options, show_dob, "showDOB"),
    MC_FIELD(mc_profile_options, show_dob_year, "showDOBYear"),
    MC_FIELD(mc_profile_options, send_email, "sendEmail"),
    MC_FIELD(mc_profile_options, send_sms, "sendSMS"),
    MC_FIELD(mc_profile_options, is_discouraged, "isDiscouraged"),
    MC_FIELD(mc_profile_options, digest, "digest"),
};
const mc_type mc__profile_options_type =
    MC_TYPE(mc_profile_options, "profile_options", profile_options_fields);

int mc_profile_options_get(mc_profile_options **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    int rc = mc__profile_begin_own_reading(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc < 0)
        return rc;
    mc__add_profiles_options(&batch, &(mc__profiles_options_in){.site_id = session->site.id,
                                                                .profile_id = session->profile_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__profile_options_type);
    if (!record ||
        mc__record_decode_row(record, mc__record_arena(record), &mc__profile_options_type,
                              mc__batch_rows(&batch, 0), 0) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

static bool is_digest(const char *digest)
{
    return strcmp(digest, "none") == 0 || strcmp(digest, "daily") == 0 ||
           strcmp(digest, "weekly") == 0;
}

static int save_options(mc_session *session, const mc_profile_options *options)
{
    const char *digest = options->digest && *options->digest ? options->digest : NULL;
    mc_batch(batch);

    if (digest && !is_digest(digest))
        return mc__fault(&session->problem, "digest", "must be none, daily or weekly");
    mc__add_profiles_set_options(
        &batch, &(mc__profiles_set_options_in){.site_id = session->site.id,
                                               .profile_id = session->profile_id,
                                               .show_dob = options->show_dob,
                                               .show_dob_year = options->show_dob_year,
                                               .send_email = options->send_email,
                                               .send_sms = options->send_sms,
                                               .is_discouraged = options->is_discouraged,
                                               .digest = digest,
                                               .address = mc__audit_address(session)});
    return mc__write(session, &batch);
}

int mc_profile_options_set(mc_session *session, const mc_profile_options *options)
{
    int rc = mc__profile_begin_own(session);

    if (rc < 0)
        return rc;
    if (!options)
        return mc__fail(&session->problem, MC_EINVAL, "nothing was given");
    return save_options(session, options);
}

int mc_profile_options_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);
    mc_profile_options options;
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__profile_options_type,
                            &options, MC_TO_EDIT, &source);
    return rc < 0 ? rc : save_options(session, &options);
}
