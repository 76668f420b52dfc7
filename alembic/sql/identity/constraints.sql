-- A person cannot have two roles with incompatible duties at the same time.
ALTER TABLE posting ADD CONSTRAINT ex_posting_duties_apart EXCLUDE USING gist (
    person_id WITH =, duty_of(role::text) WITH <>, tstzrange(valid_from, valid_until) WITH &&
) WHERE (duty_of(role::text) IS NOT NULL);

-- At most one link of each kind between two organisations at a time, in either direction.
ALTER TABLE organisation_link ADD CONSTRAINT ex_organisation_link_one_at_a_time EXCLUDE USING gist (
    (kind::text) WITH =, least(from_id, to_id) WITH =, greatest(from_id, to_id) WITH =,
    tstzrange(valid_from, valid_until) WITH &&
);
