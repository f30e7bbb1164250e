-- Comments. items.sql explains how to write statements so that one plan fits all parameters.

-- Pages of comments work the same for all kinds of parents. The statements are made from fragments, whose argument
-- parent is the column of comments that refers to it (comment_pages.sql); content/comment_page.c has the table of kinds.

-- name: page_on_item
-- bind: site_id int, parent_id int, offset int, skip int, limit int, ignored_profiles ints
-- row: comment
@comment_page(item_id)

-- name: newest_page_on_item
-- bind: site_id int, parent_id int, offset int, skip int, limit int, ignored_profiles ints
-- row: comment
@newest_comments(item_id)

-- name: count_on_item
-- How many of an item's comments are not by given profiles, and when the newest was made, whoever made it.
-- bind: site_id int, parent_id int, ignored_profiles ints
-- row: comments int, newest time
SELECT i.comment_count
       - (SELECT coalesce(sum(n.comments), 0)::bigint
            FROM unnest(:ignored_profiles::bigint[]) AS a (profile_id)
           CROSS JOIN LATERAL (SELECT count(*) AS comments
                                 FROM microcosm.comments c
                                WHERE c.site_id = :site_id AND c.item_id = :parent_id AND c.created_by = a.profile_id
                                  AND c.is_visible) n) AS comments
      ,i.last_activity AS newest
  FROM microcosm.items i
 WHERE i.site_id = :site_id
   AND i.item_id = :parent_id;

-- name: page_on_profile
-- bind: site_id int, parent_id int, offset int, skip int, limit int, ignored_profiles ints
-- row: comment
@comment_page(on_profile_id)

-- name: newest_page_on_profile
-- bind: site_id int, parent_id int, offset int, skip int, limit int, ignored_profiles ints
-- row: comment
@newest_comments(on_profile_id)

-- name: count_on_profile
-- How many of the comments on a profile are shown to the actor, and when the newest was made, whether shown or not. The
-- next position is how many there ever were.
-- bind: site_id int, parent_id int, ignored_profiles ints
-- row: comments int, newest time
SELECT n.position - @left_out_before(on_profile_id, :parent_id, n.position) AS comments
      ,(SELECT c.created
          FROM microcosm.comments c
         WHERE c.site_id = :site_id AND c.on_profile_id = :parent_id AND c.position = n.position - 1) AS newest
  FROM (SELECT coalesce(max(c.position) + 1, 0) AS position
          FROM microcosm.comments c
         WHERE c.site_id = :site_id AND c.on_profile_id = :parent_id) n;

-- name: page_on_huddle
-- bind: site_id int, parent_id int, offset int, skip int, limit int, ignored_profiles ints
-- row: comment
@comment_page(huddle_id)

-- name: newest_page_on_huddle
-- bind: site_id int, parent_id int, offset int, skip int, limit int, ignored_profiles ints
-- row: comment
@newest_comments(huddle_id)

-- name: count_on_huddle
-- As count_on_item. Nothing in a huddle is hidden.
-- bind: site_id int, parent_id int, ignored_profiles ints
-- row: comments int, newest time
SELECT h.comment_count - @ignored_before(huddle_id, :parent_id, h.next_position) AS comments
      ,h.last_activity AS newest
  FROM microcosm.huddles h
 WHERE h.site_id = :site_id
   AND h.huddle_id = :parent_id;

-- name: newest_on_huddle
-- bind: site_id int, parent_id int, ignored_profiles ints, limit int
-- row: comment_id int, shown_before int, bytes int
@comment_newest(huddle_id)

-- name: first_after_on_huddle
-- bind: site_id int, parent_id int, ignored_profiles ints, limit int, after time
-- row: comment_id int, shown_before int, bytes int
@comment_first_after(huddle_id)

-- name: newest_on_item
-- Before the newest are all others that are shown, which are counted already.
-- bind: site_id int, parent_id int, ignored_profiles ints, limit int
-- row: comment_id int, shown_before int, bytes int
SELECT n.comment_id, n.shown_before, @page_bytes(item_id, :parent_id, n.position, n.shown_before) AS bytes
  FROM (
SELECT c.comment_id
      ,c.position
      ,(SELECT i.comment_count FROM microcosm.items i WHERE i.site_id = :site_id AND i.item_id = :parent_id) - 1
       - @ignored_before(item_id, :parent_id, 9223372036854775807) AS shown_before
  FROM microcosm.comments c
 WHERE c.site_id = :site_id
   AND c.item_id = :parent_id
   AND c.is_visible
   AND c.created_by <> ALL (:ignored_profiles::bigint[])
 ORDER BY c.position DESC
 LIMIT 1) n;

