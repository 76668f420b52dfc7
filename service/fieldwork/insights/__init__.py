"""Insights: something heard at a place, routed to a deciding unit, and counted in a digest."""
