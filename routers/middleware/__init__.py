"""Middleware: request log, security headers, limits, host names, CORS, JSON checks."""
