"""Ways to solve a roster problem behind one port."""
