-- The duty group of a role; NULL: the role is compatible with all other roles.
-- Must equal the duties in service/identity/access/roles.py; tests/identity/access/test_roles.py compares them.
CREATE FUNCTION duty_of(role text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN role = 'system_administrator' THEN 1
        WHEN role = 'security_administrator' THEN 2
        WHEN role = 'audit_administrator' THEN 3
        WHEN role IN ('organ_committee_officer', 'work_committee_officer', 'branch_secretary',
            'community_secretary', 'community_worker', 'delegate', 'dispatcher', 'handler', 'supervisor',
            'personnel_organ') THEN 4
    END::smallint
$$;

-- What service/identity/access/row_level_security.py sets for one transaction. Nothing set: no row is visible.
CREATE FUNCTION asking_for(purpose text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('grassroots.purpose', true), '') = purpose
$$;

CREATE FUNCTION asking_person() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.actor', true), '')::uuid
$$;

CREATE FUNCTION asking_client() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.client', true), '')::uuid
$$;

CREATE FUNCTION asking_at() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.at', true), '')::timestamptz
$$;

-- Whether the current person has one of these roles in the organisation, or above it if the role includes lower levels.
CREATE FUNCTION stands_as(roles text[], wanted_id uuid, reaches_below boolean) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM posting
        JOIN organisation AS held ON held.id = posting.organisation_id
        JOIN organisation AS wanted ON wanted.id = wanted_id
        WHERE posting.person_id = asking_person() AND posting.role = ANY (roles)
            AND posting.valid_from <= asking_at()
            AND (posting.valid_until IS NULL OR posting.valid_until > asking_at())
            AND (held.id = wanted.id OR reaches_below AND held.path @> wanted.path)
    )
$$;

-- Whether this client has one of these purposes for exactly this organisation, and both are active.
CREATE FUNCTION acts_as(purposes text[], client_id uuid, wanted_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM service_client AS client
        JOIN organisation ON organisation.id = client.organisation_id
        WHERE client.id = client_id AND client.organisation_id = wanted_id AND client.purpose = ANY (purposes)
            AND client.ended_at IS NULL AND organisation.valid_until IS NULL
    )
$$;

-- The service cannot read the access log. For the hash chain this function returns only hashes of its rows.
CREATE FUNCTION access_log_hashes(
    after_epoch integer, after_transaction xid8, after_id uuid, at_most integer
)
RETURNS TABLE (epoch integer, transaction_id xid8, id uuid, hash bytea) SECURITY DEFINER
SET search_path FROM CURRENT STABLE LANGUAGE sql AS $$
    SELECT a.epoch, a.transaction_id, a.id, sha256(convert_to(jsonb_build_array(a.id,
        extract(epoch FROM a.recorded_at), a.actor_id, a.action, a.subject_id, a.facts)::text, 'UTF8'))
    FROM access_log AS a
    WHERE (a.epoch, a.transaction_id, a.id) > (after_epoch, after_transaction, after_id)
        AND (a.epoch < (SELECT max(number) FROM epoch)
            OR a.transaction_id < pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY a.epoch, a.transaction_id, a.id LIMIT at_most
$$;
