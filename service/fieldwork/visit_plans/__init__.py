"""Plans of visits, announced or not, and the calendar of a place (DOMAIN §4.1)."""
