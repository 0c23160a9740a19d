"""Which numbers are shown: the gates, what a release rests on, restatements, and reproduction."""
