"""What each command of build.py does with the parts of the library."""
