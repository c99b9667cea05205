"""Lets requests through to hosted experiments (docs/hosting.md): who may, to which host, and what goes with them."""
