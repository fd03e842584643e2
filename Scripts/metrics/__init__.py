"""Independent references for GANMetrics: networks, values and fixtures."""
