-- The columns of items and comments, named as the members of the records that they fill (meta.created_by.id).
-- All lists and pages use them. security_invoker: row-level security applies to the caller, not to the view's
-- owner. The planner omits joins whose columns a statement doesn't select, since each is by a unique key.

CREATE VIEW microcosm.item_records WITH (security_invoker = true) AS
SELECT i.site_id
      ,i.item_type
      ,i.item_id AS "id"
      ,i.title AS "title"
      ,i.microcosm_id AS "microcosm_id"
      ,i.comment_count AS "total_comments"
      ,i.view_count AS "total_views"
      ,i.last_comment_id AS "last_comment.id"
      ,i.last_comment_created AS "last_comment.created"
      ,l.profile_id AS "last_comment.created_by.id"
      ,l.site_id AS "last_comment.created_by.site_id"
      ,l.user_id AS "last_comment.created_by.user_id"
      ,l.profile_name AS "last_comment.created_by.profile_name"
      ,l.is_visible AS "last_comment.created_by.visible"
      ,l.avatar AS "last_comment.created_by.avatar"
      ,i.created AS "meta.created"
      ,a.profile_id AS "meta.created_by.id"
      ,a.site_id AS "meta.created_by.site_id"
      ,a.user_id AS "meta.created_by.user_id"
      ,a.profile_name AS "meta.created_by.profile_name"
      ,a.is_visible AS "meta.created_by.visible"
      ,a.avatar AS "meta.created_by.avatar"
      ,i.edited AS "meta.edited"
      ,e.profile_id AS "meta.edited_by.id"
      ,e.site_id AS "meta.edited_by.site_id"
      ,e.user_id AS "meta.edited_by.user_id"
      ,e.profile_name AS "meta.edited_by.profile_name"
      ,e.is_visible AS "meta.edited_by.visible"
      ,e.avatar AS "meta.edited_by.avatar"
      ,i.edit_reason AS "meta.edit_reason"
      ,i.is_sticky AS "meta.flags.sticky"
      ,i.is_open AS "meta.flags.open"
      ,i.is_deleted AS "meta.flags.deleted"
      ,i.is_moderated AS "meta.flags.moderated"
      ,i.is_visible AS "meta.flags.visible"
      ,i.is_visible
      ,i.is_sticky
      ,i.created_by
      ,i.created
      ,i.last_activity
      ,i.next_position
      ,v.starts_local AT TIME ZONE 'UTC' AS "when"
      ,v.tz AS "tz"
      ,v.starts AS "when_tz"
      ,v.duration_minutes AS "duration"
      ,v.place AS "where"
      ,v.lat AS "lat"
      ,v.lon AS "lon"
      ,v.north AS "north"
      ,v.east AS "east"
      ,v.south AS "south"
      ,v.west AS "west"
      ,v.status AS "status"
      ,v.rsvp_limit AS "rsvp_limit"
      ,v.rsvp_attending AS "rsvp_attend"
      ,CASE WHEN v.rsvp_limit > 0 THEN v.rsvp_limit - v.rsvp_attending END AS "rsvp_spaces"
      ,p.question AS "question"
      ,p.multi AS "multi"
      ,p.poll_open AS "poll_open"
      ,p.voter_count AS "voter_count"
      ,p.poll_closes AS "poll_closes"
      ,p.hide_results AS "hide_results"
      ,p.hide_results AND p.poll_open AND i.is_open
       AND (p.poll_closes IS NULL OR p.poll_closes > statement_timestamp()) AS "results_hidden"
  FROM microcosm.items i
  LEFT JOIN microcosm.profiles a ON a.site_id = i.site_id AND a.profile_id = i.created_by
  LEFT JOIN microcosm.profiles e ON e.site_id = i.site_id AND e.profile_id = i.edited_by
  LEFT JOIN microcosm.profiles l ON l.site_id = i.site_id AND l.profile_id = i.last_comment_by
  LEFT JOIN microcosm.events v ON v.site_id = i.site_id AND v.item_id = i.item_id
  LEFT JOIN microcosm.polls p ON p.site_id = i.site_id AND p.item_id = i.item_id;

COMMENT ON VIEW microcosm.item_records IS
    'Conversations, events and polls as records: columns are named as the members they fill.';

-- The editor is NULL if it is the author: joining and sending the author's columns twice took a quarter of the time of
-- a page of 25 comments.

CREATE VIEW microcosm.comment_records WITH (security_invoker = true) AS
SELECT c.site_id
      ,c.comment_id AS "id"
      ,t.name AS "item_type"
      ,coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS "item_id"
      ,c.revisions AS "revisions"
      ,c.in_reply_to AS "in_reply_to"
      ,c.attachment_count AS "attachments"
      ,c.markdown AS "markdown"
      ,c.html AS "html"
      ,c.renderer
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
  LEFT JOIN microcosm.comments r ON r.site_id = c.site_id AND r.comment_id = c.in_reply_to AND r.is_visible
  LEFT JOIN microcosm.profiles ra ON ra.site_id = r.site_id AND ra.profile_id = r.created_by;

COMMENT ON VIEW microcosm.comment_records IS
    'Comments as records: columns are named as the members they fill. Those at the end are for conditions.';

CREATE VIEW microcosm.microcosm_stats WITH (security_invoker = true) AS
SELECT c.site_id
      ,c.microcosm_id
      ,c.conversation_count + coalesce(d.conversation_count, 0) AS conversation_count
      ,c.event_count + coalesce(d.event_count, 0) AS event_count
      ,c.poll_count + coalesce(d.poll_count, 0) AS poll_count
      ,c.comment_count + coalesce(d.comment_count, 0) AS comment_count
      ,greatest(c.last_activity, d.last_activity) AS last_activity
      ,c.size_rank
  FROM microcosm.microcosm_counters c
  LEFT JOIN (SELECT m.site_id -- all of a site at once: they are few, while its microcosms may be many
                   ,m.microcosm_id
                   ,sum(m.conversation_count)::bigint AS conversation_count
                   ,sum(m.event_count)::bigint AS event_count
                   ,sum(m.poll_count)::bigint AS poll_count
                   ,sum(m.comment_count)::bigint AS comment_count
                   ,max(m.last_activity) AS last_activity
               FROM microcosm.microcosm_deltas m
              GROUP BY m.site_id, m.microcosm_id) d ON d.site_id = c.site_id AND d.microcosm_id = c.microcosm_id;

COMMENT ON VIEW microcosm.microcosm_stats IS
    'Counts of microcosms without descendants, and their last activity; always exact.';
