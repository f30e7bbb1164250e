-- Whether the sites that load.sql makes are as the library would have left them. Each query gives what is wrong.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on

ANALYZE microcosm.comments, microcosm.items, microcosm.profiles, microcosm.watchers;

CREATE TEMPORARY TABLE wrong (what text, site_id bigint, id bigint);

-- As many of each as was asked for, and the pages that are measured are full.
INSERT INTO wrong
SELECT 'number of ' || t.what, NULL, t.found
  FROM (VALUES ('sites', (SELECT count(*) FROM microcosm.sites WHERE site_id > 1), 20),
               ('conversations', (SELECT count(*) FROM microcosm.items), 1000),
               ('comments', (SELECT count(*) FROM microcosm.comments), 20000),
               ('comments of the long thread', (SELECT count(*) FROM microcosm.comments WHERE item_id = 1000), 2000),
               ('full pages', (SELECT count(*) FROM microcosm.items WHERE item_id <= 200 AND comment_count = 25), 200),
               ('listed conversations', (SELECT count(*) FROM microcosm.items WHERE site_id = 2 AND microcosm_id = 2), 25))
       AS t (what, found, expected)
 WHERE t.found <> t.expected;

INSERT INTO wrong
SELECT 'counters of an item', i.site_id, i.item_id
  FROM microcosm.items i
 WHERE (i.comment_count, i.next_position, i.last_activity)
       IS DISTINCT FROM (SELECT (count(*) FILTER (WHERE c.is_visible), count(*), coalesce(max(c.created) FILTER (WHERE c.is_visible), i.created))
                           FROM microcosm.comments c WHERE c.site_id = i.site_id AND c.item_id = i.item_id)
    OR (i.last_comment_id, i.last_comment_created, i.last_comment_by)
       IS DISTINCT FROM (SELECT (c.comment_id, c.created, c.created_by)
                           FROM microcosm.comments c
                          WHERE c.site_id = i.site_id AND c.item_id = i.item_id AND c.is_visible
                          ORDER BY c.position DESC LIMIT 1);

INSERT INTO wrong
SELECT 'order of comments', c.site_id, c.comment_id
  FROM (SELECT c.*, row_number() OVER w - 1 AS place, lag(c.created) OVER w AS before
          FROM microcosm.comments c WINDOW w AS (PARTITION BY c.site_id, c.item_id ORDER BY c.position)) c
 WHERE c.place <> c.position OR c.before >= c.created;

INSERT INTO wrong
SELECT 'counters of a microcosm', m.site_id, m.microcosm_id
  FROM microcosm.microcosms m
  LEFT JOIN microcosm.microcosm_stats s ON s.site_id = m.site_id AND s.microcosm_id = m.microcosm_id
 WHERE (s.conversation_count, s.comment_count)
       IS DISTINCT FROM (SELECT (count(DISTINCT i.item_id), count(c.comment_id))
                           FROM microcosm.items i
                           LEFT JOIN microcosm.comments c ON c.site_id = i.site_id AND c.item_id = i.item_id AND c.is_visible
                          WHERE i.site_id = m.site_id AND i.microcosm_id = m.microcosm_id);

INSERT INTO wrong
SELECT 'counters of a profile', p.site_id, p.profile_id
  FROM microcosm.profiles p
 WHERE p.comment_count <> (SELECT count(*) FROM microcosm.comments c
                            WHERE c.site_id = p.site_id AND c.created_by = p.profile_id AND c.is_visible)
    OR p.item_count <> (SELECT count(*) FROM microcosm.items i WHERE i.site_id = p.site_id AND i.created_by = p.profile_id);

INSERT INTO wrong
SELECT 'numbers of a site', s.site_id, NULL
  FROM microcosm.site_stats s
 WHERE s.site_id > 1
   AND s.total_profiles + (SELECT coalesce(sum(d.total_profiles), 0) FROM microcosm.site_deltas d WHERE d.site_id = s.site_id)
       <> (SELECT count(*) FROM microcosm.profiles p WHERE p.site_id = s.site_id);

INSERT INTO wrong
SELECT 'nobody follows what they wrote', c.site_id, c.comment_id
  FROM microcosm.comments c
 WHERE NOT EXISTS (SELECT FROM microcosm.watchers w
                    WHERE w.site_id = c.site_id AND w.profile_id = c.created_by AND w.item_type = 6 AND w.item_id = c.item_id);

-- The next one that is made must not meet those made here.
INSERT INTO wrong
SELECT 'sequence of comments', NULL, nextval('microcosm.comments_comment_id_seq')
 WHERE nextval('microcosm.comments_comment_id_seq') <= (SELECT max(comment_id) FROM microcosm.comments);

SELECT what || ', site ' || coalesce(site_id::text, '-') || ', ' || coalesce(id::text, '-') FROM wrong LIMIT 20;
SELECT CASE WHEN count(*) = 0 THEN 'ok' ELSE count(*) || ' faults' END AS verdict, count(*) > 0 AS failed FROM wrong \gset
\echo :verdict
\if :failed
    DO $$ BEGIN RAISE EXCEPTION 'load.sql is wrong'; END $$;
\endif
