"""Webhooks: a run's end told to the receiver that its start named, as Standard Webhooks says."""
