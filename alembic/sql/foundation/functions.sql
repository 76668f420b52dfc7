-- The smallest UUIDv7 of a timestamp: ids are ordered by time, so this is a bound for "from" and "until".
CREATE FUNCTION uuid7_floor(moment timestamptz) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN
    (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
