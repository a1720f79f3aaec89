"""Ballots on disk: vote files, sealing until the reveal, seats, and the workshop record."""
