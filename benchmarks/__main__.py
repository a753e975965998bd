"""`python -m benchmarks`: make all measures or named ones; print them, and keep them as JSON."""

import sys

from benchmarks.command import main

sys.exit(main())
