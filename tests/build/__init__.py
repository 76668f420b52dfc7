"""Builders of test data, one file per domain."""

from tests.build.rows import (
    a_circle,
    a_consent,
    a_link,
    a_local_rule,
    a_person,
    a_place,
    a_posting,
    a_village_code,
    an_organisation,
    count,
)

__all__ = [
    "a_circle",
    "a_consent",
    "a_link",
    "a_local_rule",
    "a_person",
    "a_place",
    "a_posting",
    "a_village_code",
    "an_organisation",
    "count",
]
