"""Facts that happened: recording them, the feed, the seal, timers. Append-only."""
