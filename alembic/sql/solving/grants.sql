-- Append-only tables: the service inserts rows and cannot update or delete them.
GRANT SELECT, INSERT ON problem_category_version, problem_route_version, problem_withheld TO :"service_role";

-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON problem, problem_category, problem_route TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON problem_contact, problem_link TO :"service_role";
