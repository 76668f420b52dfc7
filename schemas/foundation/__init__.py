"""Schemas that all domains use."""
