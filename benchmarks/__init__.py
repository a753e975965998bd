"""`make bench`: what the broker costs and how fast it is, as ratios against floors (README.md)."""
