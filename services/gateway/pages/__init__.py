"""What people see: server-rendered pages with a little script, that work offline and look the same everywhere."""
