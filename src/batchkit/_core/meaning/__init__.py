"""What an answer means: the decision table, the bodies of successes, and the ends of a run."""
