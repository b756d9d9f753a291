"""REST for machines: thin endpoints that take steps at the desk. Holds no key. Opens with the accounts."""
