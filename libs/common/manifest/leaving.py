"""Which files of an experiment never leave the platform, by their names alone: secrets, and litter of tools."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

from libs.common.manifest.files import litter_in

SECRETS: Final = (
    *(".env", ".env.*", "*.env", ".netrc", ".pgpass", ".pypirc", ".npmrc", ".htpasswd"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.pem", "*.key", "*.p12", "*.pfx"),
    *("*.jks", "*.keystore", "*.kdbx", "credentials.json", "service-account*.json"),
)
"""Names under which keys and passwords lie. They were never meant to leave the platform."""
NO_SECRETS: Final = (".env.example", ".env.sample", ".env.template")
SECRET_FOLDERS: Final = frozenset({".aws", ".ssh", ".gnupg", ".kube", ".docker"})
REPOSITORY_FILES: Final = frozenset({".gitignore", ".gitattributes", ".gitmodules", ".hgignore"})


def left_out(path: str) -> str | None:
    """The part of a path for which it stays behind: a secret, a repository's files, litter of tools; else None."""
    *folders, name = path.split("/")
    for depth, folder in enumerate(folders, start=1):
        if folder in SECRET_FOLDERS:
            return "/".join(folders[:depth]) + "/"
    return path if name in REPOSITORY_FILES or is_secret(name) else litter_in(path)


def is_secret(name: str) -> bool:
    """Whether a file of that name is one that holds keys or passwords."""
    lowered = name.lower()
    return lowered not in NO_SECRETS and any(fnmatchcase(lowered, pattern) for pattern in SECRETS)
