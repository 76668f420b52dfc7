"""Requests and responses of imports and privacy."""
