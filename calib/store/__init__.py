"""An assessment folder <-> Assessment: load it, and change it one field at a time."""
