"""Problems and how they are carried to the end."""
