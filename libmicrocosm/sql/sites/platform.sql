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
-- Names that people were given are "user" and their user's number plus 5,830 (base/names.c).
-- silent: nothing that is kept shows them
INSERT INTO microcosm.platform_days
       (sites, engaged_sites, conversations, comments, profiles, edited_profiles, new_profiles, sign_ins, people)
SELECT s.sites, s.engaged_sites, s.conversations, s.comments, p.profiles, p.edited_profiles, p.new_profiles
      ,t.sign_ins, p.people
  FROM (SELECT count(*) FILTER (WHERE x.site_id > 1) AS sites
              ,count(*) FILTER (WHERE x.site_id > 1 AND c.total_comments > 0) AS engaged_sites
              ,coalesce(sum(c.total_conversations), 0)::bigint AS conversations
              ,coalesce(sum(c.total_comments), 0)::bigint AS comments
          FROM microcosm.sites x
          JOIN microcosm.site_stats c ON c.site_id = x.site_id
         WHERE NOT x.is_deleted) s
 CROSS JOIN (SELECT count(*) AS profiles
                   ,count(*) FILTER (WHERE f.profile_name <> 'user' || (f.user_id + 5830)) AS edited_profiles
                   ,count(*) FILTER (WHERE f.created > clock_timestamp() - interval '1 day') AS new_profiles
                   ,count(DISTINCT f.user_id) FILTER (WHERE f.last_active > clock_timestamp() - interval '1 day') AS people
               FROM microcosm.profiles f
               JOIN microcosm.sites y ON y.site_id = f.site_id
              WHERE NOT y.is_deleted
                AND f.site_id > 1) p
 CROSS JOIN (SELECT count(*) AS sign_ins
               FROM microcosm.access_tokens a
              WHERE a.created > clock_timestamp() - interval '1 day') t;
