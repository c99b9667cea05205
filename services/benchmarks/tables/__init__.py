"""Companies of one's own from CSV files."""
