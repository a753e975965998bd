"""The broker's own package: triggers, services, domain, Dataverse, storage."""
