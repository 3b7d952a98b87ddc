"""The lab's mirror: signed yum and apt repositories at the real host names, with stand-ins for payloads.

`tree.py` makes the files out of `data/`, `server.py` serves them, `life.py` gives them to hosts; README.md beside.
"""
