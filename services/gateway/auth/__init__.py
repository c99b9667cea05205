"""Who calls, and what they may do: bearer tokens, loopback trust, roles (DESIGN §4)."""
