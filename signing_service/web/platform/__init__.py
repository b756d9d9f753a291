"""The platforms: what people, enterprises and authorities do in a browser, below /platform/ and /api/platform/."""
