-- Fills an empty, migrated database with sites to measure on: the same rows at every run.
--
--   psql -v sites=20 -v conversations=1000 -v comments=20000 -v thread=2000 -f load.sql
--
-- Site 2 ("bench0") is large: a fifth of all conversations, with 25 comments each, in 8 microcosms, and one
-- thread of :thread comments. The others share the rest, in 3 microcosms each. Every site also has a committee's
-- microcosm that only its members may see. Ids are made up here, so that what measures can name them: profiles
-- and users 1 to :members are those of the large site, items 1 to :large its conversations, the highest item
-- is the long thread. The token of user n is "bench-n".
--
-- Run by whoever owns the tables, with microcosm.site_id 0.

\set ON_ERROR_STOP on
\set QUIET on

SELECT :conversations / 5 AS large
      ,:conversations - :conversations / 5 - 1 AS small
      ,greatest(64, :conversations / 50) AS members
      ,20 AS others
      ,8 AS children
\gset

BEGIN;
SET LOCAL synchronous_commit = off;

-- A number below m that is always the same for n, and looks like chance.
CREATE FUNCTION pg_temp.pick(n bigint, m bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    RETURN (pg_catalog.hashint8(n) & 2147483647) % m;


-- Texts -------------------------------------------------------------------------------------------------------

CREATE TEMPORARY TABLE sentences (n int PRIMARY KEY, markdown text, html text);
INSERT INTO sentences (n, markdown, html)
SELECT row_number() OVER () - 1, s.markdown, coalesce(s.html, s.markdown)
  FROM (VALUES
    ('I had the same trouble last spring, and it took me three weekends to find out what it was.', NULL),
    ('Have you looked at the bearing on the other side? Mine was fine to the touch and still gone.', NULL),
    ('The club has a spare one in the shed, ask whoever has the key this week.', NULL),
    ('It depends on how wet the ground is when you start.', NULL),
    ('**Do not** tighten it while it is warm, the thread is softer than it looks.',
     '<strong>Do not</strong> tighten it while it is warm, the thread is softer than it looks.'),
    ('We went the long way round by the canal and were home before dark all the same.', NULL),
    ('There is a [drawing](https://plans.example.org/frames/17) that shows how the two halves meet.',
     'There is a <a href="https://plans.example.org/frames/17" rel="nofollow noopener" target="_blank">drawing</a> that shows how the two '
     'halves meet.'),
    ('Nobody sells that size any more, so I turned one from brass.', NULL),
    ('For what it is worth, the manual says 12 Nm & no grease.', 'For what it is worth, the manual says 12 Nm &amp; no grease.'),
    ('That is a lovely piece of work, did you take pictures on the way?', NULL),
    ('Saturday suits me, I can bring two more if somebody has room in the car.', NULL),
    ('The second photograph shows it best: look at the lower edge, where the paint has lifted.', NULL),
    ('I would wait for the frost to be over, they never recover if they are caught twice.', NULL),
    ('You can hear it at low speed, a sort of *tick* once every turn.',
     'You can hear it at low speed, a sort of <em>tick</em> once every turn.'),
    ('Thank you, that was it!', NULL),
    ('Mine came with the long screws, which bottom out and crack the casing.', NULL),
    ('It reads much better on paper than it runs, but the idea is sound.', NULL),
    ('The trick is to cut it at an angle, then it holds without any glue.', NULL),
    ('They changed the supplier in the middle of the year, so check the number on the side.', NULL),
    ('Last time there were forty of us, and the kitchen ran out of bread by noon.', NULL),
    ('If the needle stays below `0.4` you are on the safe side.', 'If the needle stays below <code>0.4</code> you are on the safe side.'),
    ('I keep mine in the cellar from October on, dark and only just above freezing.', NULL),
    ('Somebody at the harbour still does this by hand, and he is not even expensive.', NULL),
    ('My father had one of these, and it outlived two engines.', NULL),
    ('What is the rule about dogs on that stretch now?', NULL),
    ('It is the cheap tape that does it, the good one peels off clean after a year.', NULL),
    ('Please write the date on the lid, we had three tins of the same colour.', NULL),
    ('The map is wrong there, the path ends at the fence and you have to go back.', NULL),
    ('Soak it over night, rinse, and do not be impatient with the last layer.', NULL),
    ('I can lend you the press, it only sits in my way.', NULL),
    ('Is that the early sort or the one that ripens in September?', NULL),
    ('Half of the fun is finding out why it did not work.', NULL)) AS s (markdown, html);

-- From one short remark to several paragraphs: about 330 bytes of Markdown, and somewhat more of HTML.
CREATE TEMPORARY TABLE texts (n int PRIMARY KEY, markdown text NOT NULL, html text NOT NULL);
INSERT INTO texts (n, markdown, html)
SELECT t.n
      ,string_agg(p.markdown, E'\n\n' ORDER BY p.p)
      ,string_agg('<p>' || p.html || E'</p>\n', E'\n' ORDER BY p.p)
  FROM generate_series(0, 1023) AS t (n)
 CROSS JOIN LATERAL (SELECT p.p, string_agg(s.markdown, ' ' ORDER BY k) AS markdown, string_agg(s.html, ' ' ORDER BY k) AS html
                       FROM generate_series(0, pg_temp.pick(t.n, 3)) AS p (p)
                      CROSS JOIN LATERAL generate_series(0, pg_temp.pick(t.n * 8 + p.p + 7000, 4)) AS k
                       JOIN sentences s ON s.n = pg_temp.pick((t.n * 8 + p.p) * 8 + k, 32)
                      GROUP BY p.p) p
 GROUP BY t.n;


-- Sites and people --------------------------------------------------------------------------------------------

-- What belongs to site k: where its profiles and microcosms begin.
CREATE TEMPORARY TABLE places AS
SELECT k
      ,2 + k AS site_id
      ,CASE k WHEN 0 THEN 1 ELSE :members + (k - 1) * :others + 1 END AS first_profile
      ,CASE k WHEN 0 THEN :members ELSE :others END AS profiles
      ,k * 16 + 1 AS root_id
      ,CASE k WHEN 0 THEN :children ELSE 3 END AS children
      ,timestamptz '2025-01-01 00:00:00+00' AS made
  FROM generate_series(0, :sites - 1) AS k;
ALTER TABLE places ADD PRIMARY KEY (k);

INSERT INTO microcosm.users (user_id, email, canonical_email, created)
SELECT n, 'member' || n || '@example.org', 'member' || n || '@example.org', p.made
  FROM places p
 CROSS JOIN LATERAL generate_series(p.first_profile, p.first_profile + p.profiles - 1) AS n;

INSERT INTO microcosm.access_tokens (token_hash, user_id, created, expires)
SELECT sha256(convert_to('bench-' || u.user_id, 'UTF8')), u.user_id, u.created, timestamptz '2100-01-01 00:00:00+00'
  FROM microcosm.users u;

INSERT INTO microcosm.sites (site_id, subdomain_key, title, description, owned_by, created_by, created)
SELECT p.site_id, 'bench' || p.k, 'Workshop ' || p.k, 'A place to talk about work.', p.first_profile, p.first_profile, p.made
  FROM places p;

INSERT INTO microcosm.profiles (site_id, profile_id, user_id, profile_name, name_key, name_order, avatar, created,
                                last_active, all_read_at, huddles_read_at)
SELECT p.site_id, n, n, 'member' || n, 'rnernber' || translate(n::text, '01', 'ol'), 'member' || n, '/api/v1/files/avatar' || n, p.made, p.made, p.made, p.made
  FROM places p
 CROSS JOIN LATERAL generate_series(p.first_profile, p.first_profile + p.profiles - 1) AS n;

INSERT INTO microcosm.profile_options (site_id, profile_id)
SELECT p.site_id, p.profile_id FROM microcosm.profiles p;

-- The root, what hangs below it, and the committee's last.
INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, description, visibility, owned_by,
                                  created_by, created)
