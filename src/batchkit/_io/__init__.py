"""Everything that waits: the transports, the drivers, the clock, and the clients on top of them."""
