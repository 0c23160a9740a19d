"""Takes personal data out of content before it leaves for labelers: typed placeholders, linear-time rules."""
