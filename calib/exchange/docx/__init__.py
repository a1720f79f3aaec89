"""Word documents: the report and the responses as .docx."""
