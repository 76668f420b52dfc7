"""Ways in: passwords, service clients, tokens."""
