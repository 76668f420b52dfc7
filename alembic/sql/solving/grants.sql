-- What happened: the service adds rows and can neither change nor remove one.
GRANT SELECT, INSERT ON problem_category_version, problem_route_version, problem_barred_organisation TO :"service_role";

-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON problem, problem_category, problem_route TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON problem_contact, problem_link TO :"service_role";
