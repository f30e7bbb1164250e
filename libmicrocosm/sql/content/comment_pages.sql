-- The fragments that pages of comments, and positions on them, are made from; comments.sql has the statements.

-- fragment: ignored_before(parent, parent_id, position)
-- How many of the comments before a position are by ignored people, hidden ones aside. A filter, as only the index by author
-- serves what is left: with conditions, a plan made for small tables reads all comments before the position.
(SELECT coalesce(sum(n.comments), 0)::bigint
   FROM unnest(:ignored_profiles::bigint[]) AS a (profile_id)
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE s.is_visible AND s.position < {position}) AS comments
                        FROM microcosm.comments s
                       WHERE s.site_id = :site_id AND s.{parent} = {parent_id} AND s.created_by = a.profile_id) n)

-- fragment: left_out_before(parent, parent_id, position)
-- The number of comments before a position that pages leave out: hidden ones, and those by ignored profiles. Hidden ones
-- are counted in the last block of positions only (hidden_comments).
((SELECT coalesce(sum(h.hidden), 0)::bigint FROM microcosm.hidden_comments h
   WHERE h.site_id = :site_id AND h.parent = '{parent}' AND h.parent_id = {parent_id} AND h.block < {position} / 1024)
 + (SELECT count(*) FROM microcosm.comments s
     WHERE s.site_id = :site_id AND s.{parent} = {parent_id} AND NOT s.is_visible
       AND s.position >= {position} / 1024 * 1024 AND s.position < {position})
 + @ignored_before({parent}, {parent_id}, {position}))

-- fragment: page_bytes(parent, parent_id, position, shown_before)
-- Bytes of the texts on a page up to a position, before which the actor sees that many comments.
(SELECT coalesce(sum(t.bytes), 0)::bigint
   FROM (SELECT octet_length(s.markdown) + octet_length(s.html) AS bytes
           FROM microcosm.comments s
          WHERE s.site_id = :site_id AND s.{parent} = {parent_id} AND s.position <= {position}
            AND s.is_visible AND s.created_by <> ALL (:ignored_profiles::bigint[])
          ORDER BY s.position DESC
          LIMIT {shown_before} % :limit::bigint + 1) t)

-- fragment: comment_newest(parent)
-- The newest comment that the actor sees: its id, how many it sees before that, and the bytes up to it on its page.
SELECT n.comment_id, n.shown_before, @page_bytes({parent}, :parent_id, n.position, n.shown_before) AS bytes
  FROM (
SELECT c.comment_id
      ,c.position
      ,c.position - @left_out_before({parent}, :parent_id, c.position) AS shown_before
  FROM microcosm.comments c
 WHERE c.site_id = :site_id
   AND c.{parent} = :parent_id
   AND c.is_visible
   AND c.created_by <> ALL (:ignored_profiles::bigint[])
 ORDER BY c.position DESC
 LIMIT 1) n;

-- fragment: comment_first_after(parent)
-- The first comment created after a time, in the same form. Comments are created in the order of their positions, so the
-- last one that was read is found by halving the range: none up to low is later, all from high on are.
SELECT n.comment_id, n.shown_before, @page_bytes({parent}, :parent_id, n.position, n.shown_before) AS bytes
  FROM (
SELECT c.comment_id
      ,c.position
      ,CASE WHEN :after::timestamptz IS NULL THEN 0
            ELSE c.position - @left_out_before({parent}, :parent_id, c.position) END AS shown_before
  FROM microcosm.comments c
 WHERE c.site_id = :site_id
   AND c.{parent} = :parent_id
   AND c.is_visible
   AND c.created_by <> ALL (:ignored_profiles::bigint[])
   AND c.position > CASE WHEN :after IS NULL THEN -1 ELSE (
           WITH RECURSIVE search (low, high) AS (
               SELECT -1::bigint, coalesce((SELECT max(r.position) + 1
                                              FROM microcosm.comments r
                                             WHERE r.site_id = :site_id AND r.{parent} = :parent_id), 0)
                UNION ALL
               SELECT CASE WHEN m.created > :after THEN s.low ELSE (s.low + s.high) / 2 END
                     ,CASE WHEN m.created > :after THEN m.position ELSE s.high END
                 FROM search s
                 LEFT JOIN LATERAL (SELECT r.position, r.created
                                      FROM microcosm.comments r
                                     WHERE r.site_id = :site_id AND r.{parent} = :parent_id
                                       AND r.position > s.low AND r.position <= (s.low + s.high) / 2
                                     ORDER BY r.position DESC
                                     LIMIT 1) m ON true
                WHERE s.high - s.low > 1)
           SELECT max(search.low) FROM search) END
 ORDER BY c.position
 LIMIT 1) n;

-- The columns of the view without the texts.
-- fragment: comment_columns(r)
{r}.id, {r}.item_type, {r}.item_id, {r}.revisions, {r}.in_reply_to, {r}.attachments, {r}.renderer
      ,{r}."meta.created"
      ,{r}."meta.created_by.id", {r}."meta.created_by.site_id", {r}."meta.created_by.user_id"
      ,{r}."meta.created_by.profile_name", {r}."meta.created_by.visible", {r}."meta.created_by.avatar"
      ,{r}."meta.edited"
      ,{r}."meta.edited_by.id", {r}."meta.edited_by.site_id", {r}."meta.edited_by.user_id"
      ,{r}."meta.edited_by.profile_name", {r}."meta.edited_by.visible", {r}."meta.edited_by.avatar"
      ,{r}."meta.flags.deleted", {r}."meta.flags.moderated", {r}."meta.flags.visible"
      ,{r}.reply_author_id, {r}.reply_author_name

