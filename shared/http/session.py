"""The session of requests that every transport of the app begins with."""

from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import BaseAdapter


def session_without_cookies(**adapters: BaseAdapter) -> requests.Session:
    """Make a session that keeps nobody's cookies; safe to use from several threads.

    `adapters`: by scheme, `https` and `http`. No cookies: Dataverse's affinity cookie would pin
    every instance to one web server (the Dataverse contract, section 1), and receivers are
    strangers to one another.
    """
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme, adapter in adapters.items():
        session.mount(f"{scheme}://", adapter)
    return session
