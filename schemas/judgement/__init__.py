"""Shapes of the annual assessment."""
