"""Human review: which tasks are handed out, how they look, and which answers are taken."""
