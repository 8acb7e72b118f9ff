"""What is wrong with the environment, and the one thing to do. Looks only; changes nothing."""
