"""Result -> what people look at: blocks, charts, tables, prose, forms."""
