"""Mail: answers for customers who left, and notices for colleagues."""
