"""Health, the event feed and commands that belong to no single domain."""
