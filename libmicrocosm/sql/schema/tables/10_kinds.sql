-- The complete tables of a Microcosm database, in files by topic, run in the order of their numbers.
--
-- They describe the newest version. steps/NNNN_<name>.sql upgrade older databases, and a test compares both results.
-- What can be created again without loss (functions, views, triggers, row-level security) is in definitions/.
--
-- Rules that hold throughout:
--
--   * Names are qualified (microcosm.…) and don't depend on search_path, so a forum can share a host's database.
--     No extension and no superuser is needed.
--   * Ids are global across sites, but tables that belong to a site have (site_id, id) as their key and refer
--     to each other by both. A reference from one site to another is then refused by PostgreSQL itself.
--   * Row-level security (definitions/40_walls.sql) backs up the library's own conditions on site_id. With it, only
--     leakproof operators can use an index. Equality and order of numbers, texts and times are leakproof; lower(),
--     LIKE, @@ and @> aren't. Lookups that would need one of those compare with a stored column instead.
--   * Plain texts are stored HTML-escaped, which turns one character into up to five. Limits on such columns leave
--     room for that; the library checks the exact limit, these are only a safeguard.
--   * A pair of item_type and item_id refers to a resource of any kind and can't be a foreign key.
--   * Rows that every write would refer to (item types, the site, from tables deeper down) are not referenced
--     by foreign key: each such reference locks the row, and one row locked by all writers is a bottleneck.
--   * Each constraint has a name, <table>_<columns>_<kind>: pk, uq (unique), fk, ck (check); site_id is left out where
--     other columns follow, and a check on several columns is named for what it says. An index has a name of its own.
--   * PostgreSQL parses and plans all checks of a table for each statement that writes to it. Tables that every post
--     writes to have domains and triggers (definitions/30_triggers.sql) instead: the checks were a fifth of
--     PostgreSQL's time for a comment.

CREATE DOMAIN microcosm.item_type AS smallint
    CONSTRAINT item_type_ck CHECK (VALUE BETWEEN 1 AND 22);
CREATE DOMAIN microcosm.change_action AS text
    CONSTRAINT change_action_ck CHECK (VALUE IN ('create', 'replace', 'update', 'delete'));
CREATE DOMAIN microcosm.audit_action AS char(1)
    CONSTRAINT audit_action_ck CHECK (VALUE IN ('C', 'R', 'U', 'D', 'F'));

COMMENT ON DOMAIN microcosm.item_type IS 'A number of microcosm.item_types.';
COMMENT ON DOMAIN microcosm.change_action IS 'The action of a row of the change feed.';
COMMENT ON DOMAIN microcosm.audit_action IS 'The action of a row of the audit: created, replaced, updated, deleted; failed, of a sign-in.';

CREATE TABLE microcosm.item_types (
    item_type smallint CONSTRAINT item_types_item_type_pk PRIMARY KEY,
    name text NOT NULL CONSTRAINT item_types_name_uq UNIQUE,
    -- It is a row of microcosm.items.
    lives_in_microcosm boolean NOT NULL DEFAULT false,
    -- It is shown in the list of its microcosm and counts as one of its author's items.
    is_listed boolean NOT NULL DEFAULT false,
    CONSTRAINT item_types_is_listed_lives_in_microcosm_ck CHECK (lives_in_microcosm OR NOT is_listed)
);

COMMENT ON TABLE microcosm.item_types IS
    'The kinds of resources and their capabilities. The numbers are part of the public interface (watchers show them).';

INSERT INTO microcosm.item_types (item_type, name, lives_in_microcosm, is_listed) VALUES
    (1, 'site', false, false),
    (2, 'microcosm', false, false),
    (3, 'profile', false, false),
    (4, 'comment', false, false),
    (5, 'huddle', false, false),
    (6, 'conversation', true, true),
    (7, 'poll', true, false),
    (8, 'article', false, false),
    (9, 'event', true, true),
    (10, 'question', false, false),
    (11, 'classified', false, false),
    (12, 'album', false, false),
    (13, 'attendee', false, false),
    (14, 'user', false, false),
    (15, 'attribute', false, false),
    (16, 'update', false, false),
    (17, 'role', false, false),
    (18, 'update_type', false, false),
    (19, 'watcher', false, false),
    (20, 'auth', false, false),
    (21, 'attachment', false, false),
    (22, 'ban', false, false);
