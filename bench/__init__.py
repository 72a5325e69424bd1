"""Benchmarks, always beside a peer in the same run: `make bench`, or `python -m bench [N]`."""
