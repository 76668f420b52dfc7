"""Visits, and what is recorded during them: insights, problems, promises."""
