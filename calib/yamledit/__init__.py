"""Edit one field of a YAML file and leave every other byte as it was."""
