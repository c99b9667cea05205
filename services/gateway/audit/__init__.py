"""Notes who changed what over HTTP, and shows it to administrators."""
