"""Files on disk: strict YAML, atomic writes, and reads restricted to regular files."""
