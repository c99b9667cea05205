"""What strangers and hostile inputs must not be able to do (SECURITY.md), tried."""
