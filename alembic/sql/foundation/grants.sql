-- What happened: the service adds rows and can neither change nor remove one.
GRANT SELECT, INSERT ON audience, chain_head, event, feed TO :"service_role";

-- Records that change and are never removed.
GRANT SELECT, INSERT, UPDATE ON epoch, relay TO :"service_role";

-- Rows that are removed when their purpose is fulfilled.
GRANT SELECT, INSERT, UPDATE, DELETE ON timer TO :"service_role";

-- The auditor's role.
GRANT SELECT ON chain_head, epoch TO :"auditor_role";

-- The service checks at start that the database has the revision it needs.
GRANT SELECT ON alembic_version TO :"service_role";
