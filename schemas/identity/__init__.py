"""Requests and responses of organisations, people, authentication and local rules."""
