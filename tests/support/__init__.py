"""What several kinds of tests build on: values to test with, and contracts with two fulfillers."""
