"""What leaves a domain for others to see: webhooks and the inbox."""