-- name: first_after_on_item
-- after: NULL finds the very first.
-- bind: site_id int, parent_id int, ignored_profiles ints, limit int, after time
-- row: comment_id int, shown_before int, bytes int
@comment_first_after(item_id)

-- name: get
-- unsettled: no counters
-- One comment, hidden or not, with the facts about its parent.
-- bind: site_id int, comment_id int, actor_id int
-- row: comment
SELECT r.*
      ,@comment_parent_columns()
  FROM microcosm.comment_records r
  @comment_parent_joins()
 WHERE r.site_id = :site_id
   AND r.id = :comment_id;

-- name: shown_before
-- How many comments that are shown to the actor are before a comment, on whatever it is on, and the bytes up to it on its
-- page. For a comment that isn't shown it is the same of the comment before it; then shown_before may be -1.
-- unsettled: no counters
-- bind: site_id int, comment_id int, ignored_profiles ints, limit int
-- row: shown_before int, bytes int
SELECT n.shown_before
      ,CASE WHEN n.item_id IS NOT NULL THEN @page_bytes(item_id, n.item_id, n.position, n.shown_before)
            WHEN n.on_profile_id IS NOT NULL THEN @page_bytes(on_profile_id, n.on_profile_id, n.position, n.shown_before)
            ELSE @page_bytes(huddle_id, n.huddle_id, n.position, n.shown_before)
       END AS bytes
  FROM (
SELECT c.position, c.item_id, c.on_profile_id, c.huddle_id
      ,c.position
       - CASE WHEN c.item_id IS NOT NULL THEN @left_out_before(item_id, c.item_id, c.position)
              WHEN c.on_profile_id IS NOT NULL THEN @left_out_before(on_profile_id, c.on_profile_id, c.position)
              ELSE @ignored_before(huddle_id, c.huddle_id, c.position) -- nothing in a huddle is hidden
         END
       - (NOT c.is_visible OR c.created_by = ANY (:ignored_profiles::bigint[]))::int AS shown_before
  FROM microcosm.comments c
 WHERE c.site_id = :site_id
   AND c.comment_id = :comment_id OFFSET 0) n;

-- name: parent_of
-- The comment that a comment replies to, if it is visible.
-- unsettled: no counters
-- bind: site_id int, comment_id int
-- row: comment
SELECT r.*
  FROM microcosm.comment_records r
 WHERE r.site_id = :site_id
   AND r.id = (SELECT c.in_reply_to FROM microcosm.comments c WHERE c.site_id = :site_id AND c.comment_id = :comment_id)
   AND r.is_visible;

-- name: replies
-- Direct replies that are visible, oldest first. They end early after 4 MiB of text, as a page does.
-- before: the bytes of those before.
-- unsettled: no counters
-- bind: site_id int, comment_id int, offset int, limit int, ignored_profiles ints
-- row: comment
SELECT r.*
  FROM (SELECT n.*
              ,sum(octet_length(n.markdown) + octet_length(n.html)) OVER (ORDER BY n.position ROWS UNBOUNDED PRECEDING)
               - octet_length(n.markdown) - octet_length(n.html) AS before
          FROM (SELECT f.*
                  FROM microcosm.comment_records f
                 WHERE f.site_id = :site_id
                   AND f.in_reply_to = :comment_id
                   AND f.is_visible
                   AND f.created_by <> ALL (:ignored_profiles::bigint[])
                 ORDER BY f.position
                 LIMIT :limit
                OFFSET :offset) n) r
 WHERE r.before < 4194304
 ORDER BY r.position;

-- name: profile_target
-- unsettled: no counters
-- bind: site_id int, profile_id int
-- row: profile_id int
SELECT p.profile_id
  FROM microcosm.profiles p
 WHERE p.site_id = :site_id
   AND p.profile_id = :profile_id;

-- name: mentioned
-- unsettled: names
-- Profiles by name, for @mentions.
-- bind: site_id int, keys texts
-- row: name_key text, profile_id int
SELECT p.name_key
      ,p.profile_id
  FROM microcosm.profiles p
 WHERE p.site_id = :site_id
   AND p.name_key = ANY (:keys::text[]);

