"""Import of divisions: read and stage the files, check all lines, merge in repeatable chunks."""
