"""The form of stored data has a version, and steps from each to the next (docs/operations.md, Upgrade)."""
