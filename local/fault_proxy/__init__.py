"""A proxy between the app and what it calls, which makes the network fail for chosen requests.

It passes every byte on as it came: signatures of requests hold, and so do addresses inside of them,
as long as the app is given the proxy's address for each service.
"""
