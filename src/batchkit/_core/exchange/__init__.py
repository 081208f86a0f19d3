"""One chunk's conversation with its vendor, from its first turn to its account.

`exchange.py` is where it happens, and has its theory; the rest is what it stands on.
"""
