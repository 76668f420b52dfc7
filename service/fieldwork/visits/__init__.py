"""Visits: check-in, record, check-out. `rules.py` has the presence rules, `statements.py` the SQL."""
