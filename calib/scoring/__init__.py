"""Findings -> levels -> gates -> readiness, gaps, the improvement plan and milestones."""
