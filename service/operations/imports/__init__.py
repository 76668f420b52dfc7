"""File imports: read a file, compare it with the records, confirm the diff, merge it in short steps."""
