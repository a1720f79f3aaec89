"""Load the catalog, and migrate answers between its versions."""
