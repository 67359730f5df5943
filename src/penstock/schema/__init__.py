"""The versioned schema: fields of ECS and of our own, category codes, other models."""
