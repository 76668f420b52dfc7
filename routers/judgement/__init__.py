"""Endpoints of the annual assessment."""
