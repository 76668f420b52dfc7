-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON delivery, endpoint TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON endpoint_secret, inbox_item TO :"service_role";
