"""Rights: permissions, roles, the scope of an actor as SQL, the access log."""
