from __future__ import annotations

from libs.common.service import main
from services.gateway.app import application

main("gateway", application)
