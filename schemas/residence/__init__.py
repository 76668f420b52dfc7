"""Requests and responses of residence reports."""
