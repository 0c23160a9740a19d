# Plumbline: everything that can be done here. Bare `make` prints this list from the comments behind `##`.
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
DEMO := demo
DS ?= 2026-03-02
ENV ?= local
JOB ?= run_chain
CONF ?=
SHARE ?= 1
SEED ?= 1
LONGEST ?= inf
KILLS ?= 50
KILL ?=
SIZE ?= 1000000
REPEAT ?= 3
ENGINES ?= duckdb polars naive
TABLES ?=
DEADLINE_HOURS ?= 6
UNTIL ?=
WEEK ?= 2026-W10
QUARTER ?= 2026Q1

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-cluster check test test-unit test-faults test-llm-server test-labelstudio audit-dependencies audit-coverage audit-monitoring test-mutants lint check-types check-imports dist submit lock clean summary transparency test-airflow test-lineage test-connect deployments bench

help: ## List what can be done
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment with pinned packages and Delta's JARs

$(READY): requirements.lock scripts/prepare_environment.sh scripts/fetch_delta_jars.py
	@sh scripts/prepare_environment.sh $(VENV)

demo: $(READY) ## Generate a week of logs, run the chain for each day, compare with the truth
	@$(PYTHON) -m scripts.run_demo --output $(DEMO)

demo-cluster: $(READY) ## The chain on a master and two workers here, and locally: equal tables? [KILL=STEP]
	@$(PYTHON) -m scripts.run_cluster_demo --output $(DEMO)-cluster $(addprefix --kill-worker-at ,$(KILL))

check: $(READY) ## Check a day's data in DS=2026-03-02 [UNTIL=…] [TABLES=…] [CONF=…] [ENV=…]; exit code 1 if a check fails
	@$(PYTHON) -m jobs.check_data --ds $(DS) $(addprefix --until ,$(UNTIL)) --env $(ENV) $(addprefix --conf ,$(CONF)) \
	  $(addprefix --table ,$(TABLES))

summary: $(READY) ## Summary of WEEK=2026-W10 for leadership, one page, HTML and PDF [CONF=…] [ENV=…]
	@$(PYTHON) -m jobs.publish_summary --week $(WEEK) --env $(ENV) $(addprefix --conf ,$(CONF))

transparency: $(READY) ## Export of QUARTER=2026Q1 for regulators, CSV, JSON and method [CONF=…] [ENV=…]
	@$(PYTHON) -m jobs.export_transparency --quarter $(QUARTER) --env $(ENV) $(addprefix --conf ,$(CONF))

test: lint check-types check-imports ## Lint, types, import rules, then all tests, in two processes
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-unit: $(READY) ## The quick tests: without Spark, without another program, none that repeats draws many times
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile -m "not spark and not program and not slow"

test-faults: $(READY) ## Kill, starve and damage runs and compare what they leave: KILLS=50 SEED=1
	@PLUMBLINE_KILLS=$(KILLS) PLUMBLINE_SEED=$(SEED) $(PYTHON) -m pytest tests/faults

test-llm-server: $(READY) ## Test the LLM labeler against a real server, built once in a quarter of an hour
	@sh scripts/prepare_llm_server.sh $(VENV)-llm-server $(PYTHON)
	@PLUMBLINE_LLAMA_PYTHON=$(abspath $(VENV)-llm-server)/bin/python $(PYTHON) -m pytest tests/labelling/llm/test_llama_server.py

test-labelstudio: $(READY) ## Test human review against a real Label Studio, installed once, 1.2 GB
	@test -x $(VENV)-label-studio/bin/label-studio || $(PYTHON) -m venv $(VENV)-label-studio
	@$(VENV)-label-studio/bin/python -m pip install --quiet label-studio==1.23.2
	@PLUMBLINE_LABEL_STUDIO=$(abspath $(VENV)-label-studio)/bin/label-studio \
	  $(PYTHON) -m pytest tests/labelling/review_queue/test_label_studio_server.py

