-- What members follow, and how they want to be told.

-- A switch of a type of update as the profile has set it, or else by the type's own default and the profile's options.
-- fragment: preferred(switch, profile_id, update_type_id, default)
coalesce((SELECT u.{switch} FROM microcosm.update_preferences u
           WHERE u.site_id = :site_id AND u.profile_id = {profile_id} AND u.update_type_id = {update_type_id})
        ,{default} AND coalesce((SELECT o.{switch} FROM microcosm.profile_options o
                                  WHERE o.site_id = :site_id AND o.profile_id = {profile_id}), true))

-- What the audit and the caches of processes are told of watchers that a source has changed. What somebody follows in a huddle
-- is nobody's business.
-- fragment: changed_watcher(action, source)
@change(:site_id, 14, 0, 3, m.profile_id, NULL, 'update', :actor_id, NULL, {source} m)
, written AS (
    SELECT :site_id::bigint AS site_id, 19::smallint AS item_type, m.watcher_id AS item_id, :actor_id::bigint AS profile_id
          ,m.item_type = 5 AS is_private
      FROM {source} m
), @audit({action}, written)

-- name: watch
-- Whom a thing is followed by already, it stays as it is.
-- unsettled: no counters
-- bind: site_id int, actor_id int, item_type int, item_id int, update_type_id int, default_email bool, address text
-- row: send_email bool, change change
WITH watcher AS (
    INSERT INTO microcosm.watchers AS w (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT :site_id, :actor_id, :item_type, :item_id
          ,@preferred(send_email, :actor_id, :update_type_id::int, :default_email::boolean)
          ,@preferred(send_sms, :actor_id, :update_type_id::int, false)
        ON CONFLICT (site_id, profile_id, item_type, item_id) DO UPDATE SET send_email = w.send_email
    RETURNING watcher_id, profile_id, item_type, send_email, xmax = 0 AS is_new
), made AS (
    SELECT w.* FROM watcher w WHERE w.is_new
), @changed_watcher('C', made)
SELECT w.send_email, c.change FROM watcher w LEFT JOIN change c ON true;

-- name: set
-- No row if the actor doesn't follow the thing.
-- unsettled: no counters
-- bind: site_id int, actor_id int, item_type int, item_id int, send_email bool, send_sms bool, address text
-- row: change change
WITH made AS (
    UPDATE microcosm.watchers w
       SET send_email = :send_email, send_sms = :send_sms
     WHERE w.site_id = :site_id AND w.profile_id = :actor_id AND w.item_type = :item_type AND w.item_id = :item_id
    RETURNING w.watcher_id, w.profile_id, w.item_type
), @changed_watcher('U', made)
SELECT c.change FROM change c;

-- name: unwatch
-- No row if the actor doesn't follow the thing.
-- unsettled: no counters
-- bind: site_id int, actor_id int, item_type int, item_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.watchers w
     WHERE w.site_id = :site_id AND w.profile_id = :actor_id AND w.item_type = :item_type AND w.item_id = :item_id
    RETURNING w.watcher_id, w.profile_id, w.item_type
), @changed_watcher('D', gone)
SELECT c.change FROM change c;

-- name: owner
-- Whose a watcher is.
-- unsettled: no counters
-- bind: site_id int, watcher_id int
-- row: profile_id int
SELECT w.profile_id FROM microcosm.watchers w WHERE w.site_id = :site_id AND w.watcher_id = :watcher_id;

-- name: delete
-- unsettled: no counters
-- bind: site_id int, actor_id int, watcher_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.watchers w
     WHERE w.site_id = :site_id AND w.watcher_id = :watcher_id
    RETURNING w.watcher_id, w.profile_id, w.item_type
), @changed_watcher('D', gone)
SELECT c.change FROM change c;

-- name: preferences
-- Of all types, or of one. defaults: of each type, whether mail is sent.
-- unsettled: no counters
-- bind: site_id int, actor_id int, update_type_ids ints, defaults ints
-- row: update_type_id int, send_email bool, send_sms bool
SELECT t.update_type_id
      ,@preferred(send_email, :actor_id, t.update_type_id, t.default_email = 1) AS send_email
      ,@preferred(send_sms, :actor_id, t.update_type_id, false) AS send_sms
  FROM unnest(:update_type_ids::bigint[], :defaults::bigint[]) AS t (update_type_id, default_email)
 ORDER BY t.update_type_id;

-- name: set_preference
-- unsettled: no counters
-- bind: site_id int, actor_id int, update_type_id int, default_email bool, send_email choice, send_sms choice, address text
-- row: change change
WITH made AS (
    INSERT INTO microcosm.update_preferences AS p (site_id, profile_id, update_type_id, send_email, send_sms)
    SELECT :site_id, :actor_id, :update_type_id::int
          ,coalesce(:send_email::boolean, @preferred(send_email, :actor_id, :update_type_id::int, :default_email::boolean))
          ,coalesce(:send_sms::boolean, @preferred(send_sms, :actor_id, :update_type_id::int, false))
        ON CONFLICT (site_id, profile_id, update_type_id)
        DO UPDATE SET send_email = coalesce(:send_email::boolean, p.send_email), send_sms = coalesce(:send_sms::boolean, p.send_sms)
    RETURNING p.profile_id
), @change(:site_id, 14, 0, 3, m.profile_id, NULL, 'update', :actor_id, NULL, made m)
, written AS (
    SELECT :site_id::bigint AS site_id, 18::smallint AS item_type, :update_type_id::int AS item_id
          ,m.profile_id, false AS is_private
      FROM made m
), @audit('R', written)
SELECT c.change FROM change c;
