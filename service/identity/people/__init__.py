"""Persons and what they consented to."""
