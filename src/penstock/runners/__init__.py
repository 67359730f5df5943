"""What runs the stages: on this machine, on Spark."""
