"""密钥服务: our keys behind the CSC API (v1.0.4 and v2), so that they may stand on a machine of their own.

Whoever has a bearer token and a credential's PIN gets signatures over digests that were authorised one by one.
Documents never come here, and keys never leave.
"""
