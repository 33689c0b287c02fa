"""Who may do what: key policies, role policies, bucket and endpoint policies."""
