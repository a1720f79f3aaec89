"""Rendering of results: document model, HTML, charts and report sections."""
