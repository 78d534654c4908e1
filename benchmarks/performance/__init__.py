"""What comparing costs, by stage and as a whole, beside other tools in one run: `python -m benchmarks.performance`."""
