-- Partitions of event (a year each), delivery (a quarter) and access_log (a month). Only the owner may create and
-- drop tables: the service calls these functions, which run as the owner.

-- Create the partitions of the next two years; returns how many were missing.
-- The advisory lock keeps two workers from creating the same one.
CREATE FUNCTION ensure_partitions(today timestamptz) RETURNS integer SECURITY DEFINER SET search_path FROM CURRENT
LANGUAGE plpgsql AS $$
DECLARE
    parent text; step interval; unit text; form text; first_day timestamptz; child text; made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7210432);
    FOR parent, step, unit, form IN VALUES
        ('event', '1 year'::interval, 'year', 'YYYY'),
        ('delivery', '3 months', 'quarter', 'YYYY_"q"Q'),
        ('access_log', '1 month', 'month', 'YYYY_MM')
    LOOP
        first_day := date_trunc(unit, today, 'UTC');
        WHILE first_day < today + interval '2 years' LOOP
            child := parent || '_' || to_char(first_day AT TIME ZONE 'UTC', form);
            IF to_regclass(child) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    child, parent, uuid7_floor(first_day),
                    uuid7_floor((first_day AT TIME ZONE 'UTC' + step) AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
            first_day := (first_day AT TIME ZONE 'UTC' + step) AT TIME ZONE 'UTC';
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- Partitions of delivery or access_log that end before a timestamp. Events are never among them.
CREATE FUNCTION past_partitions(parent text, before timestamptz) RETURNS SETOF text
SECURITY DEFINER SET search_path FROM CURRENT STABLE LANGUAGE sql AS $$
    SELECT part.relname::text FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE parent IN ('delivery', 'access_log') AND inhparent = to_regclass(parent)
        AND substring(pg_get_expr(part.relpartbound, part.oid) FROM 'TO \(''([0-9a-f-]+)''\)')::uuid
            <= uuid7_floor(before)
    ORDER BY part.relname
$$;

-- The ids in a partition that may be dropped, in chunks: the proof of a purge names them.
CREATE FUNCTION partition_ids(partition text, after_id uuid, at_most integer) RETURNS SETOF uuid
SECURITY DEFINER SET search_path FROM CURRENT STABLE LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(quote_ident(partition))
        AND inhparent IN ('delivery'::regclass, 'access_log'::regclass)) THEN
        RAISE EXCEPTION 'no partition that may be dropped: %', partition;
    END IF;
    RETURN QUERY EXECUTE format('SELECT id FROM %I WHERE id > $1 ORDER BY id LIMIT $2', partition)
        USING after_id, at_most;
END $$;

-- Drop one partition that ended before a timestamp; refuses every other table.
CREATE FUNCTION drop_partition(partition text, before timestamptz) RETURNS void
SECURITY DEFINER SET search_path FROM CURRENT LANGUAGE plpgsql AS $$
BEGIN
    IF partition NOT IN (SELECT past_partitions('delivery', before) UNION SELECT past_partitions('access_log', before))
    THEN
        RAISE EXCEPTION 'no partition that may be dropped: %', partition;
    END IF;
    EXECUTE format('DROP TABLE %I', partition);
END $$;
