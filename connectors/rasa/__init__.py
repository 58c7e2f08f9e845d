"""The doors to Rasa: its action-server protocol, its channels, and actions written for it."""
