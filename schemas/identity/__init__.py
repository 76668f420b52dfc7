"""Shapes of organisations, people, authentication and local rules."""
