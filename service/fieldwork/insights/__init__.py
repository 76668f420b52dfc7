"""Insights: what was heard at the grassroots, carried to whoever decides, told in numbers only."""
