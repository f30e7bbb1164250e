/* Field tables of users, tokens, roles, bans and the audit, each in the file that reads it. */
#ifndef MC_ACCESS_TYPES_H
#define MC_ACCESS_TYPES_H

#include "record/record.h"

extern const mc_type mc__user_type, mc__user_list_type, mc__token_type, mc__token_list_type,
    mc__access_token_type, mc__token_edit_type, mc__sign_in_edit_type, mc__password_edit_type,
    mc__password_reset_edit_type, mc__email_confirm_edit_type, mc__browser_session_type,
    mc__second_factor_type, mc__totp_secret_type, mc__recovery_codes_type,
    mc__second_factor_edit_type;
extern const mc_type mc__role_type, mc__role_profile_type, mc__role_edit_type, mc__criterion_type,
    mc__criterion_edit_type, mc__id_edit_type, mc__ids_edit_type;
extern const mc_type mc__known_text_type, mc__known_number_type, mc__account_type;
extern const mc_type mc__ban_type, mc__ban_edit_type;
extern const mc_type mc__audit_entry_type, mc__audit_page_type;

#endif
