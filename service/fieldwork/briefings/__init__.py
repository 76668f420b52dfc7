"""What whoever goes to a place should know beforehand."""
