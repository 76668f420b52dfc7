"""Briefing: one page about a place, for a person who is going to visit it."""
