-- Figures of the platform.

-- name: days
-- The last of each day, of so many days, oldest first.
-- row: platform_day
SELECT d.taken, d.sites, d.engaged_sites, d.conversations, d.comments, d.profiles, d.edited_profiles, d.new_profiles
      ,d.sign_ins, d.people
  FROM (SELECT DISTINCT ON ((n.taken AT TIME ZONE 'UTC')::date) n.*
          FROM (SELECT * FROM microcosm.platform_days p WHERE p.taken > statement_timestamp() - interval '400 days') n
         ORDER BY (n.taken AT TIME ZONE 'UTC')::date, n.taken DESC) d
 ORDER BY d.taken;

-- name: take
-- Names that people were given are "user" and their user's number plus 5,830 (base/names.c). An item with a new comment
-- has new activity, so no others are looked at for those.
-- silent: nothing that is kept shows them
INSERT INTO microcosm.platform_days
       (sites, engaged_sites, conversations, comments, profiles, edited_profiles, new_profiles, sign_ins, people)
SELECT s.sites, s.engaged_sites, i.conversations, i.comments, p.profiles, p.edited_profiles, p.new_profiles
      ,p.sign_ins, p.people
  FROM (SELECT count(*) AS sites
              ,count(*) FILTER (WHERE EXISTS (SELECT FROM microcosm.items c
                                               WHERE c.site_id = x.site_id AND c.item_type = 6 AND c.is_visible AND c.comment_count > 0)
                                   OR x.logo_url <> '' AND t.total_profiles > 1
                                      AND EXISTS (SELECT FROM microcosm.items e
                                                   WHERE e.site_id = x.site_id AND e.item_type = 9 AND e.is_visible AND e.comment_count > 0))
               AS engaged_sites
          FROM microcosm.sites x
          JOIN microcosm.site_stats t ON t.site_id = x.site_id
         WHERE NOT x.is_deleted
           AND x.site_id > 1) s
 CROSS JOIN (SELECT count(*) FILTER (WHERE r.item_type = 6 AND r.created > clock_timestamp() - interval '1 day') AS conversations
                   ,coalesce(sum((SELECT count(*)
                                    FROM microcosm.comments m
                                   WHERE m.site_id = r.site_id AND m.item_id = r.item_id AND m.is_visible
                                     AND m.created > clock_timestamp() - interval '1 day')), 0)::bigint AS comments
               FROM microcosm.items r
               JOIN microcosm.sites z ON z.site_id = r.site_id
              WHERE NOT z.is_deleted
                AND r.is_visible
                AND r.last_activity > clock_timestamp() - interval '1 day') i
 CROSS JOIN (SELECT count(*) AS profiles
                   ,count(*) FILTER (WHERE f.profile_name <> 'user' || (f.user_id + 5830) AND f.avatar <> '') AS edited_profiles
                   ,count(*) FILTER (WHERE f.created > clock_timestamp() - interval '1 day') AS new_profiles
                   ,count(*) FILTER (WHERE f.last_active > clock_timestamp() - interval '1 day') AS sign_ins
                   ,count(DISTINCT f.user_id) FILTER (WHERE f.last_active > clock_timestamp() - interval '1 day') AS people
               FROM microcosm.profiles f
               JOIN microcosm.sites y ON y.site_id = f.site_id
              WHERE NOT y.is_deleted
                AND f.site_id > 1) p;
