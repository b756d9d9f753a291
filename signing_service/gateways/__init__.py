"""The outside world: one file per system that is somebody else's, each with that system's own protocol."""
