"""AWS's self-assessment workbook: what a partner has filled in, and filling it in place.

The real file cannot be had here: docs/aws-workbook.md says what the support rests on.
"""
