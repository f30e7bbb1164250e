-- Searches. What is looked through is in search_documents; whether the actor may see what is found is asked of the thing
-- itself and of what it is in, before anything is counted or ranked. microcosms: those that the actor may read and that are
-- asked for; own_only: those where it may read only what it has written itself; sees_profiles and sees_huddles: whether any
-- may be found.

-- name: query
-- The words of a search as PostgreSQL's query, '' if there are none; how many documents the planner expects to have them; and
-- whom author_key names, 0 if nobody.
-- bind: site_id int, terms texts, groups ints, kinds ints, tags texts, only_titles bool, author_key text
-- row: query text, documents int, author_id int
SELECT q.query::text AS query
      ,microcosm.search_estimate(q.query) AS documents
      ,coalesce((SELECT p.profile_id FROM microcosm.profiles p
                  WHERE p.site_id = :site_id AND p.name_key = :author_key), 0) AS author_id
  FROM (SELECT microcosm.search_query(:site_id, :terms, :groups, :kinds, :tags, :only_titles) AS query OFFSET 0) q;

-- fragment: follows(item_type, item_id)
EXISTS (SELECT FROM microcosm.watchers w
         WHERE w.site_id = :site_id AND w.profile_id = :actor_id AND w.item_type = {item_type} AND w.item_id = {item_id})

-- fragment: sought_in(v)
-- v: an item. As may_read_in(), for the microcosms that are asked for.
({v}.microcosm_id = ANY (:microcosms::bigint[]) OR ({v}.created_by = :actor_id AND {v}.microcosm_id = ANY (:own_only::bigint[])))

-- fragment: sought_huddle(h)
:sees_huddles AND @takes_part({h}.huddle_id) AND {h}.created_by <> ALL (:ignored_profiles::bigint[])
AND NOT EXISTS (SELECT FROM microcosm.ignores g
                 WHERE g.site_id = :site_id AND g.profile_id = :actor_id AND g.item_type = 5 AND g.item_id = {h}.huddle_id)

-- fragment: sought_comment(d)
-- The comment d, if it may be found.
(SELECT c.created AS last_activity
   FROM microcosm.comments c
   LEFT JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
   LEFT JOIN microcosm.huddles h ON h.site_id = c.site_id AND h.huddle_id = c.huddle_id
  WHERE c.site_id = :site_id AND c.comment_id = {d}.item_id
    AND c.is_visible
    AND c.created_by <> ALL (:ignored_profiles::bigint[])
    AND c.comment_id <> ALL (:ignored_comments::bigint[])
    AND CASE WHEN c.item_id IS NOT NULL
             THEN i.is_visible AND i.item_id <> ALL (:ignored_items::bigint[])
                  AND i.created_by <> ALL (:ignored_profiles) AND @sought_in(i)
                  AND (c.created_by = :actor_id OR i.microcosm_id = ANY (:microcosms))
             WHEN c.on_profile_id IS NOT NULL
             THEN :sees_profiles AND c.on_profile_id <> ALL (:ignored_profiles)
             ELSE @sought_huddle(h) END
    AND (NOT :attached OR c.attachment_count > 0)
    AND (NOT :following OR @follows(c.item_type, coalesce(c.item_id, c.huddle_id, c.on_profile_id)))
    AND (:since::timestamptz IS NULL OR c.created > :since)
    AND (:until::timestamptz IS NULL OR c.created < :until)
  OFFSET 0)

