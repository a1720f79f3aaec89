"""The voting room of a workshop: a small server of its own for the participants' devices.

Nobody in the room gets a kernel, which would run whatever a browser sends. The server and the
facilitator's notebook share nothing but files: the notebook writes the record and hands out seats,
the server watches both and is the only one who takes joins and votes. It can reveal nothing.
"""
