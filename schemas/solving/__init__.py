"""Shapes of problems."""
