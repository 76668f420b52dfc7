"""Meeting rooms: a place has rooms that visitors may use."""
