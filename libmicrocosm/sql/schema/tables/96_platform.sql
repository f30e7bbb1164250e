-- Figures of the platform over time.

CREATE TABLE microcosm.platform_days (
    taken timestamptz NOT NULL DEFAULT clock_timestamp() CONSTRAINT platform_days_taken_pk PRIMARY KEY,
    sites bigint NOT NULL,
    engaged_sites bigint NOT NULL,
    conversations bigint NOT NULL,
    comments bigint NOT NULL,
    profiles bigint NOT NULL,
    edited_profiles bigint NOT NULL,
    new_profiles bigint NOT NULL,
    sign_ins bigint NOT NULL,
    people bigint NOT NULL
);

COMMENT ON TABLE microcosm.platform_days IS
    'Figures of all sites together, a row for each time that they were taken.';
