-- Append-only tables: the service inserts rows and cannot update or delete them.
GRANT SELECT, INSERT ON earlier_person_background, earlier_placement_report, earlier_selection_decision TO
    :"service_role";

-- Tables with rows that the service may update but not delete.
GRANT SELECT, INSERT, UPDATE ON contact_point, fence, person_background, place, place_reading, placement,
    placement_selection, selection_decision TO :"service_role";

-- Tables with rows that the service may also delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_household, fence_proposal TO :"service_role";
