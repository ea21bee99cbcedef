# No instructions.
