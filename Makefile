# SwiftGAN: everything starts here. `make demo` in a fresh clone needs nothing else.
export PKG_CONFIG_PATH := $(CURDIR)/.libtorch:$(PKG_CONFIG_PATH)
swift ?= swift
# One build for the product, the tests and the benchmark: tests look into optimised modules.
flags := -c release -Xswiftc -enable-testing
built ?= .build/release
gan := .build/release/gan
PREFIX ?= /usr/local
demo := runs/demo

.PHONY: help setup features build demo test documents docs pages check-pages consumer bench install uninstall dist readme lint goldens clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/\1\t/p' Makefile | expand -t 12

setup:  ## system packages, LibTorch, CTorch (does nothing that is done)
	@Scripts/bootstrap

features:  ## the network for photos alone, where setup could not install it
	@Scripts/bootstrap features

build: setup  ## .build/release/gan
	@$(swift) build $(flags) --product gan

demo: build  ## trains DCGAN on MNIST for at most three minutes
	@Scripts/demo $(gan)

test: setup  ## all tests
	@Scripts/bootstrap tests
	@$(swift) build $(flags) --build-tests
	@Scripts/run_tests .build/release
	@$(MAKE) --no-print-directory documents

documents:  ## runs every command of the articles at tiny sizes (after make build)
	@cd Scripts && ../.venv/bin/python -m unittest --buffer documents.test_documents
	@.venv/bin/python Scripts/check_documents.py $(gan)

docs: build  ## the articles, a page for each system and the library's reference as a site, in .build/docs
	@Scripts/make_docs .build/release

pages: build check-pages  ## uses the pages of gan serve in Chromium, holds the API to its description

check-pages:
	@Scripts/bootstrap pages
	@.venv/bin/python Scripts/pages/check_pages.py $(gan)
	@.venv/bin/python Scripts/pages/check_api.py $(gan)

consumer: setup  ## builds and runs a package that depends on this one by version
	@Tests/Consumer/check

bench: setup  ## our training step against PyTorch's, interleaved
	@$(swift) build $(flags) --product gan-benchmark
	@$(swift) build $(flags) --product gan
	@.venv/bin/python Benchmarks/compare.py
	@.venv/bin/python Benchmarks/busy.py $(gan)

install:  ## puts what make build has built into PREFIX (/usr/local), with completions and man pages
	@Scripts/install $(built) $(PREFIX) $(DESTDIR)

uninstall:  ## takes it away again
	@Scripts/install --remove $(PREFIX) $(DESTDIR)

dist: build  ## an archive that installs and runs without Swift, also for a machine with a GPU
	@$(swift) build $(flags) --product gan-benchmark
	@$(swift) build $(flags) --product golden-replay
	@Scripts/dist $(built)

readme: build  ## puts the measured tables and that of the systems into README.md
	@Scripts/update_readme.py

lint: ## formatting rules, and that README.md's tables are as measured (after make build)
	@$(swift) format lint --strict --recursive Sources Tests Benchmarks Package.swift
	@Scripts/update_readme.py --check

goldens: setup  ## computes the fixtures anew and compares them; tests the benchmark and the check of a GPU
	@.venv/bin/python Scripts/make_goldens.py --check
	@cd Benchmarks && ../.venv/bin/python -m unittest --buffer
	@cd Scripts && ../.venv/bin/python -m unittest --buffer gpu_check.test_check

clean:  ## removes what was built; keeps runs
	@rm -rf .build .libtorch .venv dist
