"""Requests and responses of visits and of what is recorded during them."""
