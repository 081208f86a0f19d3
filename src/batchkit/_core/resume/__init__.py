"""What a journal says of an earlier run, and what is left to do after it."""
