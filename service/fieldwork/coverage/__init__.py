"""Coverage of an area: where nobody has been for a while, and how visits spread over places."""
