"""Insights: opinions and conditions heard at a place, routed to a deciding unit, and summed up in a digest."""
