"""Promises: given at a place, with an owner and a day; kept, or explained."""
