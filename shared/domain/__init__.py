"""What a run, a lane and a submission window are: pure values and rules, no I/O and no clock."""
