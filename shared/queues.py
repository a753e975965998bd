"""The names of the app's queues: those who send and those who are triggered know the same."""

REQUESTS = "run-requests"
REJECTIONS = "run-requests-rejected"
WAKE_UPS = "lane-wakeups"
EVENTS = "run-events"
NOTIFICATIONS = "run-notifications"
