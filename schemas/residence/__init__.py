"""Shapes of residence reports."""
