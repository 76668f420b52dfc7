"""The doctor: check whether a deployment is ready for production and say what to correct."""
