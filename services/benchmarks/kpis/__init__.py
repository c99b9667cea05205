"""Key figures of rosters (ROSTERING, KPIs)."""
