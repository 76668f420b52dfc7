"""Placements: somebody is sent to the grassroots for a term; what came of it (DOMAIN §1 rows 46–51)."""
