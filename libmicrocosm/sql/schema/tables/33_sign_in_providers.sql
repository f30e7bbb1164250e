-- Other services that people sign in through, and who they are there.

CREATE TABLE microcosm.sign_in_providers (
    site_id bigint NOT NULL CONSTRAINT sign_in_providers_site_id_fk REFERENCES microcosm.sites ON DELETE CASCADE,
    -- Part of addresses.
    name text NOT NULL CONSTRAINT sign_in_providers_name_ck CHECK (name ~ '^[a-z0-9]+$' AND char_length(name) <= 50),
    kind text NOT NULL CONSTRAINT sign_in_providers_kind_ck CHECK (kind IN ('oidc', 'oauth2')),
    title text NOT NULL CONSTRAINT sign_in_providers_title_ck CHECK (char_length(title) BETWEEN 1 AND 500),
    -- Of OpenID Connect; of others it is user_url, so that all have one.
    issuer text NOT NULL CONSTRAINT sign_in_providers_issuer_ck CHECK (char_length(issuer) BETWEEN 1 AND 2000),
    client_id text NOT NULL CONSTRAINT sign_in_providers_client_id_ck CHECK (char_length(client_id) BETWEEN 1 AND 500),
    -- Sent to the provider, so it can't be a digest; empty: a public client.
    client_secret text NOT NULL CONSTRAINT sign_in_providers_client_secret_ck CHECK (char_length(client_secret) <= 2000),
    scopes text NOT NULL CONSTRAINT sign_in_providers_scopes_ck CHECK (char_length(scopes) <= 500),
    -- Of OAuth 2 only.
    authorize_url text NOT NULL CONSTRAINT sign_in_providers_authorize_url_ck CHECK (char_length(authorize_url) <= 2000),
    token_url text NOT NULL CONSTRAINT sign_in_providers_token_url_ck CHECK (char_length(token_url) <= 2000),
    user_url text NOT NULL CONSTRAINT sign_in_providers_user_url_ck CHECK (char_length(user_url) <= 2000),
    emails_url text NOT NULL CONSTRAINT sign_in_providers_emails_url_ck CHECK (char_length(emails_url) <= 2000),
    subject_key text NOT NULL CONSTRAINT sign_in_providers_subject_key_ck CHECK (char_length(subject_key) <= 100),
    email_key text NOT NULL CONSTRAINT sign_in_providers_email_key_ck CHECK (char_length(email_key) <= 100),
    verified_key text NOT NULL CONSTRAINT sign_in_providers_verified_key_ck CHECK (char_length(verified_key) <= 100),
    name_key text NOT NULL CONSTRAINT sign_in_providers_name_key_ck CHECK (char_length(name_key) <= 100),
    -- Whether who is new there may come in as the user that has the same address here, and as a new one.
    links boolean NOT NULL,
    registers boolean NOT NULL,
    CONSTRAINT sign_in_providers_name_pk PRIMARY KEY (site_id, name)
);

COMMENT ON TABLE microcosm.sign_in_providers IS
    'Services that people of a site sign in through, by OpenID Connect or OAuth 2. Operators decide about them.';

CREATE TABLE microcosm.identities (
    issuer text NOT NULL CONSTRAINT identities_issuer_ck CHECK (char_length(issuer) BETWEEN 1 AND 2000),
    subject text NOT NULL CONSTRAINT identities_subject_ck CHECK (char_length(subject) BETWEEN 1 AND 255),
    user_id bigint NOT NULL CONSTRAINT identities_user_id_fk REFERENCES microcosm.users ON DELETE CASCADE,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT identities_issuer_subject_pk PRIMARY KEY (issuer, subject)
);

COMMENT ON TABLE microcosm.identities IS
    'Who users are at the services that they sign in through. Their addresses there may change, this doesn''t.';