-- name: lock_profile
-- unsettled: no counters
-- bind: site_id int, profile_id int
SELECT
  FROM microcosm.profiles p
 WHERE p.site_id = :site_id
   AND p.profile_id = :profile_id
   FOR NO KEY UPDATE;

-- fragment: replied_to(parent, parent_id)
-- The comment that a new one answers: a visible one of the same parent, else NULL.
(SELECT r.comment_id
   FROM (SELECT c.comment_id, c.{parent}, c.is_visible FROM microcosm.comments c
          WHERE c.site_id = :site_id AND c.comment_id = :in_reply_to OFFSET 0) r -- OFFSET 0: by its key
  WHERE r.{parent} = {parent_id} AND r.is_visible)

-- name: create_on_item
-- The caller holds the lock of items.lock, so comments of an item are inserted one after another.
-- Returns an existing comment of the last five minutes if it is equal and among
-- the author's last fifty on the item: a wider search would slow down frequent authors.
-- read_at: up to when the actor has read the item, as far as the caller knows. read_to: the time of the comment, if
-- the actor had read all that was there before it.
-- html: with U+FDEF where the comment's id is to be.
-- bind: site_id int, item_id int, item_type int, actor_id int, markdown text, html text, renderer int, in_reply_to id
-- bind: mentioned ints, address text, read_at time, by_moderator bool, judged_in int
-- row: change change, read_to time
WITH @recent_on_item(), fresh AS MATERIALIZED (
    SELECT nextval('microcosm.comments_comment_id_seq') AS comment_id
          ,greatest(clock_timestamp(), i.last_activity + interval '1 microsecond') AS created
          ,i.last_activity AS before
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND NOT EXISTS (SELECT FROM recent) AND @still_writable(i)
), parent AS (
    UPDATE microcosm.items i
       SET next_position = i.next_position + 1
          ,comment_count = i.comment_count + 1
          ,last_comment_id = fresh.comment_id
          ,last_comment_created = fresh.created
          ,last_comment_by = :actor_id
          ,last_activity = fresh.created
      FROM fresh
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.item_type = :item_type AND i.is_visible
    RETURNING i.microcosm_id, i.next_position - 1 AS position, fresh.comment_id, fresh.created, fresh.before,
              @replied_to(item_id, :item_id) AS in_reply_to
), author AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, comment_count)
    SELECT :site_id, :actor_id, p.microcosm_id, 1 FROM parent p
), @written_on_item()
@written_on_item_answer();

-- name: create_on_item_unsettled
-- The same in a transaction, which may write many: the item and the author get their counters later (microcosm.settle()).
-- unsettled: takes position and time from the newest comment
-- bind: site_id int, item_id int, item_type int, actor_id int, markdown text, html text, renderer int, in_reply_to id
-- bind: mentioned ints, address text, read_at time, by_moderator bool, judged_in int
-- row: change change, read_to time
WITH @recent_on_item(), place AS (
    SELECT i.microcosm_id
          ,greatest(i.last_activity, newest.created) AS before
          ,greatest(i.next_position, newest.position + 1) AS position
      FROM microcosm.items i
      LEFT JOIN LATERAL (SELECT c.position, c.created
                           FROM microcosm.comments c
                          WHERE c.site_id = :site_id AND c.item_id = :item_id AND c.position >= i.next_position
                          ORDER BY c.position DESC
                          LIMIT 1) newest ON true
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.item_type = :item_type AND i.is_visible
       AND NOT EXISTS (SELECT FROM recent) AND @still_writable(i)
), parent AS MATERIALIZED (
    SELECT place.*
          ,nextval('microcosm.comments_comment_id_seq') AS comment_id
          ,greatest(clock_timestamp(), place.before + interval '1 microsecond') AS created
          ,@replied_to(item_id, :item_id) AS in_reply_to
      FROM place
), unsettled AS (
    INSERT INTO microcosm.unsettled_items (site_id, item_id)
    SELECT :site_id, :item_id
      FROM parent
     WHERE NOT EXISTS (SELECT FROM microcosm.unsettled_items u WHERE u.site_id = :site_id AND u.item_id = :item_id)
), @written_on_item()
@written_on_item_answer();

