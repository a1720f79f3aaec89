"""Files on disk: strict YAML, atomic writes, and reads that refuse anything but a regular file."""
