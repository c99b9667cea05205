"""A Django project of four models on MariaDB, by a driver that needs no compiler."""

from __future__ import annotations

import os

import pymysql

pymysql.install_as_MySQLdb()

SECRET_KEY = "for a test"
INSTALLED_APPS = ["rostering_app"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "HOST": os.environ["MARIADB_HOST"],
        "PORT": os.environ["MARIADB_PORT"],
        "USER": os.environ["MARIADB_USER"],
        "PASSWORD": os.environ["MARIADB_PASSWORD"],
        "NAME": os.environ["MARIADB_NAME"],
        "OPTIONS": {"charset": "utf8mb4"},
    }
}
