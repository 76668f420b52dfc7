"""Closing an organisation: the open references that prevent it, and the handover to a successor."""
