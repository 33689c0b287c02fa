"""A small service for the platform: TLS, a health check, and logins to database and cache by IAM."""
