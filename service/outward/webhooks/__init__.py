"""Webhooks: endpoints, their delivery queues, signing, retry rules."""
