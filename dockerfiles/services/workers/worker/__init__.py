"""Works off jobs: each says what to compute of which numbers."""
