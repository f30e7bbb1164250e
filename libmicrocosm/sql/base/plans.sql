-- How the statements that follow in a transaction are planned: mostly once, by a plan that fits any values.

-- name: by_values
-- For what they ask: which index is best depends on the values, such as how common words are.
-- row: mode text
SELECT set_config('plan_cache_mode', 'force_custom_plan', true) AS mode
 WHERE current_setting('plan_cache_mode') = 'force_generic_plan';

-- name: once
-- row: mode text
SELECT set_config('plan_cache_mode', 'force_generic_plan', true) AS mode
 WHERE current_setting('plan_cache_mode') = 'force_custom_plan';
