-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON insight, promise, visit, visit_companion, visit_correction, visit_draft, visit_plan,
    visit_purpose TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON visit_position TO :"service_role";
