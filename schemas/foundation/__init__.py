"""Shapes that every domain uses."""
