-- Builds search documents in the background (domain/find/search_index.c), for all sites.

-- name: waiting
-- Whether there is anything to be built; asked all the time, so it writes nothing.
-- row: is_due bool
SELECT EXISTS (SELECT FROM microcosm.search_pending)
    OR EXISTS (SELECT FROM microcosm.search_progress p
                WHERE p.snapshot IS NULL
                   OR pg_snapshot_xmax(p.snapshot) > pg_snapshot_xmax(pg_current_snapshot())
                   OR pg_snapshot_xmax(p.snapshot) <= (SELECT c.transaction FROM microcosm.changes c
                                                        ORDER BY c.transaction DESC, c.change_id DESC LIMIT 1)
                   OR EXISTS (SELECT FROM microcosm.changes c
                               WHERE c.transaction = ANY (ARRAY(SELECT pg_snapshot_xip(p.snapshot))))) AS is_due;

-- name: turn
-- Whether this process builds; others don't wait for it. Comes first, so that the others' work is seen by what follows.
-- row: is_mine bool
SELECT pg_try_advisory_xact_lock(7883941965834973046) AS is_mine;

-- fragment: is_our_turn()
(SELECT pg_try_advisory_xact_lock(7883941965834973046))

-- name: collect
-- Puts into search_pending what has changed since the last look, whatever the order of commits (see changes.since). All
-- sites, if the feed doesn't go back that far, or the database was restored elsewhere and counts transactions anew.
-- row: is_new bool
-- silent: nothing that is kept in memory depends on what is found
WITH progress AS MATERIALIZED (
    SELECT p.snapshot
          ,coalesce(pg_snapshot_xmax(p.snapshot) > pg_snapshot_xmax(pg_current_snapshot())
                    OR EXISTS (SELECT FROM microcosm.changes_trimmed t
                                WHERE t.site_id = 0 AND t.transaction >= pg_snapshot_xmin(p.snapshot)), true) AS is_lost
      FROM microcosm.search_progress p
     WHERE @is_our_turn()
), new AS MATERIALIZED (
    SELECT later.change_id, later.site_id, later.item_type, later.item_id
      FROM microcosm.changes later
     WHERE later.transaction >= (SELECT pg_snapshot_xmax(p.snapshot) FROM progress p)
     UNION ALL
    SELECT running.change_id, running.site_id, running.item_type, running.item_id
      FROM microcosm.changes running
     WHERE running.transaction = ANY (ARRAY(SELECT pg_snapshot_xip((SELECT p.snapshot FROM progress p))))
), things AS (
    INSERT INTO microcosm.search_pending (site_id, item_type, item_id)
    SELECT n.site_id, n.item_type, n.item_id
      FROM new n
     WHERE n.item_type IN (2, 3, 4, 5)
        OR n.item_type IN (SELECT t.item_type FROM microcosm.item_types t WHERE t.lives_in_microcosm)
     GROUP BY n.site_id, n.item_type, n.item_id
     ORDER BY max(n.change_id)
), sites AS (
    INSERT INTO microcosm.search_pending (site_id, item_type, item_id)
    SELECT s.site_id, 1, s.site_id FROM microcosm.sites s WHERE (SELECT p.is_lost FROM progress p)
), noted AS (
    UPDATE microcosm.search_progress
       SET snapshot = pg_current_snapshot()
     WHERE (SELECT p.is_lost FROM progress p) OR EXISTS (SELECT FROM new)
)
SELECT EXISTS (SELECT FROM new) AS is_new;

-- name: expand
-- Has everything on a site built anew that is to be built as a whole.
-- row: sites int
-- silent: as above
WITH taken AS (
    DELETE FROM microcosm.search_pending p WHERE p.item_type = 1 AND @is_our_turn()
    RETURNING p.site_id
), sites AS MATERIALIZED (
    SELECT DISTINCT t.site_id FROM taken t
), things AS (
    INSERT INTO microcosm.search_pending (site_id, item_type, item_id)
    SELECT s.site_id, x.item_type, x.item_id
      FROM sites s
     CROSS JOIN LATERAL (
              SELECT 4 AS item_type, c.comment_id AS item_id FROM microcosm.comments c WHERE c.site_id = s.site_id
              UNION ALL
              SELECT 5, h.huddle_id FROM microcosm.huddles h WHERE h.site_id = s.site_id
              UNION ALL
              SELECT 3, p.profile_id FROM microcosm.profiles p WHERE p.site_id = s.site_id
              UNION ALL
              SELECT i.item_type, i.item_id FROM microcosm.items i WHERE i.site_id = s.site_id
              UNION ALL
              SELECT 2, m.microcosm_id FROM microcosm.microcosms m WHERE m.site_id = s.site_id) x
)
SELECT count(*) AS sites FROM taken;

