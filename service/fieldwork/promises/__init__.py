"""Promises made at a place: each has an owner and a due date, and is kept or explained."""
