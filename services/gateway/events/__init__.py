"""The event log, and the streams of events that are read from it (docs/events.md)."""
