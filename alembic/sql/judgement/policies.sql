-- Dossiers of assessments.
-- Row-level security does not apply to the owner: backups need all rows, and the service never uses the owner role.
ALTER TABLE dossier ENABLE ROW LEVEL SECURITY;

-- The person it is about, and the officer of the organisation that runs the cycle.
CREATE POLICY read_by_person_or_officer ON dossier FOR SELECT USING (rls_purpose_is('read') AND (
    dossier.person_id = rls_person_id() OR EXISTS (
        SELECT FROM assessment_cycle AS cycle WHERE cycle.id = dossier.cycle_id
            AND has_role_over('{organ_committee_officer}', cycle.organisation_id, true)
    )
));

-- The organisation that receives it: its personnel officer, or its assessment system once the cycle is frozen.
CREATE POLICY received ON dossier FOR SELECT USING (rls_purpose_is('receive') AND EXISTS (
    SELECT FROM assessment_cycle AS cycle WHERE cycle.id = dossier.cycle_id AND (
        has_role_over('{personnel_organ}', cycle.receiver_id, false)
        OR cycle.state = 'frozen' AND client_serves('{assessment_system}', rls_client_id(), cycle.receiver_id)
    )
));

-- The same two write the receipt.
CREATE POLICY receipted ON dossier FOR UPDATE USING (rls_purpose_is('receive') AND EXISTS (
    SELECT FROM assessment_cycle AS cycle WHERE cycle.id = dossier.cycle_id AND (
        has_role_over('{personnel_organ}', cycle.receiver_id, false)
        OR cycle.state = 'frozen' AND client_serves('{assessment_system}', rls_client_id(), cycle.receiver_id)
    )
));

-- Key rotation, data export and purge.
CREATE POLICY upkeep ON dossier
    USING (rls_purpose_is('upkeep')) WITH CHECK (rls_purpose_is('upkeep'));
