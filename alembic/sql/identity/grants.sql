-- The service role writes the access log and cannot read it.
GRANT INSERT ON access_log TO :"service_role";

-- Append-only: the service role can neither change nor delete rows.
GRANT SELECT, INSERT ON local_rule, organisation_former_name TO :"service_role";

-- Records that change and are never deleted.
GRANT SELECT, INSERT, UPDATE ON consent, correction_request, credential, division, division_import, organisation,
    organisation_link, person, posting, service_client TO :"service_role";

-- Rows that are deleted when they are no longer needed.
GRANT SELECT, INSERT, UPDATE, DELETE ON device, division_staged, external_identity, recovery_code, second_factor,
    sign_in_attempt, spent_sign_in TO :"service_role";

-- The auditor's role.
GRANT SELECT, INSERT ON access_log TO :"auditor_role";

-- Only the service and the auditor compute the chain of the access log.
REVOKE ALL ON FUNCTION access_log_hashes(integer, xid8, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_log_hashes(integer, xid8, uuid, integer) TO :"service_role", :"auditor_role";
