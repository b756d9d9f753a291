"""The demonstration: invented people and enterprises, walked through the real service."""
