-- comment_records names an editor only where somebody else than the author wrote last.
--
-- Everywhere else the editor is the author, whose columns are there already: looking each of them up a second
-- time, and sending them again, took a quarter of the time of a page of 25 comments.

CREATE OR REPLACE VIEW microcosm.comment_records WITH (security_invoker = true) AS
SELECT c.site_id
      ,c.comment_id AS "id"
      ,t.name AS "item_type"
      ,coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS "item_id"
      ,c.revisions AS "revisions"
      ,c.in_reply_to AS "in_reply_to"
      ,c.attachment_count AS "attachments"
      ,c.markdown AS "markdown"
      ,c.html AS "html"
      ,c.created AS "meta.created"
      ,a.profile_id AS "meta.created_by.id"
      ,a.site_id AS "meta.created_by.site_id"
      ,a.user_id AS "meta.created_by.user_id"
      ,a.profile_name AS "meta.created_by.profile_name"
      ,a.is_visible AS "meta.created_by.visible"
      ,a.avatar AS "meta.created_by.avatar"
      ,c.edited AS "meta.edited"
      ,e.profile_id AS "meta.edited_by.id"
      ,e.site_id AS "meta.edited_by.site_id"
      ,e.user_id AS "meta.edited_by.user_id"
      ,e.profile_name AS "meta.edited_by.profile_name"
      ,e.is_visible AS "meta.edited_by.visible"
      ,e.avatar AS "meta.edited_by.avatar"
      ,c.is_deleted AS "meta.flags.deleted"
      ,c.is_moderated AS "meta.flags.moderated"
      ,c.is_visible AS "meta.flags.visible"
      ,r.created_by AS reply_author_id
      ,ra.profile_name AS reply_author_name
      ,c.item_type AS parent_type
      ,c.item_id AS parent_item_id
      ,c.huddle_id
      ,c.on_profile_id
      ,c.position
      ,c.created_by
      ,c.created
      ,c.is_visible
  FROM microcosm.comments c
  JOIN microcosm.item_types t ON t.item_type = c.item_type
  LEFT JOIN microcosm.profiles a ON a.site_id = c.site_id AND a.profile_id = c.created_by
  LEFT JOIN microcosm.profiles e
         ON e.site_id = c.site_id
        AND e.profile_id = CASE WHEN c.edited_by <> c.created_by THEN c.edited_by END
  LEFT JOIN microcosm.comments r ON r.site_id = c.site_id AND r.comment_id = c.in_reply_to
  LEFT JOIN microcosm.profiles ra ON ra.site_id = r.site_id AND ra.profile_id = r.created_by;
