"""聘用关系 (domain text, §9.2)."""
