"""Training and validation of the reviewer: the corpus, the training, the validation report.

Not part of the installed package. Run each step from a checkout: `python -m calibration.<step>`.
"""
