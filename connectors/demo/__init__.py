"""What the demo shop has behind it at its first start: a fortnight of customers, made up and marked so."""
