"""What the server answers, a screen a file. A route calls a model or a change, and gives a view to a template."""
