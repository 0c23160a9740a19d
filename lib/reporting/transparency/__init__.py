"""The export of a quarter for regulators: prevalence, labels, accuracy of automated labels, method."""
