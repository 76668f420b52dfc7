"""Running the deployment: worker, imports, privacy, doctor, closing of organisations, database."""
