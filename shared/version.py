"""The app's version, which `GET health` tells; pyproject.toml and the changelog say the same."""

VERSION = "0.1.0"
