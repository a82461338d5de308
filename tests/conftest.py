"""Its being here puts this folder on the path, so that all tests find `tank`. Nothing else belongs here."""
