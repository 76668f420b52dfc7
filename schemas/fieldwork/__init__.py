"""Shapes of visits and what comes up in them."""
