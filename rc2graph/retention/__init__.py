"""What is removed on purpose."""
