# What people type. Each target says what it does; the work is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo demo-r systems results test test-unit test-engine test-vm check bench bench-build bench-cache bench-proof bench-report bench-size bench-start bench-stats install dist clean clean-engine remove-engine

CARGO ?= cargo
PREFIX ?= /usr/local
TOOLS := $(patsubst tools/%/Cargo.toml,%,$(wildcard tools/dp-*/Cargo.toml))

# These compile once and whole: what a next compilation would start from costs more than it saves.
check test test-unit test-engine: export CARGO_INCREMENTAL ?= 0

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## measure and compare a real example; sets up all that it needs
	scripts/demo

demo-r: ## the same with an R package, three Dockerfiles and a budget
	scripts/demo r-package

systems: ## build, run and measure the example systems, with their budgets (SYSTEM=NAME: only this)
	scripts/systems $(SYSTEM)

results: ## measure the examples and fill the result pages in docs/ from the records
	scripts/results

test: ## run every test, on real engines too; sets up all that it needs
	scripts/test

test-unit: ## run the tests that need no engine
	scripts/test --engine none

test-engine: ## run the tests that need an engine (ENGINE=stable, newer or containerd)
	scripts/test --engine $(or $(ENGINE),stable)

test-vm: ## what is measured and tested in an emulated machine with systemd and the containerd image store, as root; fills docs/engines-vm.md (20 minutes)
	scripts/vm test --page docs/engines-vm.md

check: ## formatting, lints, documentation, dependencies; warnings are errors
	scripts/check

bench: ## what the tools cost beside docker itself, as ratios
	scripts/bench

bench-build: ## dp-build beside docker buildx build: time and memory, as ratios (ENGINE=stable, newer or containerd)
	scripts/bench build --engine $(or $(ENGINE),stable)

bench-cache: ## dp-cache beside the same builds by hand: preparing, times, what it adds (ENGINE=stable, newer or containerd)
	scripts/bench cache --engine $(or $(ENGINE),stable)

bench-proof: ## verdicts on simulated data, then real builds: equal folders are not told apart, one that takes 10 % longer is found (ENGINE=stable, newer or containerd)
	scripts/bench proof --engine $(or $(ENGINE),stable)

bench-report: ## dp-report on a million records, beside duckdb and jq: CPU, time and memory, with limits
	scripts/bench report

bench-size: ## dp-size beside find, the bare export and dive, as ratios (ENGINE=stable, newer or containerd)
	scripts/bench size --engine $(or $(ENGINE),stable)

bench-start: ## dp-start beside docker run, a server's own stamps, and itself (ENGINE=stable, newer or containerd)
	scripts/bench start --engine $(or $(ENGINE),stable)

bench-stats: ## what a reading by dp-stats costs, beside docker stats (ENGINE=stable, newer or containerd)
	scripts/bench stats --engine $(or $(ENGINE),stable)

install: export DP_COMMIT ?= $(shell git describe --always --abbrev=12 --exclude '*' --dirty=+ 2>/dev/null)
install: ## put the tools into $(PREFIX)/bin, man pages and completions into $(PREFIX)/share
	$(CARGO) build --release --locked $(TOOLS:%=-p %) -p dp-manual
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install $(TOOLS:%=target/release/%) "$(DESTDIR)$(PREFIX)/bin"
	target/release/dp-manual "$(DESTDIR)$(PREFIX)"

dist: ## static programs as archive and Debian package, with checksums and a bill of materials
	scripts/dist

clean: ## remove what was compiled and measured here
	$(CARGO) clean
	rm -rf dp-results

clean-engine: ## remove what a killed dp left on the engine (scripts/clean-engine --dry-run shows it)
	scripts/clean-engine

remove-engine: ## stop and remove the private engines, with all that is in them
	scripts/engine down --purge
