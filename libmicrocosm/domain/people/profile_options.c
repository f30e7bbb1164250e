/* What a member prefers. */
#include "../base/call.h"
#include "profile_access.h"
#include "types.h"

static const mc__field profile_options_fields[] = {
    MC_FIELD(mc_profile_options, profile_id, "profileId"),
    MC_FIELD(mc_profile_options, show_dob, "showDOB"),
    MC_FIELD(mc_profile_options, show_dob_year, "showDOBYear"),
    MC_FIELD(mc_profile_options, send_email, "sendEmail"),
    MC_FIELD(mc_profile_options, send_sms, "sendSMS"),
    MC_FIELD(mc_profile_options, is_discouraged, "isDiscouraged"),
};
const mc_type mc__profile_options_type =
    MC_TYPE(mc_profile_options, "profile_options", profile_options_fields);

int mc_profile_options_get(mc_profile_options **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    mc__columns columns;
    int rc = mc__profile_begin_own(session);

    if (rc < 0)
        return rc;
    mc__batch_add(&batch, MC_Q_PROFILES_OPTIONS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, session->profile_id);
    rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__profile_options_type);
    if (!record ||
        mc__columns_make(&columns, &session->scratch, &mc__profile_options_type,
                         mc__batch_rows(&batch, 0)) < 0 ||
        mc__record_decode(record, mc__record_arena(record), &columns, mc__batch_rows(&batch, 0),
                          0) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

static int save_options(mc_session *session, const mc_profile_options *options)
{
    mc_batch(batch);

    mc__batch_add(&batch, MC_Q_PROFILES_SET_OPTIONS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, session->profile_id);
    mc__add_bool(&batch, options->show_dob);
    mc__add_bool(&batch, options->show_dob_year);
    mc__add_bool(&batch, options->send_email);
    mc__add_bool(&batch, options->send_sms);
    mc__add_bool(&batch, options->is_discouraged);
    mc__add_text(&batch, mc__audit_address(session));
    return mc__run(session, &batch, MC_WRITE);
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
    mc_profile_options options;
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &mc__profile_options_type,
                            &options, MC_TO_EDIT, format, body, length);
    return rc < 0 ? rc : save_options(session, &options);
}
