"""Real servers for the suites: given by environment, else in Docker where the image is at hand, else local."""
