"""Transcription of recordings into draft texts, by a speech server that the deployment configures."""
