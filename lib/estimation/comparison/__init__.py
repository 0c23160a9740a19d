"""Two labelers on the same items: paired differences, exact tests, and what to conclude from them."""
