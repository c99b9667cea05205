"""What experiments import by top-level name; this folder stands on their path, so nothing imports it as a package.

Exports carry these modules, and hosts put them beside the experiments (CONTRACT, Platform modules).
"""
