-- What one comment writes (sql/content/comments.sql, create_on_item), as somebody would write it by hand for pgbench: one
-- transaction, its statements in one trip. Of the same eight writers each posts as a member by chance to a
-- conversation by chance, as traffic.lua does. bench.py compares the rows written, table by table, with those
-- that the daemon writes for a comment.
\set item random(:first_item, :last_item)
\set profile random(1, 64)
\startpipeline
BEGIN;
SELECT item_id FROM microcosm.items WHERE site_id = :site AND item_id = :item FOR NO KEY UPDATE;
UPDATE microcosm.items SET next_position = next_position + 1, comment_count = comment_count + 1, last_comment_id = nextval('microcosm.comments_comment_id_seq'), last_comment_created = clock_timestamp(), last_comment_by = :profile, last_activity = clock_timestamp() WHERE site_id = :site AND item_id = :item;
INSERT INTO microcosm.comments (site_id, comment_id, item_id, item_type, position, created, created_by, markdown, html) SELECT site_id, last_comment_id, item_id, 6, next_position - 1, last_comment_created, :profile, :markdown, :html FROM microcosm.items WHERE site_id = :site AND item_id = :item;
INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, comment_count, last_activity) SELECT site_id, microcosm_id, 1, last_comment_created FROM microcosm.items WHERE site_id = :site AND item_id = :item;
INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, comment_count) SELECT site_id, :profile, microcosm_id, 1 FROM microcosm.items WHERE site_id = :site AND item_id = :item;
INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id) VALUES (:site, :profile, 6, :item) ON CONFLICT DO NOTHING;
INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id, details) SELECT site_id, 4, last_comment_id, 6, item_id, microcosm_id, 'create', :profile, '{}' FROM microcosm.items WHERE site_id = :site AND item_id = :item;
INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address) SELECT site_id, 4, last_comment_id, :profile, 'C', '127.0.0.1' FROM microcosm.items WHERE site_id = :site AND item_id = :item;
COMMIT;
\endpipeline
