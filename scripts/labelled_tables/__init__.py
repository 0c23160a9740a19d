"""Parts of the programs for one labelled file and no cluster: estimate_table and draw_table. Import no Spark."""
