"""The voting server of a workshop, for the participants' devices and the projector.

Participants get no kernel, because a kernel runs any code that a browser sends. The server and the
facilitator's notebook share only files: the notebook writes `workshop.yaml` and the join codes, the
server reads both and writes joins and votes. The server cannot reveal a vote.
"""
