"""What pictures of pages differ by: areas that hang together, and sheets too large to be drawn whole."""
