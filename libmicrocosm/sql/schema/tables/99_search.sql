-- Search: what is looked through. A background step builds it from the change feed (domain/find/search_index.c), so that no
-- post waits for it. It holds texts and keys only: who may see a thing is asked of the thing itself, in each search.

CREATE TABLE microcosm.search_documents (
    site_id bigint NOT NULL CONSTRAINT search_documents_site_id_fk REFERENCES microcosm.sites ON DELETE CASCADE,
    item_type smallint NOT NULL,
    item_id bigint NOT NULL,
    -- Of a comment: what it is on.
    parent_type smallint,
    parent_id bigint,
    created_by bigint NOT NULL,
    created timestamptz NOT NULL,
    -- In small letters; '' of a comment.
    title text NOT NULL,
    -- Each word as it is and as the site's language stems it; those of the title with weight A. Words that begin with a
    -- space or # stand in no text: the site with the kind of thing (microcosm.search_mark()), and hashtags.
    words tsvector NOT NULL,
    CONSTRAINT search_documents_item_type_item_id_pk PRIMARY KEY (site_id, item_type, item_id),
    CONSTRAINT search_documents_parent_is_whole_ck CHECK ((parent_type IS NULL) = (parent_id IS NULL))
);

COMMENT ON TABLE microcosm.search_documents IS
    'What a search looks through: one row for each microcosm, profile, huddle, item and comment that is not hidden itself.';

-- Each search reads all of the list of what isn't in such an index yet, which may have 4 MB by default.
CREATE INDEX search_documents_words ON microcosm.search_documents USING gin (words) WITH (gin_pending_list_limit = 256);
-- A title may be longer than an entry of an index.
CREATE INDEX search_documents_title ON microcosm.search_documents (site_id, left(title, 100)) WHERE title <> '';
CREATE INDEX search_documents_newest ON microcosm.search_documents (site_id, item_type, created DESC, item_id DESC);
CREATE INDEX search_documents_author
    ON microcosm.search_documents (site_id, created_by, item_type, created DESC, item_id DESC);
CREATE INDEX search_documents_parent ON microcosm.search_documents (site_id, parent_type, parent_id, created DESC)
    WHERE parent_id IS NOT NULL;

CREATE TABLE microcosm.search_pending (
    -- The newest is built first, so that a post is found at once while a whole site is being built.
    pending_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT search_pending_pending_id_pk PRIMARY KEY,
    site_id bigint NOT NULL,
    -- 1: all of the site.
    item_type smallint NOT NULL,
    item_id bigint NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0, -- as for microcosm_deltas
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = false,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 2147483647
);

COMMENT ON TABLE microcosm.search_pending IS
    'Things of which the search document is to be built anew.';

CREATE INDEX search_pending_sites ON microcosm.search_pending (pending_id) WHERE item_type = 1;

CREATE TABLE microcosm.search_progress (
    is_only boolean NOT NULL DEFAULT true
        CONSTRAINT search_progress_is_only_pk PRIMARY KEY
        CONSTRAINT search_progress_is_only_ck CHECK (is_only),
    -- NULL: all sites are to be built.
    snapshot pg_snapshot
);

COMMENT ON TABLE microcosm.search_progress IS
    'One row: the changes that this snapshot shows are in search_pending or built.';

INSERT INTO microcosm.search_progress (snapshot) VALUES (NULL);
