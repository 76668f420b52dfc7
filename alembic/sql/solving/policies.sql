-- Contacts that residents leave with a problem.
-- Row-level security does not apply to the owner: backups need all rows, and the service never uses the owner role.
ALTER TABLE problem_contact ENABLE ROW LEVEL SECURITY;

CREATE POLICY left_by_resident ON problem_contact FOR INSERT WITH CHECK (true);

-- The handler of the organisation that has the problem, until it is closed.
CREATE POLICY revealed_to_handler ON problem_contact FOR SELECT USING (rls_purpose_is('reveal') AND EXISTS (
    SELECT FROM problem WHERE problem.id = problem_contact.problem_id AND problem.state <> 'closed'
        AND has_role_over('{handler}', problem.owner_id, false)
));

-- A dispatcher finds a caller's problems by the number, within the reach of the dispatch centre.
CREATE POLICY looked_up_by_desk ON problem_contact FOR SELECT USING (rls_purpose_is('look_up') AND EXISTS (
    SELECT FROM problem JOIN place ON place.id = problem.place_id WHERE problem.id = problem_contact.problem_id AND (
        has_role_over('{dispatcher}', problem.owner_id, true)
        OR has_role_over('{dispatcher}', problem.organisation_id, true)
        OR has_role_over('{dispatcher}', place.organisation_id, true)
    )
));

-- Key rotation, data export and purge.
CREATE POLICY upkeep ON problem_contact
    USING (rls_purpose_is('upkeep')) WITH CHECK (rls_purpose_is('upkeep'));
