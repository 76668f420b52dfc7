"""Shapes of webhooks and the inbox."""
