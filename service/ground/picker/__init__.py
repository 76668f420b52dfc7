"""The place picker: near me, by name, by pinyin, my contact points first."""
