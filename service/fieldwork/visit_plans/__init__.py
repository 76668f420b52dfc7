"""Plans of visits, announced or not, and the calendar of a place, which prevents too many visits (DOMAIN §4.1)."""
