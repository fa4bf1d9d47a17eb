"""一单两库: check items, targets, inspectors and experts; reading of files, comparison, freezing."""
