"""Import from and in-place export to AWS's self-assessment workbook.

AWS does not publish the workbook; docs/aws-workbook.md lists the sources of its assumed layout.
"""
