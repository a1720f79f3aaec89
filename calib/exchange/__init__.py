"""Import and export formats, one module or package each."""
