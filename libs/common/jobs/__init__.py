"""Jobs: each request that takes work is one document, which is the truth; messages only wake workers (DESIGN §3)."""