-- fragment: sought_thing(d)
-- The microcosm, profile, huddle or item d, if it may be found. (In this and the last one, d must be named so: an i or c would
-- mean the rows in here.)
(SELECT x.last_activity, x.starts
   FROM (SELECT i.last_activity, e.starts
           FROM microcosm.items i
           LEFT JOIN microcosm.events e ON e.site_id = i.site_id AND e.item_id = i.item_id
          WHERE i.site_id = :site_id AND i.item_id = {d}.item_id AND i.item_type = {d}.item_type
            AND i.is_visible AND i.item_id <> ALL (:ignored_items::bigint[])
            AND i.created_by <> ALL (:ignored_profiles::bigint[]) AND @sought_in(i)
            AND (NOT :attached OR EXISTS (SELECT FROM microcosm.comments c
                                           WHERE c.site_id = :site_id AND c.item_id = i.item_id AND c.is_visible
                                             AND c.attachment_count > 0))
            AND (:event_after::timestamptz IS NULL OR e.starts > :event_after)
            AND (:event_before::timestamptz IS NULL OR e.starts < :event_before)
            AND (NOT :attending OR EXISTS (SELECT FROM microcosm.attendees t
                                            WHERE t.site_id = :site_id AND t.item_id = i.item_id
                                              AND t.profile_id = :actor_id AND t.rsvp = 'yes'))
          UNION ALL
         SELECT h.last_activity, NULL
           FROM microcosm.huddles h
          WHERE h.site_id = :site_id AND h.huddle_id = {d}.item_id AND {d}.item_type = 5
            AND @sought_huddle(h) AND NOT :attached
          UNION ALL
         SELECT m.created, NULL -- not the activity in it, of which some may be hidden
           FROM microcosm.microcosms m
          WHERE m.site_id = :site_id AND m.microcosm_id = {d}.item_id AND {d}.item_type = 2
            AND m.microcosm_id = ANY (:microcosms) AND NOT :attached
          UNION ALL
         SELECT p.created, NULL
           FROM microcosm.profiles p
          WHERE p.site_id = :site_id AND p.profile_id = {d}.item_id AND {d}.item_type = 3
            AND :sees_profiles AND p.profile_id <> ALL (:ignored_profiles)
            AND (NOT :attached OR EXISTS (SELECT FROM microcosm.attachments a
                                           WHERE a.site_id = :site_id AND a.item_type = 3 AND a.item_id = p.profile_id))) x
  WHERE (NOT :following OR @follows({d}.item_type, {d}.item_id))
    AND (:since::timestamptz IS NULL OR x.last_activity > :since)
    AND (:until::timestamptz IS NULL OR x.last_activity < :until)
  OFFSET 0)

-- fragment: asked_for(d)
-- d: a document of a thing that isn't a comment.
{d}.site_id = :site_id AND {d}.item_type = ANY (:types::smallint[])
     AND (:author_id::bigint = 0 OR {d}.created_by = :author_id)
     AND (cardinality(:ids::bigint[]) = 0 OR {d}.item_id = ANY (:ids))

-- fragment: comment_asked_for(d)
{d}.site_id = :site_id AND {d}.item_type = 4 AND {d}.parent_type = ANY (:on_types::smallint[])
     AND (:author_id::bigint = 0 OR {d}.created_by = :author_id)
     AND (cardinality(:ids::bigint[]) = 0 OR {d}.parent_id = ANY (:ids))

-- fragment: page_of_hits(most)
-- How many were found, and those on the page; one row without a thing if that is none. order_by: 0 by relevance, 1 by the
-- last activity, 2 and 3 by the start of events, from the first or the last on.
hits AS MATERIALIZED (
    SELECT f.*
      FROM found f
     ORDER BY CASE WHEN :order_by = 0 THEN f.tier END
             ,CASE WHEN :order_by = 0 THEN f.rank END DESC
             ,CASE WHEN :order_by = 2 THEN f.starts END
             ,CASE WHEN :order_by = 3 THEN f.starts END DESC NULLS LAST
             ,f.last_activity DESC, f.item_type, f.item_id DESC
     LIMIT {most}
)
SELECT t.total
      ,coalesce(p.item_type, 0) AS item_type
      ,coalesce(p.item_id, 0) AS item_id
      ,coalesce(p.parent_type, 0) AS parent_type
      ,coalesce(p.parent_id, 0) AS parent_id
      ,coalesce(p.rank, 0)::double precision AS rank
      ,p.last_activity
  FROM (SELECT count(*) AS total FROM hits) t
  LEFT JOIN (SELECT * FROM hits LIMIT :limit OFFSET :offset) p ON true

