-- The smallest UUIDv7 of a timestamp. Ids are ordered by time, so it is a bound for "from" and "until".
CREATE FUNCTION uuid7_floor(bound timestamptz) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN
    (lpad(to_hex((extract(epoch FROM bound) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
