"""What lies in Airflow's DAGs and plugins folders."""
