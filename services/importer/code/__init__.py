"""What uploaded Python says of itself, found by parsing and never by running it."""
