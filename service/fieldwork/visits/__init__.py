"""Visits: check-in, record, check-out. Presence rules: `rules.py`; SQL text of the check-in: `statements.py`."""
