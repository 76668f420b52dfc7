-- Append-only tables: the service inserts rows and cannot update or delete them.
GRANT SELECT, INSERT ON purge TO :"service_role";

-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON import TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON import_file, import_row TO :"service_role";

-- The auditor's role.
GRANT SELECT ON purge TO :"auditor_role";

-- Functions that run as the owner: only the service may call them.
REVOKE ALL ON FUNCTION ensure_partitions(timestamptz), past_partitions(text, timestamptz),
    partition_ids(text, uuid, integer), drop_partition(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions(timestamptz), past_partitions(text, timestamptz),
    partition_ids(text, uuid, integer), drop_partition(text, timestamptz) TO :"service_role";
