"""The nouns of the business. This room imports nothing of ours but itself."""
