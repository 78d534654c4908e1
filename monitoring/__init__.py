"""What watches the product: Prometheus, its alerts, and Grafana's dashboards, which are built here."""
