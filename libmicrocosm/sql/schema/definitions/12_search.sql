-- Search: what documents and queries are made of. See tables/99_search.sql.

-- Finds titles in spite of typing errors. Without it, or without the right to add it, they are found as they are spelled.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname = 'pg_trgm') THEN
        CREATE EXTENSION pg_trgm WITH SCHEMA public;
    END IF;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'searches forgive no typing errors: %', SQLERRM;
END
$$;

DO $$
DECLARE
    home regnamespace := (SELECT e.extnamespace FROM pg_catalog.pg_extension e WHERE e.extname = 'pg_trgm');
BEGIN
    IF home IS NOT NULL THEN
        EXECUTE format('CREATE INDEX IF NOT EXISTS search_documents_similar ON microcosm.search_documents
                        USING gin (title %s.gin_trgm_ops) WITH (gin_pending_list_limit = 256)
                        WHERE title <> ''''', home);
    END IF;
END
$$;

CREATE FUNCTION microcosm.search_mark(site bigint, kind bigint, parent_kind bigint DEFAULT NULL) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ' ' || site || '.' || kind || coalesce('.' || parent_kind, '');

COMMENT ON FUNCTION microcosm.search_mark(bigint, bigint, bigint) IS
    'The word that is in all documents of a kind of thing of a site and in no others; for comments by what they are on.';

CREATE FUNCTION microcosm.search_language(site bigint) RETURNS regconfig
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((SELECT c.oid::regconfig
                       FROM microcosm.sites s
                       JOIN pg_catalog.pg_ts_config c
                         ON c.cfgname = s.search_language AND c.cfgnamespace = 'pg_catalog'::regnamespace
                      WHERE s.site_id = site), 'pg_catalog.simple'::regconfig);

COMMENT ON FUNCTION microcosm.search_language(bigint) IS
    'The text search configuration for what is written on a site.';

CREATE FUNCTION microcosm.unescaped(escaped text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace(replace(replace(replace(replace(replace(
               escaped, '&lt;', '<'), '&gt;', '>'), '&#34;', '"'), '&quot;', '"'), '&#39;', ''''), '&amp;', '&');

COMMENT ON FUNCTION microcosm.unescaped(text) IS
    'The characters of a text that is stored with HTML''s references for some.';

CREATE FUNCTION microcosm.escaped(plain text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace(replace(replace(replace(replace(
               plain, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&#34;'), '''', '&#39;');

COMMENT ON FUNCTION microcosm.escaped(text) IS
    'The other way round as unescaped().';

CREATE FUNCTION microcosm.visible_text(html text, markdown text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN html = '' THEN markdown
                ELSE microcosm.unescaped(btrim(regexp_replace(
                         regexp_replace(html, '</?(a|abbr|b|code|del|em|i|ins|mark|s|small|span|strong|sub|sup|u)(\s[^>]*)?>', '',
                                        'gi'),
                         '(<[^>]*>|\s)+', ' ', 'g'))) END;

COMMENT ON FUNCTION microcosm.visible_text(text, text) IS
    'What a reader sees of safe HTML; of a text that has none yet, its Markdown.';

-- Thai, Lao, Burmese, Khmer, kana, Han: PostgreSQL takes what stands between spaces for one word, of which no part could be found.
CREATE FUNCTION microcosm.spread(plain text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN octet_length(plain) = char_length(plain) THEN plain
                ELSE regexp_replace(plain,
                         '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f'
                         '\U00020000-\U0003ffff])', E'\x02\\1\x02', 'g') END;

COMMENT ON FUNCTION microcosm.spread(text) IS
    'A text with each character of scripts without spaces apart, by U+0002.';

-- To PostgreSQL these are no words. A flag has two characters; colours of skin and what joins several to one don't count.
CREATE FUNCTION microcosm.emoji(plain text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN octet_length(plain) = char_length(plain) THEN '{}'
                ELSE ARRAY(SELECT DISTINCT e.found[1]
                             FROM regexp_matches(plain, '[\U0001f1e6-\U0001f1ff]{2}|[\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff'
                                                        '\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]', 'g') AS e (found)) END;

COMMENT ON FUNCTION microcosm.emoji(text) IS
    'The pictures and symbols in a text, each once.';

-- The words of several texts stand apart, so that no phrase goes from one into the next.
CREATE FUNCTION microcosm.search_words(language regconfig, mark text, title text, body text) RETURNS tsvector
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    gap CONSTANT tsvector := $gap$' ':1$gap$;
    of_title text := microcosm.spread(microcosm.unescaped(title));
    of_body text := microcosm.spread(left(body, 100000)); -- a tsvector has room for a megabyte
BEGIN
    -- with a place, those of the title have a weight
    RETURN array_to_tsvector(microcosm.emoji(of_body))
           || coalesce((SELECT string_agg(quote_literal(e) || ':1A', ' ') FROM unnest(microcosm.emoji(of_title)) e), '')::tsvector
           || ts_delete(setweight(to_tsvector('pg_catalog.simple', of_title) || gap || to_tsvector(language, of_title), 'A')
                     || gap || to_tsvector('pg_catalog.simple', of_body) || gap || to_tsvector(language, of_body), ' ')
           || array_to_tsvector(mark || ARRAY(SELECT DISTINCT lower(t.tag[1])
                                                FROM regexp_matches(of_title || ' ' || of_body,
                                                                    '(?:^|\s)(#\w*[^\W\d]\w*)', 'g') AS t (tag)
                                               WHERE octet_length(t.tag[1]) < 200));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN microcosm.search_words(language, mark, title, left(body, least(char_length(body), 100000) / 2));
END
$$;

COMMENT ON FUNCTION microcosm.search_words(regconfig, text, text, text) IS
    'The words of a search document, and the marks by which it is found.';

CREATE FUNCTION microcosm.search_term(language regconfig, term text, is_phrase boolean) RETURNS tsquery
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (CASE WHEN is_phrase OR microcosm.spread(term) <> term
                 THEN phraseto_tsquery('pg_catalog.simple', microcosm.spread(term)) || phraseto_tsquery(language, microcosm.spread(term))
                 ELSE plainto_tsquery('pg_catalog.simple', term) || plainto_tsquery(language, term) END)
           && coalesce((SELECT string_agg(quote_literal(e), ' & ') FROM unnest(microcosm.emoji(term)) e), '')::tsquery;

COMMENT ON FUNCTION microcosm.search_term(regconfig, text, boolean) IS
    'Finds a term as it is spelled, or as the language stems it, and wherever its emoji are.';

-- kinds: 1 for a phrase, plus 2 for what must not be there. Terms of one group are alternatives. The language's most common
-- words (stop words) count only where there is nothing else, and in phrases.
CREATE FUNCTION microcosm.search_query(site bigint, terms text[], groups bigint[], kinds bigint[], tags text[],
                                       only_titles boolean) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
DECLARE
    language regconfig := microcosm.search_language(site);
    found tsquery := ''::tsquery; -- of all groups
    kept tsquery;                 -- the same without stop words
    none tsquery := ''::tsquery;
    alternatives tsquery;
    one record;
BEGIN
    kept := found;
    FOR one IN
        SELECT t.kind & 2 > 0 AS is_negated, min(t.n) AS n
              ,bool_or(t.kind & 1 > 0 OR numnode(plainto_tsquery(language, t.term)) > 0 OR microcosm.emoji(t.term) <> '{}') AS counts
              ,array_agg(t.term ORDER BY t.n) AS terms
              ,array_agg(t.kind & 1 > 0 ORDER BY t.n) AS phrases
          FROM unnest(terms, groups, kinds) WITH ORDINALITY AS t (term, in_group, kind, n)
         GROUP BY t.in_group, t.kind & 2
         ORDER BY 2
    LOOP
        alternatives := ''::tsquery;
        FOR i IN 1..cardinality(one.terms) LOOP
            alternatives := alternatives || microcosm.search_term(language, one.terms[i], one.phrases[i]);
        END LOOP;
        IF numnode(alternatives) = 0 THEN
            CONTINUE;
        ELSIF one.is_negated THEN
            none := none || alternatives;
        ELSE
            found := found && alternatives;
            kept := CASE WHEN one.counts THEN kept && alternatives ELSE kept END;
        END IF;
    END LOOP;
    IF numnode(kept) > 0 THEN
        found := kept;
    END IF;
    IF only_titles AND numnode(found) > 0 THEN
        found := regexp_replace(found::text, $re$('(?:[^']|'')*')$re$, '\1:A', 'g')::tsquery;
    END IF;
    FOR i IN 1..coalesce(cardinality(tags), 0) LOOP
        found := found && quote_literal(tags[i])::tsquery;
    END LOOP;
    IF numnode(found) > 0 AND numnode(none) > 0 THEN
        found := found && !! none;
    END IF;
    RETURN found;
END
$$;

COMMENT ON FUNCTION microcosm.search_query(bigint, text[], bigint[], bigint[], text[], boolean) IS
    'The query for these terms; empty if there is no word in them that must be found.';

-- Volatile, since PostgreSQL allows no EXPLAIN in others; it writes nothing.
CREATE FUNCTION microcosm.search_estimate(query tsquery) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    plan json;
BEGIN
    IF numnode(query) = 0 THEN
        RETURN 0;
    END IF;
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM microcosm.search_documents d WHERE d.words @@ %L::tsquery', query)
       INTO plan;
    RETURN (plan #>> '{0,Plan,Plan Rows}')::numeric;
END
$$;

COMMENT ON FUNCTION microcosm.search_estimate(tsquery) IS
    'How many documents, of all sites, the planner expects a query to find.';

CREATE FUNCTION microcosm.search_kinds(marks text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_string(ARRAY(SELECT quote_literal(m) FROM unnest(marks) AS m), ' | ')::tsquery;

COMMENT ON FUNCTION microcosm.search_kinds(text[]) IS
    'Finds documents with any of these marks.';

-- Dynamic, since the extension may not be there. A typing error changes fewer of the letters of a long title than of a short one,
-- and with a low threshold thousands of titles would be compared. It is set in here and not with SET, for until the server's
-- process has loaded the extension, an ordinary role may not make such a function.
CREATE FUNCTION microcosm.similar_titles(site bigint, wanted text, most bigint)
    RETURNS TABLE (item_type smallint, item_id bigint, likeness real)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    home regnamespace := (SELECT e.extnamespace FROM pg_catalog.pg_extension e WHERE e.extname = 'pg_trgm');
    before text;
BEGIN
    IF home IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT %s.show_limit()', home) INTO before;
    PERFORM set_config('pg_trgm.similarity_threshold',
                       CASE WHEN char_length(wanted) < 16 THEN '0.4' WHEN char_length(wanted) < 40 THEN '0.5' ELSE '0.6' END, true);
    RETURN QUERY EXECUTE format(
        'SELECT d.item_type, d.item_id, %1$s.similarity(d.title, $2)
           FROM microcosm.search_documents d
          WHERE d.site_id = $1 AND d.title <> '''' AND d.title OPERATOR(%1$s.%%) $2
          ORDER BY 3 DESC, 1, 2
          LIMIT $3', home) USING site, wanted, most;
    PERFORM set_config('pg_trgm.similarity_threshold', before, true); -- the transaction may be the host's
END
$$;

COMMENT ON FUNCTION microcosm.similar_titles(bigint, text, bigint) IS
    'Titles and names that are spelled similarly, the most similar first, if pg_trgm is there; nobody''s rights are asked.';

-- Fragments with what was found in bold. Marks that the text itself has are taken out first.
-- Words are counted, but what stands between them may be as long as the text: so a fragment has 1,000 characters at
-- most, from somewhat before the first word that was found.
CREATE FUNCTION microcosm.highlighted(language regconfig, body text, found tsquery, is_whole boolean) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
    SELECT replace(replace(microcosm.escaped(replace(translate(
               part.text || CASE WHEN length(replace(part.text, E'\uE000', '')) < length(replace(part.text, E'\uE001', ''))
                                 THEN E'\uE001' ELSE '' END,
               E'\x02', ''), E'\uE001\uE000', '')), E'\uE000', '<b>'), E'\uE001', '</b>')
      FROM (SELECT ts_headline(language, microcosm.spread(translate(left(body, 100000), E'\uE000\uE001\x02', '')), found,
                               E'StartSel=\uE000, StopSel=\uE001, '
                               || CASE WHEN is_whole THEN 'HighlightAll=true' ELSE 'MaxWords=35, MinWords=15' END) AS text
            OFFSET 0) line
     CROSS JOIN LATERAL (SELECT CASE WHEN length(line.text) <= 1000 THEN line.text
                                     ELSE substr(line.text, greatest(strpos(line.text, E'\uE000') - 200, 1), 1000) END AS text
                         OFFSET 0) part);

COMMENT ON FUNCTION microcosm.highlighted(regconfig, text, tsquery, boolean) IS
    'Safe HTML that shows what a query finds in a text: a fragment of it, or all.';

CREATE FUNCTION microcosm.search_outdated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO microcosm.search_pending (site_id, item_type, item_id) VALUES (NEW.site_id, 1, NEW.site_id);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.search_outdated() IS
    'Has all of a site built anew for searches.';
