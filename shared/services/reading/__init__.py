"""Reading: runs, lanes and outputs as they are now."""
