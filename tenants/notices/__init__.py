"""Who is told of what happened in a case, and the messages that tell them."""
