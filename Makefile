# Everything a person types. PORT and SHANZHI_HOME are honoured, for example: make demo PORT=8100
PYTHON ?= python3
DEMO ?=
OURS := env PATH="$(CURDIR)/.tools/bin:$(CURDIR)/.venv/bin:$$PATH"

.PHONY: help setup demo dev test soak bench fmt

help:
	@echo "make demo    set up everything and serve a furnished street (PORT=8100, DEMO=--still)"
	@echo "make dev     the same, with reload of the server and of the pages"
	@echo "make test    every test; make soak: the long ones; make bench: the figures"
	@echo "make fmt     format, and mend what can be mended by rule"

setup:
	@echo "Shanzhi 善治"
	@$(PYTHON) scripts/bootstrap.py

demo: setup
	@exec $(OURS) shanzhi demo $(DEMO)

dev: setup
	@exec $(OURS) shanzhi demo --dev $(DEMO)

test: setup
	@exec scripts/test.sh

soak: setup
	@exec $(OURS) pytest -m soak

bench: setup
	@exec $(OURS) python -m bench

fmt: setup
	@exec scripts/fmt.sh
