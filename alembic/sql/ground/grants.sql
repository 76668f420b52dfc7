-- What happened: the service adds rows and can neither change nor remove one.
GRANT SELECT, INSERT ON earlier_person_background, earlier_placement_report, earlier_selection_decision TO
    :"service_role";

-- Records that change and are never removed.
GRANT SELECT, INSERT, UPDATE ON contact_point, fence, person_background, place, place_reading, placement,
    placement_selection, selection_decision TO :"service_role";

-- Rows that are removed when their purpose is fulfilled.
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_household, fence_proposal TO :"service_role";
