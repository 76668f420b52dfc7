"""Endpoints of webhooks and the inbox."""
