-- The complete tables of a Microcosm database, in files by topic, run in the order of their numbers.
--
-- They describe the newest version. A database that is older gets there by steps/NNNN_<name>.sql, and a test
-- compares both ways. What can be made anew without loss (functions, views, triggers, row-level security) is in
-- definitions/.
--
-- Rules that hold throughout:
--
--   * Names are complete (microcosm.…): nothing relies on search_path, so a forum can live in a host's database.
--     No extension and no superuser is needed.
--   * Ids are global across sites, but tables that belong to a site have (site_id, id) as their key and refer
--     to each other by both. A reference from one site to another is then refused by PostgreSQL itself.
--   * Row-level security (definitions/40_walls.sql) is a second wall behind the library's own conditions on site_id.
--     Under it only leakproof operators may use an index. Equality and order of numbers, texts and times
--     are leakproof; lower(), LIKE, @@ and @> aren't. Where a lookup would need one of those there is a
--     stored column to compare with instead.
--   * Plain texts are stored HTML-escaped, which makes one character up to five. Limits on such columns leave
--     room for that; the library keeps the exact limit, these only stop runaway input.
--   * A pair of item_type and item_id points to any kind of thing and can't be a foreign key.
--   * Rows that every write would refer to (item types, the site, from tables deeper down) are not referenced
--     by foreign key: each such reference locks the row, and one row locked by all writers is a bottleneck.
--   * Each constraint has a name, <table>_<columns>_<kind>: pk, uq (unique), fk, ck (check); site_id is left out where
--     other columns follow, and a check on several columns is named for what it says. An index has a name of its own.
--   * PostgreSQL parses and plans the checks of a table anew for each statement that writes to it, whichever columns
--     it sets. Tables that every post writes to have domains and triggers (definitions/30_triggers.sql) instead:
--     they were a fifth of what a comment cost PostgreSQL.

CREATE DOMAIN microcosm.item_type AS smallint
    CONSTRAINT item_type_ck CHECK (VALUE BETWEEN 1 AND 21);
CREATE DOMAIN microcosm.change_action AS text
    CONSTRAINT change_action_ck CHECK (VALUE IN ('create', 'replace', 'update', 'delete'));
CREATE DOMAIN microcosm.audit_action AS char(1)
    CONSTRAINT audit_action_ck CHECK (VALUE IN ('C', 'R', 'U', 'D'));

COMMENT ON DOMAIN microcosm.item_type IS 'A number of microcosm.item_types.';
COMMENT ON DOMAIN microcosm.change_action IS 'What was done to a thing, as the change feed says it.';
COMMENT ON DOMAIN microcosm.audit_action IS 'What was done to a thing: created, replaced, updated, deleted.';

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
    'The kinds of things and what each can do. The numbers are part of the public interface (watchers show them).';

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
    (21, 'attachment', false, false);
