"""What an experiment says of itself: its slug, its manifest, its indexes (CONTRACT)."""
