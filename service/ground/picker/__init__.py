"""Place picker: search places by distance, name or pinyin; the user's own contact points come first."""
