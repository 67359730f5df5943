"""What a person does with Sigma rules: list, lint, test and explain them, see what they cover."""
