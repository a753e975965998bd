"""What the app does: one verb a module. Services name what they need; composition provides it."""
