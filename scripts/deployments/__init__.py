"""How schedulers run the daily chain: its tasks from one list, and their descriptions for each scheduler."""
