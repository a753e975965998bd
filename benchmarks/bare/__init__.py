"""An app that makes the bare calls of storage and Dataverse, and nothing else: the floor."""
