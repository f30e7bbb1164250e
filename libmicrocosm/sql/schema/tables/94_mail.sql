-- Mail.

CREATE TABLE microcosm.mails (
    site_id bigint NOT NULL,
    profile_id bigint NOT NULL,
    -- What it is about, and that which this is in: the thing itself, where it is in nothing that has comments.
    item_type microcosm.item_type NOT NULL,
    item_id bigint NOT NULL,
    parent_type microcosm.item_type NOT NULL,
    parent_id bigint NOT NULL,
    microcosm_id bigint,
    -- Number of the type of update.
    kind smallint NOT NULL CONSTRAINT mails_kind_ck CHECK (kind BETWEEN 1 AND 9),
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT mails_profile_id_item_type_item_id_pk PRIMARY KEY (site_id, profile_id, item_type, item_id),
    CONSTRAINT mails_profile_id_fk FOREIGN KEY (site_id, profile_id)
        REFERENCES microcosm.profiles (site_id, profile_id) ON DELETE CASCADE
);

COMMENT ON TABLE microcosm.mails IS
    'Who was chosen to get a mail about what, so that nobody gets a second one. What is still to be sent is in the queue.';

CREATE INDEX mails_parent ON microcosm.mails (site_id, profile_id, parent_type, parent_id, created);
CREATE INDEX mails_created ON microcosm.mails (created);

CREATE TABLE microcosm.mail_bounces (
    canonical_email text CONSTRAINT mail_bounces_canonical_email_pk PRIMARY KEY
        CONSTRAINT mail_bounces_canonical_email_ck CHECK (char_length(canonical_email) BETWEEN 1 AND 320),
    created timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE microcosm.mail_bounces IS
    'Addresses that no mail is sent to, as there is no such mailbox, or they have said so to the operator.';

CREATE TABLE microcosm.mail_key (
    is_only boolean DEFAULT true CONSTRAINT mail_key_is_only_pk PRIMARY KEY
        CONSTRAINT mail_key_is_only_ck CHECK (is_only),
    secret bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);

COMMENT ON TABLE microcosm.mail_key IS
    'Signs the links in mails by which people end them without signing in.';

INSERT INTO microcosm.mail_key DEFAULT VALUES;
