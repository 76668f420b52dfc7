"""What is true: rules, reads and writes, one folder per word. Nothing here knows HTTP."""
