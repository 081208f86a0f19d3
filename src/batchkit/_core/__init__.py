"""Everything that decides: pure code without clock, randomness, lock or socket."""
