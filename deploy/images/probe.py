"""Asks the service of this container whether it is ready; exits with 1 if not."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

SECONDS = 6

try:
    urllib.request.urlopen(f"http://127.0.0.1:{os.environ['HEALTH_PORT']}/readyz", timeout=SECONDS)
except (urllib.error.URLError, TimeoutError) as error:
    sys.exit(f"not ready: {error}")
