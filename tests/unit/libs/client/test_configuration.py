"""Which platform is asked, by the environment."""

from __future__ import annotations

import pytest
from entrepot_client import Configuration, Misconfigured


def test_the_environment_names_platform_and_token() -> None:
    found = Configuration.from_environment({"ENTREPOT_URL": "https://e.example.org", "ENTREPOT_TOKEN": "t"})

    assert (found.url, found.token) == ("https://e.example.org", "t")


@pytest.mark.parametrize("environment", [{}, {"ENTREPOT_URL": "", "ENTREPOT_TOKEN": ""}])
def test_without_it_the_platform_of_this_machine_is_asked(environment: dict[str, str]) -> None:
    found = Configuration.from_environment(environment)

    assert (found.url, found.token) == ("http://127.0.0.1:8080", None)


def test_the_token_is_never_shown() -> None:
    assert "geheim" not in repr(Configuration(token="geheim"))


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://e.example.org", "http://", "/api"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="ENTREPOT_URL"):
        Configuration.from_environment({"ENTREPOT_URL": url})
