"""What an item is: how it is checked and written as JSON, and how items are cut into chunks."""
