"""Persons, their consents and their requests for correction."""