-- name: create_on_huddle
-- The caller holds the lock of huddles.lock. No row if the actor takes part no more.
-- Advances the author's mark if the author had read all before it, so that its own comment isn't unread to it.
-- html: with U+FDEF where the comment's id is to be.
-- bind: site_id int, huddle_id int, actor_id int, markdown text, html text, renderer int, in_reply_to id, address text
-- row: change change
WITH @recent_on_huddle(), fresh AS MATERIALIZED (
    SELECT nextval('microcosm.comments_comment_id_seq') AS comment_id
          ,greatest(clock_timestamp(), h.last_activity + interval '1 microsecond') AS created
          ,h.last_activity AS before
          ,h.comment_count = 0 AS is_first
      FROM microcosm.huddles h
     WHERE h.site_id = :site_id AND h.huddle_id = :huddle_id AND @still_in_huddle(h)
), parent AS (
    UPDATE microcosm.huddles h
       SET next_position = h.next_position + 1
          ,comment_count = h.comment_count + 1
          ,last_comment_id = fresh.comment_id
          ,last_comment_created = fresh.created
          ,last_comment_by = :actor_id
          ,last_activity = fresh.created
      FROM fresh
     WHERE h.site_id = :site_id AND h.huddle_id = :huddle_id
    RETURNING h.next_position - 1 AS position, fresh.comment_id, fresh.created, fresh.before, fresh.is_first
), mark AS (
    INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
    SELECT :site_id, :actor_id, 5, :huddle_id, p.created
      FROM parent p
     WHERE p.is_first
        OR p.before <= greatest((SELECT o.huddles_read_at FROM microcosm.profiles o
                                  WHERE o.site_id = :site_id AND o.profile_id = :actor_id)
                               ,(SELECT k.read_at FROM microcosm.read_marks k
                                  WHERE k.site_id = :site_id AND k.profile_id = :actor_id AND k.item_type = 5
                                    AND k.item_id = :huddle_id))
        ON CONFLICT (site_id, profile_id, item_type, item_id)
        DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at)
), @written_on_huddle();

-- name: create_on_huddle_unsettled
-- The same in a transaction, which may write many: the huddle, its participants and the author's mark follow later
-- (microcosm.settle()).
-- unsettled: takes position and time from the newest comment
-- bind: site_id int, huddle_id int, actor_id int, markdown text, html text, renderer int, in_reply_to id, address text
-- row: change change
WITH @recent_on_huddle(), parent AS MATERIALIZED (
    SELECT nextval('microcosm.comments_comment_id_seq') AS comment_id
          ,greatest(clock_timestamp(), greatest(h.last_activity, newest.created) + interval '1 microsecond') AS created
          ,greatest(h.next_position, newest.position + 1) AS position
      FROM microcosm.huddles h
      LEFT JOIN LATERAL (SELECT c.position, c.created
                           FROM microcosm.comments c
                          WHERE c.site_id = :site_id AND c.huddle_id = :huddle_id AND c.position >= h.next_position
                          ORDER BY c.position DESC
                          LIMIT 1) newest ON true
     WHERE h.site_id = :site_id AND h.huddle_id = :huddle_id AND @still_in_huddle(h)
), unsettled AS (
    INSERT INTO microcosm.unsettled_huddles (site_id, huddle_id)
    SELECT :site_id, :huddle_id
      FROM parent
     WHERE NOT EXISTS (SELECT FROM microcosm.unsettled_huddles u WHERE u.site_id = :site_id AND u.huddle_id = :huddle_id)
), @written_on_huddle();

