# Everything a person types. PORT and SHANZHI_HOME are honoured, for example: make demo PORT=8100
PYTHON ?= python3
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup demo test soak bench dev fmt

help:
	@echo "make demo   set up everything and serve a furnished street (PORT, SHANZHI_HOME)"
	@echo "make dev    the same with reload of server and pages"
	@echo "make test   every test; make soak: the long ones; make bench: the figures"
	@echo "make fmt    format and mend what can be mended"

setup:
	@$(PYTHON) scripts/bootstrap.py

demo: setup
	@exec shanzhi demo

dev: setup
	@exec shanzhi demo --dev

test: setup
	@scripts/test.sh

soak: setup
	@exec pytest -m soak

bench: setup
	@exec python -m bench

fmt: setup
	@scripts/fmt.sh
