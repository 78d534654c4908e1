"""What is drawn with lines: brought into register, matched in space, grouped into the objects a person would name."""
