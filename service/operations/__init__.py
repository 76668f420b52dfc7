"""Running the deployment: worker, imports, privacy, database, checks, closing organisations."""
