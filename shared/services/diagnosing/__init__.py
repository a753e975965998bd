"""The doctor's checks: what the deployed app stands on, looked at one by one."""
