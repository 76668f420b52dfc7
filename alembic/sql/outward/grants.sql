-- Records that change and are never removed.
GRANT SELECT, INSERT, UPDATE ON delivery, endpoint TO :"service_role";

-- Rows that are removed when their purpose is fulfilled.
GRANT SELECT, INSERT, UPDATE, DELETE ON endpoint_secret, inbox_item TO :"service_role";
