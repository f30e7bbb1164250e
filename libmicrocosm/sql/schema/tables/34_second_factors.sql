-- What people show besides a password or a code by mail.

CREATE TABLE microcosm.totp_secrets (
    user_id bigint
        CONSTRAINT totp_secrets_user_id_pk PRIMARY KEY
        CONSTRAINT totp_secrets_user_id_fk REFERENCES microcosm.users ON DELETE CASCADE,
    secret bytea NOT NULL CONSTRAINT totp_secrets_secret_ck CHECK (octet_length(secret) = 20),
    -- When its owner has shown that their device has it; NULL: not yet, and it counts for nothing.
    confirmed timestamptz,
    -- The latest step whose code was used: no code counts twice.
    last_step bigint NOT NULL DEFAULT 0
);

COMMENT ON TABLE microcosm.totp_secrets IS
    'Secrets for one-time codes (RFC 6238). Nobody is shown one after it was made.';

CREATE TABLE microcosm.recovery_codes (
    user_id bigint NOT NULL CONSTRAINT recovery_codes_user_id_fk REFERENCES microcosm.users ON DELETE CASCADE,
    code_hash bytea NOT NULL CONSTRAINT recovery_codes_code_hash_ck CHECK (octet_length(code_hash) = 32),
    CONSTRAINT recovery_codes_user_id_code_hash_pk PRIMARY KEY (user_id, code_hash)
);

COMMENT ON TABLE microcosm.recovery_codes IS
    'What counts once instead of a one-time code, by its SHA-256.';
