# Zhian. `make run` shows a living city on http://127.0.0.1:8110 and needs Go and Node only.
# `make test` brings what it needs to a fresh Debian and runs every ring of tests.
FUZZTIME ?= 30s
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LISTEN   ?= 127.0.0.1:8110

.PHONY: run build pages
run: build
	@exec ./bin/zhian demo --listen $(LISTEN)

build: pages
	@go build -buildvcs=false -ldflags "-X main.version=$(VERSION)" -o bin/zhian ./cmd/zhian

# The pages go into the program (web/dist); nothing is done when they are there.
pages:
	@bash web/scripts/build.sh $(VERSION)

.PHONY: test
test:
	@bash test/setup/run.sh bash test/setup/rings.sh $(FUZZTIME)

# Accepts what the API, the facts and the table of roles and routes are now, for review.
.PHONY: golden
golden:
	@go test ./app -count=1 -run Golden -update
	@go test ./guard -count=1 -run Matrix -update

# What the house promises, measured: one JSON object per line. NAME=intake runs one.
.PHONY: bench
bench:
	@bash test/setup/run.sh go run ./test/bench $(NAME)

# Hours of kills, power cuts, outages and fuzzing; SOAK_KILLS, SOAK_CUTS … scale it
# (test/setup/soak.sh).
.PHONY: soak
soak:
	@bash test/setup/run.sh bash test/setup/soak.sh