SELECT p.site_id, p.root_id + c, CASE WHEN c > 0 THEN p.root_id END
      ,CASE WHEN c > 0 THEN ARRAY[p.root_id, p.root_id + c] ELSE ARRAY[p.root_id] END
      ,CASE WHEN c = 0 THEN 'Forums' WHEN c > p.children THEN 'Committee' ELSE 'Bench ' || c END
      ,'What goes on here.', CASE WHEN c > p.children THEN 'private' ELSE 'public' END
      ,p.first_profile, p.first_profile, p.made
  FROM places p
 CROSS JOIN LATERAL generate_series(0, p.children + 1) AS c
 ORDER BY p.k, c;

-- Those that a new site gets at its root, and moderators; at the committee's microcosm they are replaced.
INSERT INTO microcosm.roles (site_id, role_id, microcosm_id, title, is_moderator, is_banned, include_guests, include_users,
                             can_create, can_read, can_close_own, can_read_others, created, created_by)
SELECT p.site_id, p.k * 8 + r.n, p.root_id + CASE WHEN r.n > 4 THEN p.children + 1 ELSE 0 END, r.title
      ,r.is_moderator, r.is_banned, r.guests, r.users, r.can_create, r.can_read, r.can_close_own, r.can_read_others
      ,p.made, p.first_profile
  FROM places p
 CROSS JOIN (VALUES (1, 'Guests',     false, false, true,  false, false, true,  false, false),
                    (2, 'Members',    false, false, false, true,  true,  true,  true,  true),
                    (3, 'Banned',     false, true,  false, false, false, false, false, false),
                    (4, 'Moderators', true,  false, false, false, true,  true,  true,  true),
                    (5, 'Committee',  false, false, false, false, true,  true,  true,  true))
       AS r (n, title, is_moderator, is_banned, guests, users, can_create, can_read, can_close_own, can_read_others);

INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id)
SELECT p.site_id, p.k * 8 + r.role, p.first_profile + r.member
  FROM places p
 CROSS JOIN (VALUES (4, 1), (4, 2), (5, 1), (5, 3), (5, 4)) AS r (role, member);


-- Conversations and comments ----------------------------------------------------------------------------------

-- The large site's, the others' (turn by turn), and the long thread. Pairs of the others' have as many comments
-- together as two of the average, one more and one less.
CREATE TEMPORARY TABLE plan AS
SELECT i AS item_id
      ,p.site_id
      ,p.root_id + 1 + (c.turn % p.children) AS microcosm_id
      ,p.first_profile + pg_temp.pick(i + 500000, p.profiles) AS created_by
      ,p.first_profile
      ,p.profiles
      ,c.comments
      ,timestamptz '2025-02-01 00:00:00+00' + i * interval '5 minutes' AS created
      ,(sum(c.comments) OVER (ORDER BY i) - c.comments)::bigint AS comments_before
      ,i > :large AS has_hidden
  FROM generate_series(1, :conversations) AS i
 CROSS JOIN LATERAL (SELECT (i - :large - 1)::bigint AS other
                           ,(:comments - :thread - 25 * :large)::bigint AS left_over) o
 CROSS JOIN LATERAL (SELECT CASE WHEN i <= :large OR i = :conversations OR :sites = 1 THEN 0 ELSE 1 + o.other % (:sites - 1) END AS k
                           ,CASE WHEN i <= :large THEN i ELSE o.other / greatest(:sites - 1, 1) END AS turn
                           ,CASE WHEN i <= :large THEN 25
                                 WHEN i = :conversations THEN :thread
                                 ELSE (o.other + 1) * o.left_over / :small - o.other * o.left_over / :small
                                      + CASE WHEN o.other = :small - 1 AND :small % 2 = 1 THEN 0
                                             ELSE (1 - o.other % 2 * 2) * pg_temp.pick(o.other / 2, 12) END END AS comments) c
  JOIN places p ON p.k = c.k;

INSERT INTO microcosm.items (site_id, item_id, item_type, microcosm_id, title, created, created_by, next_position,
                             view_count, last_activity)
SELECT p.site_id, p.item_id, 6, p.microcosm_id, 'About the ' || split_part(s.markdown, ' ', 2) || ' of number ' || p.item_id
      ,p.created, p.created_by, p.comments, pg_temp.pick(p.item_id, 5000), p.created
  FROM plan p
  JOIN sentences s ON s.n = p.item_id % 32
 ORDER BY p.item_id;

-- Every third answers the one before. In all but the large site's short conversations one of 200 was taken down.
INSERT INTO microcosm.comments (site_id, comment_id, item_id, item_type, position, in_reply_to, created, created_by,
                                is_moderated, markdown, html, renderer)
SELECT p.site_id, c.id, p.item_id, 6, c.position
      ,CASE WHEN c.position > 0 AND c.id % 3 = 0 THEN c.id - 1 END
      ,p.created + c.position * interval '3 minutes'
      ,p.first_profile + pg_temp.pick(c.id + 900000000, p.profiles)
      ,p.has_hidden AND pg_temp.pick(c.id + 700000000, 200) = 0
      ,t.markdown, t.html, 7 -- MC__RENDERER (markup/markup.h), or pages would render them again
  FROM plan p
 CROSS JOIN LATERAL (SELECT n AS position, p.comments_before + n + 1 AS id
                       FROM generate_series(0, p.comments - 1) AS n) c
  JOIN texts t ON t.n = pg_temp.pick(c.id, 1024)
 ORDER BY c.id;

