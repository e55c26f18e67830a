"""From values to requests: what is known of each Claude call, and of the code around it."""
