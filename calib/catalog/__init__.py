"""The catalog: `data/` loaded into frozen models, and answers migrated between its versions."""
