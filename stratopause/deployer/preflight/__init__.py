"""What otherwise fails after twenty minutes, looked at before a deployment begins: nothing here changes anything."""
