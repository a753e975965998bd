"""HTTP to other services: what the transports to Dataverse and to receivers share."""
