"""The organisation tree: tables and pure rules."""
