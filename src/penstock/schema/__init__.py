"""The versioned schema: fields of ECS and of our own, category codes, exports to other models. Imports only `errors`."""
