"""What travels on the bus: the envelope, and one module of payloads per kind of goods."""
