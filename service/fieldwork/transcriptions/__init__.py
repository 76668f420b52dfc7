"""Transcription of recordings: a draft text for the speaker, from a speech server that the deployment configures."""
