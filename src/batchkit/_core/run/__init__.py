"""A run: whose turn it is, when, and what the account of a whole call is."""
