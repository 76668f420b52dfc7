-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON assessment_cycle, dossier TO :"service_role";
