# What people type. Each target says what it does; the work is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo results test test-unit test-engine check bench bench-build bench-proof bench-size bench-start bench-stats install clean clean-engine

CARGO ?= cargo
PREFIX ?= /usr/local
TOOLS := dp-build dp-size dp-start dp-stats dp-report

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## measure and compare two real examples; sets up all that it needs
	scripts/demo

results: ## measure the R package and fill the result pages in docs/ from the records
	scripts/results

test: ## run every test, on real engines too; sets up all that it needs
	scripts/test

test-unit: ## run the tests that need no engine
	$(CARGO) test --workspace --locked

test-engine: ## run the tests that need an engine (ENGINE=stable or newer)
	scripts/test --engine $(or $(ENGINE),stable)

check: ## formatting, lints, documentation; warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet

bench: ## what the tools cost beside docker itself, as ratios
	scripts/bench

bench-build: ## dp-build beside docker buildx build: time and memory, as ratios (ENGINE=stable or newer)
	scripts/bench build --engine $(or $(ENGINE),stable)

bench-proof: ## equal folders are not told apart, a step that is 20 % slower is (ENGINE=stable or newer)
	scripts/bench proof --engine $(or $(ENGINE),stable)

bench-size: ## dp-size beside find, the bare export and dive, as ratios (ENGINE=stable or newer)
	scripts/bench size --engine $(or $(ENGINE),stable)

bench-start: ## dp-start beside docker run, a server's own stamps, and itself (ENGINE=stable or newer)
	scripts/bench start --engine $(or $(ENGINE),stable)

bench-stats: ## what a reading by dp-stats costs, beside docker stats (ENGINE=stable or newer)
	scripts/bench stats --engine $(or $(ENGINE),stable)

install: ## put the tools into $(PREFIX)/bin
	$(CARGO) build --release --locked $(TOOLS:%=-p %)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install $(TOOLS:%=target/release/%) "$(DESTDIR)$(PREFIX)/bin"

clean: ## remove what was compiled and measured here
	$(CARGO) clean
	rm -rf dp-results

clean-engine: ## remove what a killed dp left on the engine, and the private engines
	scripts/clean-engine
