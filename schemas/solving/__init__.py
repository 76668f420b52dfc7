"""Requests and responses of problems."""