-- fragment: document_of(x)
(SELECT t.*
   FROM microcosm.search_documents t
  WHERE t.site_id = :site_id AND t.item_type = {x}.item_type AND t.item_id = {x}.item_id
 OFFSET 0)

-- fragment: titled()
-- Things by their titles and texts besides, with what is best about each; the worded ones are found by their words.
exact AS MATERIALIZED (
    SELECT d.item_type, d.item_id
      FROM (SELECT t.*
              FROM microcosm.search_documents t
             WHERE t.site_id = :site_id AND left(t.title, 100) = left(lower(:title), 100)
               AND t.title || '' = lower(:title) AND t.title <> '' -- || '': not by the index of similar titles
            OFFSET 0) d
     WHERE @asked_for(d)
), candidates AS (
    SELECT e.item_type, e.item_id, 0 AS tier, 1::real AS rank FROM exact e
     UNION ALL
    SELECT d.item_type, d.item_id, 1, d.rank FROM worded d WHERE @asked_for(d)
     UNION ALL
    SELECT s.item_type, s.item_id, 2, s.likeness / 100
      FROM microcosm.similar_titles(:site_id, lower(:title), 10) s
     CROSS JOIN LATERAL @document_of(s) d
     WHERE @asked_for(d) AND cardinality(:types) > 0 AND char_length(:title) >= 4 AND strpos(:title, '"') = 0
       AND NOT EXISTS (SELECT FROM exact)
), titled AS (
    SELECT c.item_type, c.item_id, min(c.tier) AS tier, max(c.rank) AS rank
      FROM candidates c
     GROUP BY c.item_type, c.item_id
)

-- fragment: found_by_words()
-- Titles that are the text itself come first, then those with its words, then those that are spelled similarly, then comments,
-- of which the newest are looked at.
found AS (
    SELECT d.item_type, d.item_id, NULL::smallint AS parent_type, NULL::bigint AS parent_id, d.tier, d.rank, s.last_activity
          ,s.starts
      FROM titled d
     CROSS JOIN LATERAL @sought_thing(d) s
     UNION ALL
    SELECT c.item_type, c.item_id, c.parent_type, c.parent_id, 3, 0, c.last_activity, NULL FROM commented c
), @page_of_hits(:most)

-- fragment: likeness(d)
-- 33: 1 for a short title, 32 for below 1.
ts_rank({d}.words, :query::tsquery, 33)

-- name: hits
-- For words that few documents have, of all sites: these are looked up once, and the comments among them sorted. So one plan
-- fits all such words; planning takes several times as long as running it.
-- bind: site_id int, actor_id int, microcosms ints, own_only ints, sees_profiles bool, sees_huddles bool
-- bind: ignored_profiles ints, ignored_items ints, ignored_comments ints
-- bind: types ints, on_types ints, author_id int, ids ints, following bool, attached bool, since time, until time
-- bind: event_after time, event_before time, attending bool, order_by int, limit int, offset int, most int
-- bind: query text, title text
-- row: total int, item_type int, item_id int, parent_type int, parent_id int, rank double, last_activity time
WITH worded AS MATERIALIZED (
    SELECT d.site_id, d.item_type, d.item_id, d.parent_type, d.parent_id, d.created_by, d.created
          ,CASE WHEN d.item_type <> 4 THEN @likeness(d) END AS rank
      FROM microcosm.search_documents d
     WHERE d.words @@ :query::tsquery
), @titled()
, commented AS (
    SELECT d.item_type, d.item_id, d.parent_type, d.parent_id, s.last_activity
      FROM (SELECT w.* FROM worded w WHERE @comment_asked_for(w) ORDER BY w.created DESC OFFSET 0) d
     CROSS JOIN LATERAL @sought_comment(d) s
     LIMIT :most
), @found_by_words();

