"""MongoDB: the one place that imports the driver, the embedded server, and the collections with their indexes."""
