-- Records that change and are never removed.
GRANT SELECT, INSERT, UPDATE ON assessment_cycle, dossier TO :"service_role";
