"""The LLM labeler: any OpenAI-compatible endpoint, online or by batch files; every answer is paid for once."""
