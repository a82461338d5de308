"""Tools of their own: quantities, dates, exact sums, text files, new files. Know nothing of a run."""
