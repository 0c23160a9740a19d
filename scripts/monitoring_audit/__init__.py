"""Parts of the monitoring audit: simulated series, the rules that monitoring is compared with, report and picture."""
