"""Dataverse's Web API, as far as desktop flows need it."""
