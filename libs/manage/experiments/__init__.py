"""`experiments`: administration of experiments, beside a running platform or without one."""
