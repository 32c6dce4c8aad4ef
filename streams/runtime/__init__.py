"""What runs a role: its Faust app, the order of sends and acknowledgements, readiness and metrics."""
