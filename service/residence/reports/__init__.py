"""Residence reports: a Party member reports to the Party organisation of their home (双报到, DOMAIN §3)."""