-- What decides whether a comment (r) may be shown, and with what it is on: the facts about that (mc__comment_read_facts()).
-- fragment: comment_parent_columns()
coalesce(i.microcosm_id, 0) AS microcosm_id
      ,coalesce(i.title, h.title, (SELECT p.profile_name FROM microcosm.profiles p
                                    WHERE p.site_id = :site_id AND p.profile_id = r.on_profile_id), '') AS parent_title
      ,coalesce(i.is_visible, true) AS parent_visible
      ,coalesce(i.is_open, true) AS parent_open
      ,coalesce(i.created_by, h.created_by, 0) AS parent_author
      ,@takes_part(r.huddle_id) AS is_participant

-- fragment: comment_parent_joins()
LEFT JOIN microcosm.items i ON i.site_id = r.site_id AND i.item_id = r.parent_item_id
  LEFT JOIN microcosm.huddles h ON h.site_id = r.site_id AND h.huddle_id = r.huddle_id

-- fragment: comment_page_begins(direction)
-- What is shown of the comments whose ids stand between this and comment_page_ends: as many as there is room for.
SELECT r.markdown, r.html
      ,@comment_columns(r)
      ,r.skipped, r.before
  FROM (SELECT n.*
              ,coalesce(sum(n.bytes) FILTER (WHERE n.number <= :skip) OVER so_far, 0)::bigint AS skipped
              ,coalesce(sum(n.bytes) FILTER (WHERE n.number > :skip) OVER so_far, 0)::bigint - n.bytes AS before
          FROM (SELECT f.*
                      ,row_number() OVER (ORDER BY f.position {direction}) AS number
                      ,octet_length(f.markdown) + octet_length(f.html) AS bytes
                  FROM microcosm.comment_records f
                 WHERE f.site_id = :site_id
                   AND f.id = ANY (ARRAY(

-- fragment: comment_page_ends(direction)
))) n
        WINDOW so_far AS (ORDER BY n.position {direction} ROWS UNBOUNDED PRECEDING)) r
 WHERE r.number > :skip
   AND r.before < 4194304
 ORDER BY r.position {direction};

-- fragment: shown_from(parent)
-- A position before which as many comments are shown as offset says: later than that by as many as are hidden. These are
-- counted from the last block of positions before which no more are shown.
(SELECT :offset + b.hidden_before
        + (SELECT count(*)
             FROM (SELECT c.position - b.hidden_before - row_number() OVER (ORDER BY c.position) + 1 AS shown_before
                     FROM microcosm.comments c
                    WHERE c.site_id = :site_id AND c.{parent} = :parent_id AND NOT c.is_visible
                      AND c.position >= b.block * 1024 AND c.position < (b.block + 1) * 1024) n
            WHERE n.shown_before <= :offset)
   FROM (SELECT 0::bigint AS block, 0::bigint AS hidden_before
          UNION ALL
         SELECT h.block, sum(h.hidden) OVER (ORDER BY h.block)::bigint - h.hidden
           FROM microcosm.hidden_comments h
          WHERE h.site_id = :site_id AND h.parent = '{parent}' AND h.parent_id = :parent_id) b
  WHERE b.block * 1024 - b.hidden_before <= :offset
  ORDER BY b.block DESC
  LIMIT 1)

-- fragment: shown_from_ignoring(parent)
-- The same for who ignores people, found by halving the range: before low no more are shown than offset, before high more.
(WITH RECURSIVE search (low, high) AS (
     SELECT 0::bigint, (SELECT max(c.position) + 2
                          FROM microcosm.comments c
                         WHERE c.site_id = :site_id AND c.{parent} = :parent_id)
      UNION ALL
     SELECT CASE WHEN m.is_low THEN m.position ELSE m.low END, CASE WHEN m.is_low THEN m.high ELSE m.position END
       FROM (SELECT t.*, t.position - @left_out_before({parent}, :parent_id, t.position) <= :offset AS is_low
               FROM (SELECT s.low, s.high, (s.low + s.high) / 2 AS position FROM search s WHERE s.high - s.low > 1) t) m)
 SELECT max(search.low) FROM search)

-- fragment: comment_page(parent)
-- A page by position. Positions include hidden comments. Selects no columns that only conditions need: they would take a
-- seventh of the time.
-- The page ends early after 4 MiB of text. Another one then begins between two multiples of the limit: offset is the
-- multiple, skip the number of comments from there; skipped: the bytes of these, before: of those before on the page.
@comment_page_begins(ASC)
    SELECT c.comment_id
      FROM microcosm.comments c
     WHERE c.site_id = :site_id
       AND c.{parent} = :parent_id
       AND c.position >= CASE WHEN :offset::bigint = 0 THEN 0 -- then nothing before it is counted
                              WHEN cardinality(:ignored_profiles::bigint[]) = 0 THEN @shown_from({parent})
                              ELSE @shown_from_ignoring({parent}) END
       AND c.is_visible
       AND c.created_by <> ALL (:ignored_profiles::bigint[])
     ORDER BY c.position
     LIMIT :limit
@comment_page_ends(ASC)

-- fragment: newest_comments(parent)
-- A page from the end, newest first. Takes as long as there are comments on the pages before it.
@comment_page_begins(DESC)
    SELECT c.comment_id
      FROM microcosm.comments c
     WHERE c.site_id = :site_id
       AND c.{parent} = :parent_id
       AND c.is_visible
       AND c.created_by <> ALL (:ignored_profiles::bigint[])
     ORDER BY c.position DESC
     LIMIT :limit
    OFFSET :offset
@comment_page_ends(DESC)
