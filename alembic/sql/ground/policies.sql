-- Contacts of households: the leader of the contact point keeps them; once it has ended, only the daily purge sees them.
-- Row-level security does not apply to the owner: backups need all rows, and the service never uses the owner role.
ALTER TABLE contact_household ENABLE ROW LEVEL SECURITY;

CREATE POLICY kept_by_leader ON contact_household
    USING (rls_purpose_is('keep') AND EXISTS (
        SELECT FROM contact_point AS point WHERE point.id = contact_household.contact_point_id
            AND point.leader_id = rls_person_id() AND point.ended_at IS NULL
    ))
    WITH CHECK (rls_purpose_is('keep') AND EXISTS (
        SELECT FROM contact_point AS point WHERE point.id = contact_household.contact_point_id
            AND point.leader_id = rls_person_id() AND point.ended_at IS NULL
    ));

CREATE POLICY forgotten_with_the_contact ON contact_household
    USING (rls_purpose_is('forget') AND EXISTS (
        SELECT FROM contact_point AS point WHERE point.id = contact_household.contact_point_id
            AND point.ended_at IS NOT NULL
    ))
    WITH CHECK (rls_purpose_is('forget') AND EXISTS (
        SELECT FROM contact_point AS point WHERE point.id = contact_household.contact_point_id
            AND point.ended_at IS NOT NULL
    ));

-- Key rotation, data export and purge.
CREATE POLICY upkeep ON contact_household
    USING (rls_purpose_is('upkeep')) WITH CHECK (rls_purpose_is('upkeep'));
