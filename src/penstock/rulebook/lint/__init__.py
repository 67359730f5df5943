"""What is wrong with Sigma rules, or doubtful: with file, line and hint."""