test-airflow: $(READY) ## Test the DAG in a real Airflow, installed once, 530 MB
	@test -x $(VENV)-airflow/bin/python || $(PYTHON) -m venv $(VENV)-airflow
	@$(VENV)-airflow/bin/python -m pip install --quiet --requirement scripts/deployments/airflow/requirements.txt
	@PLUMBLINE_AIRFLOW=$(abspath $(VENV)-airflow)/bin/python $(PYTHON) -m pytest tests/scripts/deployments/test_airflow_dag.py

test-lineage: $(READY) ## Test what OpenLineage's listener reports; Spark fetches its JAR, 43 MB
	@PLUMBLINE_LINEAGE=1 $(PYTHON) -m pytest tests/test_lineage_events.py

test-connect: $(READY) ## Test the chain over Spark Connect, whose client is installed once, 40 MB
	@test -d $(VENV)-connect || $(PYTHON) -m pip install --quiet --target $(VENV)-connect \
	  grpcio==1.85.3 grpcio-status==1.85.3 googleapis-common-protos==1.76.0 zstandard==0.25.0
	@PLUMBLINE_CONNECT=$(abspath $(VENV)-connect) $(PYTHON) -m pytest tests/test_spark_connect.py

audit-dependencies: $(READY) ## Hold requirements.lock against known vulnerabilities; fails if they cannot be looked up
	@test -x $(VENV)-audit/bin/pip-audit || $(PYTHON) -m venv $(VENV)-audit
	@$(VENV)-audit/bin/python -m pip install --quiet pip-audit==2.10.1
	@$(PYTHON) -m scripts.audit_dependencies --pip-audit $(VENV)-audit/bin/pip-audit

audit-monitoring: $(READY) ## Simulate healthy and changed series: false alarms, days until a rise is seen (docs/monitoring)
	@OMP_NUM_THREADS=1 $(PYTHON) -m scripts.audit_monitoring --output docs/monitoring

audit-coverage: $(READY) ## Simulate designs x scores x rates x rungs: bias, variance, coverage, width (docs/coverage)
	@OMP_NUM_THREADS=1 $(PYTHON) -m scripts.audit_coverage --output docs/coverage

bench: $(READY) ## Chain against DuckDB, Polars and naive Spark: SIZE=1000000 units a day REPEAT=3 (docs/benchmark)
	@$(PYTHON) -m scripts.run_benchmark --size $(SIZE) --repeat $(REPEAT) --engines $(ENGINES)

test-mutants: $(READY) ## Would a test notice? Mutants of sampling and estimation; SHARE=0.1 SEED=1 tries a sample
	@$(PYTHON) -m scripts.try_mutants --share $(SHARE) --seed $(SEED) --longest-test $(LONGEST)

lint: $(READY) ## Style and format
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --quiet --check .

check-types: $(READY) ## Types
	@$(VENV)/bin/mypy --no-error-summary

check-imports: $(READY) ## Arrows between the rooms
	@$(VENV)/bin/lint-imports --no-logo

dist: $(READY) ## Build dist/plumbline.zip, what spark-submit needs
	@$(PYTHON) -m scripts.build_zip --output dist/plumbline.zip

submit: dist ## Print the spark-submit line for JOB=run_chain DS=2026-03-02 ENV=local
	@$(PYTHON) -m scripts.print_submit_line --job $(JOB) --ds $(DS) --env $(ENV) $(addprefix --conf ,$(CONF))

deployments: $(READY) ## Describe the daily chain for Airflow, Databricks, Prometheus in dist: DS=first day CONF=mine.yaml
	@$(PYTHON) -m scripts.write_deployments --start-ds $(DS) --env $(if $(filter file,$(origin ENV)),cluster,$(ENV)) \
	  $(addprefix --conf ,$(CONF)) --deadline-hours $(DEADLINE_HOURS)

lock: $(READY) ## Resolve requirements.lock anew from pyproject.toml
	@$(PYTHON) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile --quiet pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" --output-file requirements.lock

clean: ## Remove what the other targets made, the virtual environment too
	@rm -rf $(VENV) $(VENV)-llm-server $(VENV)-label-studio $(VENV)-audit $(VENV)-airflow $(VENV)-connect $(DEMO) bench dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis spark-warehouse mutants