-- name: build
-- Builds the documents of what came last. What is hidden or gone has none, nor have the comments of a huddle that is gone.
-- bind: limit int
-- row: taken int
-- silent: as above
WITH taken AS (
    DELETE FROM microcosm.search_pending p
     WHERE p.pending_id = ANY (ARRAY(SELECT n.pending_id FROM microcosm.search_pending n
                                      ORDER BY n.pending_id DESC LIMIT :limit::bigint))
       AND p.item_type <> 1 AND @is_our_turn()
    RETURNING p.site_id, p.item_type, p.item_id
), wanted AS MATERIALIZED (
    SELECT DISTINCT t.site_id, t.item_type, t.item_id FROM taken t
), sources AS MATERIALIZED (
    SELECT w.site_id, w.item_type, w.item_id, x.*
      FROM wanted w
     CROSS JOIN LATERAL (
              SELECT c.item_type AS parent_type, coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS parent_id, c.created_by
                    ,c.created, '' AS title, microcosm.visible_text(c.html, c.markdown) AS body
                FROM microcosm.comments c
               WHERE c.site_id = w.site_id AND c.comment_id = w.item_id AND w.item_type = 4 AND c.is_visible
              UNION ALL
              SELECT NULL, NULL, i.created_by, i.created, i.title
                    ,microcosm.unescaped(coalesce(
                         (SELECT e.place FROM microcosm.events e WHERE e.site_id = w.site_id AND e.item_id = w.item_id)
                        ,(SELECT array_to_string(p.question || ARRAY(SELECT c.choice FROM microcosm.poll_choices c
                                                                      WHERE c.site_id = w.site_id AND c.item_id = w.item_id
                                                                      ORDER BY c.position), ' . ')
                            FROM microcosm.polls p
                           WHERE p.site_id = w.site_id AND p.item_id = w.item_id)
                        ,''))
                FROM microcosm.items i
               WHERE i.site_id = w.site_id AND i.item_id = w.item_id AND i.item_type = w.item_type AND i.is_visible
              UNION ALL
              SELECT NULL, NULL, h.created_by, h.created, h.title, ''
                FROM microcosm.huddles h
               WHERE h.site_id = w.site_id AND h.huddle_id = w.item_id AND w.item_type = 5
              UNION ALL
              SELECT NULL, NULL, m.created_by, m.created, m.title, microcosm.unescaped(m.description)
                FROM microcosm.microcosms m
               WHERE m.site_id = w.site_id AND m.microcosm_id = w.item_id AND w.item_type = 2 AND m.is_visible
              UNION ALL
              SELECT NULL, NULL, p.profile_id, p.created, p.profile_name, ''
                FROM microcosm.profiles p
               WHERE p.site_id = w.site_id AND p.profile_id = w.item_id AND w.item_type = 3) x
), languages AS MATERIALIZED (
    SELECT s.site_id, microcosm.search_language(s.site_id) AS language
      FROM (SELECT DISTINCT w.site_id FROM wanted w) s
), gone AS (
    DELETE FROM microcosm.search_documents d
     USING wanted w
     WHERE d.site_id = w.site_id AND d.item_type = w.item_type AND d.item_id = w.item_id
       AND NOT EXISTS (SELECT FROM sources s
                        WHERE s.site_id = w.site_id AND s.item_type = w.item_type AND s.item_id = w.item_id)
), gone_with_huddles AS (
    DELETE FROM microcosm.search_documents d
     USING wanted w
     WHERE d.site_id = w.site_id AND d.parent_type = 5 AND d.parent_id = w.item_id AND w.item_type = 5
       AND NOT EXISTS (SELECT FROM sources s
                        WHERE s.site_id = w.site_id AND s.item_type = w.item_type AND s.item_id = w.item_id)
), made AS (
    INSERT INTO microcosm.search_documents AS d
           (site_id, item_type, item_id, parent_type, parent_id, created_by, created, title, words)
    SELECT s.site_id, s.item_type, s.item_id, s.parent_type, s.parent_id, s.created_by, s.created
          ,lower(microcosm.unescaped(s.title))
          ,microcosm.search_words(l.language, microcosm.search_mark(s.site_id, s.item_type, s.parent_type), s.title, s.body)
      FROM sources s
      JOIN languages l ON l.site_id = s.site_id
        ON CONFLICT (site_id, item_type, item_id)
        DO UPDATE SET parent_type = excluded.parent_type, parent_id = excluded.parent_id, created_by = excluded.created_by
                     ,created = excluded.created, title = excluded.title, words = excluded.words
)
SELECT count(*) AS taken FROM taken;
