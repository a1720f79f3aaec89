"""Documents from others: a file -> passages, each with the location that a person can go to."""

from calib.documents.model import Document, Fact, Passage, Role
from calib.documents.read import read_document, read_documents

__all__ = ["Document", "Fact", "Passage", "Role", "read_document", "read_documents"]
