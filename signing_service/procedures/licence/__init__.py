"""What holders do with licences of every type (domain text, §4.8)."""
