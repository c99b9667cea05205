"""The command `entrepot`."""
