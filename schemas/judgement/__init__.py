"""Requests and responses of the annual assessment."""
