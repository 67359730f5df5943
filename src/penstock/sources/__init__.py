"""Where raw records come from, a kind of source a file, and what all of them are made of."""
