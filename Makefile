# Skep: build, run and test. `make help` lists the targets. Everything built goes to $(B), nothing into the tree.
# The rules live in scripts/mk/, one file per thing that is built.

.DEFAULT_GOAL := all
B ?= build
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SECONDARY:
.DELETE_ON_ERROR:

include scripts/mk/config.mk
include scripts/mk/kernel.mk
include scripts/mk/user.mk
include scripts/mk/bpf.mk
include scripts/mk/image.mk
include scripts/mk/host.mk
-include $(wildcard scripts/mk/extra-*.mk)
include scripts/mk/targets.mk
