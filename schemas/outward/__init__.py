"""Request and response models of webhooks and the inbox."""
