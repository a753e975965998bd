"""The API's description: each call, what it takes and what it answers, rendered for readers of it.

Nothing here runs at a start of the app or while a run is handled, but when somebody asks for it.
"""
