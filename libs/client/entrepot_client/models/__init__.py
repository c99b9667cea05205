"""What the platform answers, as docs/openapi.json describes it: the members that people and programs here use."""
