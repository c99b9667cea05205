"""The data of an exported ZIP, taken back into the collections of an experiment (docs/importing.md)."""
