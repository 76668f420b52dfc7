"""Personal data: the inventory, retention, purge with proofs, data export, key rotation."""
