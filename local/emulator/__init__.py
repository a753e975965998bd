"""The Dataverse emulator: the contract for desktop flows made to run, over HTTP.

It serves the Web API under `/api/data/v9.2/`, App Service's identity endpoint at `/msi/token`, and
what tests and demonstrations need to steer and to look inside under `/_emulator/`.
"""
