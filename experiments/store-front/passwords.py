"""Passwords as salt and hash, both kept as binary data."""

import hashlib
import hmac
import secrets

from bson import Binary

SALT_BYTES = 16
# RFC 7914; the memory is 128 * n * r bytes = 4 MiB for each try.
COST = {"n": 2**12, "r": 8, "p": 1}


def hash_password(password, salt):
    return Binary(hashlib.scrypt(password.encode(), salt=bytes(salt), **COST))


def new_salt():
    return Binary(secrets.token_bytes(SALT_BYTES))


def is_password(password, salt, expected):
    return hmac.compare_digest(hash_password(password, salt), expected)
