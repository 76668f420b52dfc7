"""From the bytes of a file to lines of cells: what kind of file it is, is seen by its content."""
