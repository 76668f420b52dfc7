"""Builders by name, one file per domain."""

from tests.build.rows import a_circle, a_consent, a_person, a_place, a_posting, an_organisation, count

__all__ = ["a_circle", "a_consent", "a_person", "a_place", "a_posting", "an_organisation", "count"]
