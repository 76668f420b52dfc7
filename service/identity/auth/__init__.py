"""Authentication: passwords, service clients, tokens."""
