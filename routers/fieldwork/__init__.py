"""Endpoints of visits and of what is recorded during them."""
