"""The import of divisions: read, stage, check everything, then merge in chunks that can be started again."""
