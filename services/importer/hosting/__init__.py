"""Hosts experiments on Ray: the supervisor, and what it needs of Ray (docs/hosting.md).

Nothing here imports an experiment. What does so lies in `carried/`, which runs in Ray's workers only.
"""
