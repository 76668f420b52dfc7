"""Facts that happened: recording them, the feed, chain heads, timers. Append-only."""
