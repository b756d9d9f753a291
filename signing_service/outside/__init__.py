"""The systems outside, played by ourselves where there are none: for trying the service out and for its tests."""
