"""Makes ``grafana/dashboards/*.json`` from the catalogue of metrics: ``python -m grafana.generator``."""

import warnings

# The SDK recommends its newer kind of dashboard, which Grafana before 13 cannot read.
warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
