"""What the server answers, a screen a file. A route finds, asks a model, and gives a view to a template."""
