"""OpenAPI and AsyncAPI, generated from routes and models, so that they cannot drift (docs/events.md)."""