-- name: hits_of_many
-- The same for words that many have: comments are read from the newest on, or as the planner thinks best.
-- replanned: which index is best depends on the words
-- bind: site_id int, actor_id int, microcosms ints, own_only ints, sees_profiles bool, sees_huddles bool
-- bind: ignored_profiles ints, ignored_items ints, ignored_comments ints
-- bind: types ints, on_types ints, author_id int, ids ints, following bool, attached bool, since time, until time
-- bind: event_after time, event_before time, attending bool, order_by int, limit int, offset int, most int
-- bind: query text, title text, kinds texts, comment_kinds texts
-- row: total int, item_type int, item_id int, parent_type int, parent_id int, rank double, last_activity time
WITH worded AS (
    SELECT d.item_type, d.item_id, d.site_id, d.created_by, @likeness(d) AS rank
      FROM microcosm.search_documents d
     WHERE d.words @@ (:query::tsquery && microcosm.search_kinds(:kinds)) AND @asked_for(d)
), @titled()
, commented AS (
    SELECT d.item_type, d.item_id, d.parent_type, d.parent_id, s.last_activity
      FROM microcosm.search_documents d
     CROSS JOIN LATERAL @sought_comment(d) s
     WHERE d.words @@ (:query::tsquery && microcosm.search_kinds(:comment_kinds)) AND @comment_asked_for(d)
     ORDER BY d.created DESC
     LIMIT :most
), @found_by_words();

-- name: recent
-- The same without words: what there is, by last activity.
-- replanned: as above
-- bind: site_id int, actor_id int, microcosms ints, own_only ints, sees_profiles bool, sees_huddles bool
-- bind: ignored_profiles ints, ignored_items ints, ignored_comments ints
-- bind: types ints, on_types ints, author_id int, ids ints, following bool, attached bool, since time, until time
-- bind: event_after time, event_before time, attending bool, order_by int, limit int, offset int, most int
-- row: total int, item_type int, item_id int, parent_type int, parent_id int, rank double, last_activity time
WITH items AS (
    SELECT d.item_type, d.item_id, s.last_activity, s.starts
      FROM microcosm.items d
     CROSS JOIN LATERAL @sought_thing(d) s
     WHERE @asked_for(d) AND d.is_visible AND @sought_in(d) -- sought_thing() asks again, but what isn't looked up costs less
       AND (:since::timestamptz IS NULL OR d.last_activity > :since)
     ORDER BY CASE WHEN :order_by = 2 THEN s.starts END, CASE WHEN :order_by = 3 THEN s.starts END DESC NULLS LAST
             ,d.last_activity DESC
     LIMIT :most
), huddles AS (
    SELECT d.item_type, d.item_id, s.last_activity
      FROM (SELECT 5::smallint AS item_type, p.huddle_id AS item_id, h.created_by, h.site_id
              FROM microcosm.huddle_participants p
              JOIN microcosm.huddles h ON h.site_id = p.site_id AND h.huddle_id = p.huddle_id
             WHERE p.site_id = :site_id AND p.profile_id = :actor_id
             ORDER BY p.last_activity DESC
             LIMIT 10000) d
     CROSS JOIN LATERAL @sought_thing(d) s
     WHERE @asked_for(d)
), others AS (
    SELECT d.item_type, d.item_id, s.last_activity
      FROM microcosm.search_documents d
     CROSS JOIN LATERAL @sought_thing(d) s
     WHERE @asked_for(d) AND d.item_type IN (2, 3)
     ORDER BY d.created DESC
     LIMIT :most
), commented AS (
    SELECT d.item_type, d.item_id, d.parent_type, d.parent_id, s.last_activity
      FROM microcosm.search_documents d
     CROSS JOIN LATERAL @sought_comment(d) s
     WHERE @comment_asked_for(d) AND (:since::timestamptz IS NULL OR d.created > :since)
     ORDER BY d.created DESC
     LIMIT :most
), found AS (
    SELECT i.item_type, i.item_id, NULL::smallint AS parent_type, NULL::bigint AS parent_id, 1 AS tier, 0.5::real AS rank
          ,i.last_activity, i.starts
      FROM items i
     UNION ALL
    SELECT h.item_type, h.item_id, NULL, NULL, 1, 0.5, h.last_activity, NULL FROM huddles h
     UNION ALL
    SELECT o.item_type, o.item_id, NULL, NULL, 1, 0.5, o.last_activity, NULL FROM others o
     UNION ALL
    SELECT c.item_type, c.item_id, c.parent_type, c.parent_id, 1, 0.5, c.last_activity, NULL FROM commented c
), @page_of_hits(:most);