-- The daemon has nothing to render again.
INSERT INTO microcosm.renderings (renderer, last_site_id, last_comment_id, is_done)
SELECT max(c.renderer), 0, 0, true FROM microcosm.comments c;

-- Everybody follows what they took part in.
INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id)
SELECT c.site_id, c.created_by, 6, c.item_id FROM microcosm.comments c
 UNION
SELECT i.site_id, i.created_by, 6, i.item_id FROM microcosm.items i;


-- Counters ----------------------------------------------------------------------------------------------------

UPDATE microcosm.items i
   SET comment_count = n.comments
      ,last_comment_id = l.comment_id
      ,last_comment_created = l.created
      ,last_comment_by = l.created_by
      ,last_activity = l.created
  FROM (SELECT c.site_id, c.item_id, count(*) AS comments, max(c.position) AS last
          FROM microcosm.comments c WHERE c.is_visible GROUP BY 1, 2) n
  JOIN microcosm.comments l ON l.site_id = n.site_id AND l.item_id = n.item_id AND l.position = n.last
 WHERE i.site_id = n.site_id AND i.item_id = n.item_id;

-- As after a fold: nothing is left in the deltas.
INSERT INTO microcosm.profile_counters (site_id, profile_id, microcosm_id, item_count, comment_count)
SELECT n.site_id, n.created_by, n.microcosm_id, sum(n.items), sum(n.comments)
  FROM (SELECT i.site_id, i.created_by, i.microcosm_id, 1 AS items, 0 AS comments FROM microcosm.items i
         UNION ALL
        SELECT c.site_id, c.created_by, i.microcosm_id, 0, 1
          FROM microcosm.comments c
          JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
         WHERE c.is_visible) n
 GROUP BY n.site_id, n.created_by, n.microcosm_id;

UPDATE microcosm.profiles p
   SET item_count = n.items
      ,comment_count = n.comments
  FROM (SELECT c.site_id, c.profile_id, sum(c.item_count) AS items, sum(c.comment_count) AS comments
          FROM microcosm.profile_counters c GROUP BY 1, 2) n
 WHERE p.site_id = n.site_id AND p.profile_id = n.profile_id;

INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id, conversation_count, comment_count, last_activity)
SELECT m.site_id, m.microcosm_id, count(i.item_id), coalesce(sum(i.comment_count), 0)
      ,greatest(m.created, max(i.last_activity))
  FROM microcosm.microcosms m
  LEFT JOIN microcosm.items i ON i.site_id = m.site_id AND i.microcosm_id = m.microcosm_id
 GROUP BY m.site_id, m.microcosm_id;

INSERT INTO microcosm.site_stats (site_id, active_profiles, online_profiles, total_profiles, total_conversations, total_comments)
SELECT p.site_id, 0, 0, p.profiles, sum(s.conversation_count), sum(s.comment_count)
  FROM places p
  JOIN microcosm.microcosm_counters s ON s.site_id = p.site_id
 GROUP BY p.site_id, p.profiles;
DELETE FROM microcosm.site_deltas;

-- Ids go on behind those made up here.
SELECT setval(pg_get_serial_sequence(n.name, n.id), n.last)
  FROM (SELECT 'microcosm.sites' AS name, 'site_id' AS id, max(site_id) AS last FROM microcosm.sites
         UNION ALL SELECT 'microcosm.users', 'user_id', max(user_id) FROM microcosm.users
         UNION ALL SELECT 'microcosm.profiles', 'profile_id', max(profile_id) FROM microcosm.profiles
         UNION ALL SELECT 'microcosm.microcosms', 'microcosm_id', max(microcosm_id) FROM microcosm.microcosms
         UNION ALL SELECT 'microcosm.roles', 'role_id', max(role_id) FROM microcosm.roles
         UNION ALL SELECT 'microcosm.items', 'item_id', max(item_id) FROM microcosm.items
         UNION ALL SELECT 'microcosm.comments', 'comment_id', max(comment_id) FROM microcosm.comments) n
\g /dev/null
COMMIT;
