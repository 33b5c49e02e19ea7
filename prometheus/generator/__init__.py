"""Makes ``prometheus/rules/objectives.yml`` from the objectives: ``python -m prometheus.generator``."""
