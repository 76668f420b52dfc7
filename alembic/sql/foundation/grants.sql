-- Append-only tables: the service inserts rows and cannot update or delete them.
GRANT SELECT, INSERT ON audience, chain_head, event, feed TO :"service_role";

-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON epoch, relay TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON timer TO :"service_role";

-- The auditor's role.
GRANT SELECT ON chain_head, epoch TO :"auditor_role";

-- At start the service checks the revision of the database.
GRANT SELECT ON alembic_version TO :"service_role";
