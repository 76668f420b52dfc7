-- Records that change and are never removed.
GRANT SELECT, INSERT, UPDATE ON insight, promise, visit, visit_companion, visit_correction, visit_draft, visit_plan,
    visit_purpose TO :"service_role";

-- Rows that are removed when their purpose is fulfilled.
GRANT SELECT, INSERT, UPDATE, DELETE ON visit_position TO :"service_role";
