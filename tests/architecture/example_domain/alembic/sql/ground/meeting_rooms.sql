-- Rows that are removed when their purpose is fulfilled.
GRANT SELECT, INSERT, UPDATE, DELETE ON meeting_room TO :"service_role";
