"""The service: what a configuration names, put together and kept running."""
