"""Writes of problems, one verb per file. `moves.py` holds what they share."""
