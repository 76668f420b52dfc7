"""Visits: check in, record, check out. What evidence supports: `rules.py`; the hot statement: `statements.py`."""
