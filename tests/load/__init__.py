"""Many users at once: what they wait for, and what it costs."""
