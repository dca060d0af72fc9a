# Zhian. `make test` brings what it needs to a fresh Debian and runs every ring of tests.
FUZZTIME ?= 30s

.PHONY: test
test:
	@bash test/setup/run.sh bash test/setup/rings.sh $(FUZZTIME)

# What the house promises, measured: one JSON object per line. NAME=intake runs one.
.PHONY: bench
bench:
	@bash test/setup/run.sh go run ./test/bench $(NAME)