-- name: create_on_profile
-- unsettled: no counters
-- The position follows that of the newest comment; the caller holds the lock of lock_profile.
-- html: with U+FDEF where the comment's id is to be.
-- bind: site_id int, profile_id int, actor_id int, markdown text, html text, renderer int, in_reply_to id, address text
-- row: change change
WITH recent AS (
    SELECT l.comment_id
      FROM (SELECT c.comment_id, c.created, c.created_by, c.is_visible, c.markdown, c.in_reply_to
              FROM microcosm.comments c
             WHERE c.site_id = :site_id AND c.on_profile_id = :profile_id
             ORDER BY c.position DESC
             LIMIT 50) l
     WHERE l.created > clock_timestamp() - interval '5 minutes' AND l.created_by = :actor_id AND l.is_visible
       AND l.markdown = :markdown AND l.in_reply_to IS NOT DISTINCT FROM @replied_to(on_profile_id, :profile_id)
     LIMIT 1
), made AS (
    INSERT INTO microcosm.comments (site_id, comment_id, on_profile_id, item_type, position, created, in_reply_to, created_by,
                                    markdown, html, renderer)
    SELECT :site_id, fresh.comment_id, :profile_id, 3, coalesce(last.position + 1, 0),
           greatest(clock_timestamp(), last.created + interval '1 microsecond'),
           @replied_to(on_profile_id, :profile_id),
           :actor_id, :markdown, replace(:html, chr(65007), fresh.comment_id::text), :renderer
      FROM (SELECT nextval('microcosm.comments_comment_id_seq') AS comment_id WHERE NOT EXISTS (SELECT FROM recent)) fresh
      LEFT JOIN LATERAL (SELECT c.position, c.created
                           FROM microcosm.comments c
                          WHERE c.site_id = :site_id AND c.on_profile_id = :profile_id
                          ORDER BY c.position DESC
                          LIMIT 1) last ON true
    RETURNING comment_id, in_reply_to
), @change(:site_id, 4, m.comment_id, 3, :profile_id, NULL, 'create', :actor_id,
          jsonb_strip_nulls(jsonb_build_object('inReplyTo', m.in_reply_to)), made m)
, @audit('C', change)
SELECT c.change FROM change c
UNION ALL
SELECT @change_found(4, r.comment_id, 3, :profile_id, NULL, :actor_id) FROM recent r;

-- name: edit
-- unsettled: no counters
-- The replaced text stays as a revision. Must follow lock_item and permissions.check_comment.
-- bind: site_id int, comment_id int, actor_id int, markdown text, html text, renderer int, mentioned ints, address text
-- row: change change
WITH old AS (
    SELECT c.comment_id, c.revisions, c.markdown, c.html
          ,coalesce(c.edited, c.created) AS written
          ,coalesce(c.edited_by, c.created_by) AS written_by
      FROM microcosm.comments c
     WHERE c.site_id = :site_id AND c.comment_id = :comment_id
       FOR NO KEY UPDATE
), kept AS (
    INSERT INTO microcosm.comment_revisions (site_id, comment_id, revision, markdown, html, created, created_by)
    SELECT :site_id, o.comment_id, o.revisions, o.markdown, o.html, o.written, o.written_by FROM old o
), changed AS (
    UPDATE microcosm.comments c
       SET markdown = :markdown
          ,html = :html
          ,renderer = :renderer
          ,revisions = c.revisions + 1
          ,edited = clock_timestamp()
          ,edited_by = :actor_id
      FROM old
     WHERE c.site_id = :site_id AND c.comment_id = :comment_id
    RETURNING c.comment_id, c.item_type, coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS parent_id, c.item_id
), @change(:site_id, 4, c.comment_id, c.item_type, c.parent_id, i.microcosm_id, 'replace', :actor_id,
          jsonb_strip_nulls(jsonb_build_object('mentioned', nullif(to_jsonb(:mentioned::bigint[]), '[]'::jsonb))),
          changed c LEFT JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = c.item_id)
, @audit('R', change)
SELECT c.change FROM change c;

-- name: lock_item
-- unsettled: no counters
-- Locks the item of a comment before the comment, in the same order as creating one, which avoids deadlocks.
-- bind: site_id int, comment_id int
SELECT
  FROM microcosm.items i
 WHERE i.site_id = :site_id
   AND i.item_id = (SELECT c.item_id FROM microcosm.comments c WHERE c.site_id = :site_id AND c.comment_id = :comment_id)
   FOR NO KEY UPDATE;

-- name: set_flags
-- A NULL flag doesn't change. Updates the counters for what becomes visible or hidden; refresh_newest must follow
-- and updates the item's newest comment.
-- judged_in: the microcosm in which the actor's rights were judged, or 0.
-- bind: site_id int, comment_id int, deleted choice, moderated choice, actor_id int, action text
-- bind: audit_action text, address text, judged_in int
-- row: change change
WITH @flags_set(), item AS (
    UPDATE microcosm.items i
       SET comment_count = i.comment_count + c.sign
      FROM changed c
     WHERE i.site_id = :site_id AND i.item_id = c.item_id
    RETURNING i.microcosm_id, i.is_visible, c.created_by, c.sign
), @flags_set_answer();

