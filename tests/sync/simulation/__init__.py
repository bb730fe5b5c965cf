"""Many phones, one server, every fault: a history played from a seed, and what must hold at its end."""
