"""Real hosts on this machine, for the tests, the demo and anybody who wants to try a verb. See README.md.

`from tests.lab.core import Lab` is the way in; `from tests.lab.supported import supported` says whether there is one.
"""
