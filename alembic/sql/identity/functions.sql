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

-- Values that service/identity/access/row_level_security.py sets for one transaction. Without them no row is visible.
CREATE FUNCTION rls_purpose_is(purpose text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('grassroots.purpose', true), '') = purpose
$$;

CREATE FUNCTION rls_person_id() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.actor', true), '')::uuid
$$;

CREATE FUNCTION rls_client_id() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.client', true), '')::uuid
$$;

CREATE FUNCTION rls_at() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.at', true), '')::timestamptz
$$;

-- Whether the person has one of the roles in the organisation, or above it if the roles reach below.
CREATE FUNCTION has_role_over(roles text[], target_id uuid, reaches_below boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM posting
        JOIN organisation AS posted_in ON posted_in.id = posting.organisation_id
        JOIN organisation AS target ON target.id = target_id
        WHERE posting.person_id = rls_person_id() AND posting.role = ANY (roles)
            AND posting.valid_from <= rls_at()
            AND (posting.valid_until IS NULL OR posting.valid_until > rls_at())
            AND (posted_in.id = target.id OR reaches_below AND posted_in.path @> target.path)
    )
$$;

-- Whether the client acts for exactly this organisation with one of the purposes, and neither has ended.
CREATE FUNCTION client_serves(purposes text[], client_id uuid, target_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM service_client AS client
        JOIN organisation ON organisation.id = client.organisation_id
        WHERE client.id = client_id AND client.organisation_id = target_id AND client.purpose = ANY (purposes)
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
