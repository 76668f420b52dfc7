-- The service inserts into the access log but cannot read it.
GRANT INSERT ON access_log TO :"service_role";

-- Append-only tables: the service inserts rows and cannot update or delete them.
GRANT SELECT, INSERT ON local_rule, organisation_former_name TO :"service_role";

-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON consent, correction_request, credential, division, division_import, organisation,
    organisation_link, person, posting, service_client TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON device, division_staged, external_identity, recovery_code, second_factor,
    sign_in_attempt, spent_sign_in TO :"service_role";

-- The auditor's role.
GRANT SELECT, INSERT ON access_log TO :"auditor_role";

-- Only the service and the auditor compute the chain of the access log.
REVOKE ALL ON FUNCTION access_log_hashes(integer, xid8, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_log_hashes(integer, xid8, uuid, integer) TO :"service_role", :"auditor_role";
