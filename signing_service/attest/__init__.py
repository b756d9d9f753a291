"""Statements about licences that can be checked without us: the signed QR payload, status list, transparency log."""
