-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON residence_report TO :"service_role";
