-- What happened: the service adds rows and can neither change nor remove one.
GRANT SELECT, INSERT ON purge TO :"service_role";

-- Records that change and are never removed.
GRANT SELECT, INSERT, UPDATE ON import TO :"service_role";

-- Rows that are removed when their purpose is fulfilled.
GRANT SELECT, INSERT, UPDATE, DELETE ON import_file, import_row TO :"service_role";

-- The auditor's role.
GRANT SELECT ON purge TO :"auditor_role";

-- Functions that run as the owner: only the service may call them.
REVOKE ALL ON FUNCTION ensure_partitions(timestamptz), past_partitions(text, timestamptz),
    partition_ids(text, uuid, integer), drop_partition(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions(timestamptz), past_partitions(text, timestamptz),
    partition_ids(text, uuid, integer), drop_partition(text, timestamptz) TO :"service_role";
