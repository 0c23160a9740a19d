"""The measured work for Polars: eager frames, delta-rs to read and write Delta."""
