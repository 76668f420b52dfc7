"""Contact points: a leader is assigned to a place for a term (领导干部基层联系点, DOMAIN §1 row 35)."""
