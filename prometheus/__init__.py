"""What Prometheus and Alertmanager are given: configuration, rules, their tests, and how the rules are made."""
