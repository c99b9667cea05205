"""What an operator sees of a service: metrics always, traces where configured (docs/observability.md).

The ports of bus and storage are observed by decorators around their adapters; jobs and requests where they are run.
"""
