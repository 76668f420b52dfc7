"""Closing organisations: open references that keep one open, and what its successor takes over."""
