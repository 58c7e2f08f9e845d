"""What the demo shop's assistant can look up, written for rasa-sdk as any company would: docs/rasa.md."""
