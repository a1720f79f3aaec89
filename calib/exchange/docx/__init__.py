"""Export the report and the responses as .docx."""
