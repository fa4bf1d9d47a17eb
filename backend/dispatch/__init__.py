"""派发: visit orders, the packets that travel with them, and what is due when."""
