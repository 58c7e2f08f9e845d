"""Where colleagues live: they ask, take escalations over, and answer customers, in Slack."""
