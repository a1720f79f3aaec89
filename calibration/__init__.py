"""How the reviewer was taught and measured: the corpus, the training, the validation report.

Not part of the installed program. Run each step from a checkout: `python -m calibration.<step>`.
"""
