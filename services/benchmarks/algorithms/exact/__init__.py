"""Exact models: a proved bound for the year, and rosters of windows of days within it."""
