-- The fragments that pages of comments, and positions on them, are made from; comments.sql has the statements.

-- fragment: ignored_before(parent, parent_id, position)
-- How many of the comments before a position are by ignored people, hidden ones aside.
(SELECT coalesce(sum(n.comments), 0)::bigint
   FROM unnest(:ignored_profiles::bigint[]) AS a (profile_id)
  CROSS JOIN LATERAL (SELECT count(*) AS comments
                        FROM microcosm.comments s
                       WHERE s.site_id = :site_id AND s.{parent} = {parent_id} AND s.created_by = a.profile_id
                         AND s.is_visible AND s.position < {position}) n)

-- fragment: left_out_before(parent, parent_id, position)
-- The number of comments before a position that pages leave out: hidden ones, and those by ignored profiles.
((SELECT count(*) FROM microcosm.comments s
   WHERE s.site_id = :site_id AND s.{parent} = {parent_id} AND NOT s.is_visible AND s.position < {position})
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
-- The first comment created after a time, in the same form. Comments are created in the order of their positions,
-- so the search goes backwards from the newest to the last one that was read.
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
   AND c.position > (SELECT coalesce((SELECT r.position
                                        FROM microcosm.comments r
                                       WHERE r.site_id = :site_id AND r.{parent} = :parent_id
                                         AND r.created <= :after::timestamptz
                                         AND :after IS NOT NULL
                                       ORDER BY r.position DESC
                                       LIMIT 1), -1))
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

-- fragment: comment_page(parent)
-- A page by position. Positions include hidden comments, so the page starts later by the number of hidden
-- comments (and comments by ignored profiles) before it. Selects no columns that only conditions need: they
-- would take a seventh of the time.
-- The page ends early after 4 MiB of text. Another one then begins between two multiples of the limit: offset is the
-- multiple, skip the number of comments from there; skipped: the bytes of these, before: of those before on the page.
WITH skipped AS (
    SELECT s.position - row_number() OVER (ORDER BY s.position) + 1 AS shown_before
      FROM (SELECT c.position
              FROM microcosm.comments c
             WHERE c.site_id = :site_id AND c.{parent} = :parent_id AND NOT c.is_visible
            UNION
            SELECT p.position
              FROM unnest(:ignored_profiles::bigint[]) AS a (profile_id)
             CROSS JOIN LATERAL (SELECT c.position
                                   FROM microcosm.comments c
                                  WHERE c.site_id = :site_id AND c.{parent} = :parent_id AND c.created_by = a.profile_id
                                 OFFSET 0) p) s -- OFFSET 0 keeps it a probe for each
)
@comment_page_begins(ASC)
    SELECT c.comment_id
      FROM microcosm.comments c
     WHERE c.site_id = :site_id
       AND c.{parent} = :parent_id
       AND c.position >= CASE :offset::bigint WHEN 0 THEN 0 -- then nothing before it is counted
                                  ELSE (SELECT :offset + count(*) FROM skipped WHERE shown_before <= :offset) END
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
