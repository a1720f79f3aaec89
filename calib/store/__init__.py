"""Assessment folders: load one as an `Assessment`, and change it one field at a time."""
