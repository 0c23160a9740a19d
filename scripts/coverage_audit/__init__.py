"""Parts of the coverage audit: its report and its picture."""
