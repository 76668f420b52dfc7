"""Shapes of imports and privacy."""
