"""Endpoints of imports, privacy and closing; commands for operators."""
