"""Starting: a request becomes a run in the backlog of its connection's lane."""