-- name: set_flags_unsettled
-- The same in a transaction, which may hide many: the item gets its counters and its newest comment later
-- (microcosm.settle()).
-- unsettled: notes what is to be counted
-- bind: site_id int, comment_id int, deleted choice, moderated choice, actor_id int, action text
-- bind: audit_action text, address text, judged_in int
-- row: change change
WITH @flags_set(), item AS (
    SELECT i.microcosm_id, i.is_visible, c.created_by, c.sign
      FROM changed c
     CROSS JOIN LATERAL (SELECT i.microcosm_id, i.is_visible FROM microcosm.items i
                          WHERE i.site_id = :site_id AND i.item_id = c.item_id OFFSET 0) i -- by its key
), unsettled AS (
    INSERT INTO microcosm.unsettled_items (site_id, item_id, comment_count)
    SELECT :site_id, c.item_id, c.sign FROM changed c WHERE c.item_id IS NOT NULL AND c.sign <> 0
), @flags_set_answer();

-- name: refresh_newest
-- Changes nothing if it was another comment that came or went.
-- bind: site_id int, comment_id int
-- silent: set_flags, which comes before it, tells of the comment's item
WITH item AS (
    SELECT c.item_id FROM microcosm.comments c WHERE c.site_id = :site_id AND c.comment_id = :comment_id AND c.item_id IS NOT NULL
), newest AS (
    SELECT c.comment_id, c.created, c.created_by
      FROM microcosm.comments c
     WHERE c.site_id = :site_id AND c.item_id = (SELECT item_id FROM item) AND c.is_visible
     ORDER BY c.position DESC
     LIMIT 1
)
UPDATE microcosm.items i
   SET last_comment_id = newest.comment_id
      ,last_comment_created = newest.created
      ,last_comment_by = newest.created_by
      ,last_activity = greatest(i.created, newest.created)
  FROM item
  LEFT JOIN newest ON true
 WHERE i.site_id = :site_id
   AND i.item_id = item.item_id
   AND i.last_comment_id IS DISTINCT FROM newest.comment_id;

-- name: next_rendered
-- The next comments in the order of their keys, behind those that this version of the renderer has been through. Those
-- that it has made itself come without texts. No row when it has been through all of them.
-- bind: renderer int, limit int
-- row: site_id int, comment_id int, revisions int, markdown maybe_text, html maybe_text, subdomain_key text, domain text
-- row: force_ssl bool
SELECT c.site_id
      ,c.comment_id
      ,c.revisions
      ,CASE WHEN c.renderer <> :renderer THEN c.markdown END AS markdown
      ,CASE WHEN c.renderer <> :renderer THEN c.html END AS html
      ,s.subdomain_key
      ,s.domain
      ,s.force_ssl
  FROM microcosm.comments c
  JOIN microcosm.sites s ON s.site_id = c.site_id
 WHERE (c.site_id, c.comment_id) > (coalesce((SELECT r.last_site_id FROM microcosm.renderings r WHERE r.renderer = :renderer), 0)
                                   ,coalesce((SELECT r.last_comment_id FROM microcosm.renderings r WHERE r.renderer = :renderer), 0))
   AND NOT EXISTS (SELECT FROM microcosm.renderings r WHERE r.renderer = :renderer AND r.is_done)
 ORDER BY c.site_id, c.comment_id
 LIMIT :limit;

-- name: render_again
-- Leaves comments that were edited meanwhile.
-- bind: renderer int, site_ids ints, comment_ids ints, revisions ints, htmls texts, last_site_id int, last_comment_id int
-- bind: is_done bool
-- silent: the text is the same
WITH made AS (
    UPDATE microcosm.comments c
       SET html = g.html
          ,renderer = :renderer
      FROM unnest(:site_ids::bigint[], :comment_ids::bigint[], :revisions::bigint[], :htmls::text[])
           AS g (site_id, comment_id, revisions, html)
     WHERE c.site_id = g.site_id
       AND c.comment_id = g.comment_id
       AND c.revisions = g.revisions
)
INSERT INTO microcosm.renderings AS r (renderer, last_site_id, last_comment_id, is_done)
VALUES (:renderer, :last_site_id, :last_comment_id, :is_done)
    ON CONFLICT (renderer)
    DO UPDATE SET last_site_id = excluded.last_site_id, last_comment_id = excluded.last_comment_id, is_done = excluded.is_done
        WHERE (r.last_site_id, r.last_comment_id) <= (excluded.last_site_id, excluded.last_comment_id);
