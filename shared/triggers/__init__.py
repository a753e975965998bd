"""One blueprint a visitor: read the request, call one service, render the answer; no logic."""
