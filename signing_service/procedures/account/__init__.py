"""What people and enterprises sign with (domain text, §16, §17 rows 44 and 45)."""
