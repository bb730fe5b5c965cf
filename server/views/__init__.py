"""What each screen shows, as plain dicts finished in words: twins of pwa/views/*.js, one file a screen."""
