"""What Grafana is given: dashboards, data sources, and how the dashboards are made."""
