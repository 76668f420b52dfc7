"""Imports of files: read, compared with what is on record, shown, confirmed, then merged in short steps."""
