"""Plans of visits: announced or not; a place's calendar, so that one village is not visited to death (DOMAIN §4.1)."""
