"""What is held on people: the inventory, how long, its removal with a proof, one's own data, changed keys."""