-- name: addressed
-- Profiles by the canonical addresses of their users.
-- bind: site_id int, emails texts, limit int, offset int
-- row: total int, item_type int, item_id int, parent_type int, parent_id int, rank double, last_activity time
WITH hits AS (
    SELECT p.profile_id, p.created
      FROM microcosm.users u
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id
     WHERE u.canonical_email = ANY (:emails)
)
SELECT t.total
      ,CASE WHEN p.profile_id IS NULL THEN 0 ELSE 3 END AS item_type
      ,coalesce(p.profile_id, 0) AS item_id
      ,0 AS parent_type
      ,0::bigint AS parent_id
      ,1::double precision AS rank
      ,p.created AS last_activity
  FROM (SELECT count(*) AS total FROM hits) t
  LEFT JOIN (SELECT * FROM hits h ORDER BY h.created DESC, h.profile_id DESC LIMIT :limit OFFSET :offset) p ON true;

-- name: notes
-- What a list says about each of these things besides its summary: up to when the actor has read it or what it is on, and
-- where a query finds its words.
-- bind: site_id int, actor_id int, types ints, ids ints, query text
-- row: microcosm_id int, read_at time, highlight text
@things_given()
SELECT coalesce(x.microcosm_id, 0) AS microcosm_id
      ,greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = x.item_type AND m.item_id = x.item_id)
               ,CASE WHEN x.item_type = 5
                     THEN (SELECT o.huddles_read_at FROM microcosm.profiles o
                            WHERE o.site_id = :site_id AND o.profile_id = :actor_id)
                     ELSE (SELECT m.read_at FROM microcosm.read_marks m
                            WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = 2
                              AND m.item_id = x.microcosm_id) END) AS read_at
      ,CASE WHEN :query <> '' AND x.body IS NOT NULL
            THEN microcosm.highlighted(l.language, x.body, :query::tsquery, w.item_type <> 4)
            ELSE '' END AS highlight
  FROM wanted w
 CROSS JOIN (SELECT microcosm.search_language(:site_id) AS language) l
  LEFT JOIN LATERAL (
            SELECT c.item_type, coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS item_id, i.microcosm_id
                  ,microcosm.visible_text(c.html, c.markdown) AS body
              FROM microcosm.comments c
              LEFT JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
             WHERE c.site_id = :site_id AND c.comment_id = w.item_id AND w.item_type = 4
             UNION ALL
            SELECT i.item_type, i.item_id, i.microcosm_id, microcosm.unescaped(i.title)
              FROM microcosm.items i
             WHERE i.site_id = :site_id AND i.item_id = w.item_id AND i.item_type = w.item_type
             UNION ALL
            SELECT 5, h.huddle_id, NULL, microcosm.unescaped(h.title)
              FROM microcosm.huddles h
             WHERE h.site_id = :site_id AND h.huddle_id = w.item_id AND w.item_type = 5
             UNION ALL
            SELECT 2, m.microcosm_id, NULL, microcosm.unescaped(m.title)
              FROM microcosm.microcosms m
             WHERE m.site_id = :site_id AND m.microcosm_id = w.item_id AND w.item_type = 2
             UNION ALL
            SELECT 3, p.profile_id, NULL, microcosm.unescaped(p.profile_name)
              FROM microcosm.profiles p
             WHERE p.site_id = :site_id AND p.profile_id = w.item_id AND w.item_type = 3) x ON true
 ORDER BY w.n;
