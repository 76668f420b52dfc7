"""Prepare, back up, restore and fail over the database."""
