"""Residence: a Party member reports to the Party organisation where he or she lives (双报到, DOMAIN §3)."""
