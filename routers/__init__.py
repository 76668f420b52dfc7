"""The interfaces of the service: HTTP and the command line. Thin."""
