"""Visits and what comes up in them."""
