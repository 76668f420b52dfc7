-- A person has no two roles with different duties at the same time.
ALTER TABLE posting ADD CONSTRAINT ex_posting_duties_apart EXCLUDE USING gist (
    person_id WITH =, duty_of(role::text) WITH <>, tstzrange(valid_from, valid_until) WITH &&
) WHERE (duty_of(role::text) IS NOT NULL);

-- Two organisations have at most one link of a kind at a time, in either direction.
ALTER TABLE organisation_link ADD CONSTRAINT ex_organisation_link_one_at_a_time EXCLUDE USING gist (
    (kind::text) WITH =, least(from_id, to_id) WITH =, greatest(from_id, to_id) WITH =,
    tstzrange(valid_from, valid_until) WITH &&
);
