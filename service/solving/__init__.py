"""Problems of residents, from raising to closing."""
