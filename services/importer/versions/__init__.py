"""What people ask of kept versions: a comparison of two, or one as a ZIP."""
