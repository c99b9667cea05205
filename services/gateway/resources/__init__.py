"""What goes in and out over HTTP: one module of models per resource."""
