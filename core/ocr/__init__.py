"""Pages whose text is recognised, because it cannot be read: which they are, how, and what becomes of their words."""
