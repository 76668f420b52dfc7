"""Endpoints of problems."""
