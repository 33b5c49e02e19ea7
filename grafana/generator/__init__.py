"""Makes ``grafana/dashboards/*.json`` from the catalogue of metrics: ``python -m grafana.generator``."""
