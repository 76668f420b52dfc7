"""Who acts: the organisation tree, access, people, authentication, local rules."""
