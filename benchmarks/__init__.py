"""What the figures in the documentation come from: each module is one benchmark, `python -m benchmarks.<name>`."""
