"""What is still to be delivered to a door that may be away, kept until it is."""
