"""Submitting: runs leave the backlog as fast as their connection allows, and no faster."""
