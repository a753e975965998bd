"""What every measure stands on: figures with targets, statistics, interleaving, telling."""
