"""From paths to syntax trees: which files there are, what is in them, and where in the text a node is."""
