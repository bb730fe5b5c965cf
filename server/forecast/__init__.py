"""What was won, and what will be: quotas reached, and forecasts with what they are worth."""
