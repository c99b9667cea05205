"""What runs found: the results document, machines, comparison, rosters as files."""
