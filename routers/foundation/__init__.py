"""Health checks, the event feed, and commands for keys, chains and events."""
