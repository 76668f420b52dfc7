"""Endpoints of residence reports."""
