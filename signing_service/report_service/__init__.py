"""The report service: seals the portal's validation reports on a machine that has the portal's key, which it has not."""
