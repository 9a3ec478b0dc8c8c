# Alla Prima: `make help` lists what there is to make. Everything is set up on the way, into .venv and .cache.

PYTHON ?= python3
IMAGE ?= assets/photo.jpg
STROKES ?= 3000
ARGS ?=
# Processes that run the tests, with one thread each.
WORKERS ?= 2
COMFYUI ?=
PORT ?= 8188

VENV := .venv
CACHE := .cache
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --quiet --constraint constraints-dev.txt

# Stamps: one for each set of packages, so that a second make has nothing to do.
RUNS := $(VENV)/.installed-run
TESTS := $(VENV)/.installed-test
SERVES := $(VENV)/.installed-comfyui
TEST_COMFYUI := $(CACHE)/comfyui/main.py
TEST_FRONT_END := $(CACHE)/front-end-1.58.1/index.html

# Training asks for and returns large blocks all the time. Keeping them makes it about five times as fast on a CPU.
TRAIN_ENV := MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456

# Threads that wait for one another soon go to sleep instead of spinning: on a machine that has other work too, this is
# many times as fast.
export GOMP_SPINCOUNT ?= 3000

.DEFAULT_GOAL := help
.PHONY: help paint test soak trust comfyui bench train lint thumbnails workflows tables locales browser clean
.DELETE_ON_ERROR:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

paint: $(RUNS) ## paint the bundled photograph, or IMAGE=picture.jpg, into out/ (STROKES=3000)
	@mkdir -p out
	@$(PY) -m painter_core paint "$(IMAGE)" --strokes $(STROKES) -o out/painting.png --svg out/painting.svg \
		--timelapse out/painting.mp4 --save-strokes out/strokes.safetensors $(ARGS)

test: $(TESTS) $(SERVES) $(TEST_COMFYUI) $(TEST_FRONT_END) browser ## run all tests, with a real ComfyUI and a real browser (ARGS="-k cancel")
	@OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses $(WORKERS) $(ARGS)

soak: $(TESTS) $(SERVES) $(TEST_COMFYUI) ## run for long, and see whether anything grows (ARGS="--prompts 60 --frames 200")
	@OMP_NUM_THREADS=1 $(PY) benchmarks/soak.py $(ARGS)

trust: $(TESTS) $(SERVES) $(TEST_COMFYUI) ## try everything hostile, and write docs/trust.md
	@OMP_NUM_THREADS=1 $(PY) benchmarks/trust.py > docs/trust.md

comfyui: ## start a real ComfyUI with this pack: yours at COMFYUI=DIR, or the one of the tests (PORT=8188)
ifeq ($(strip $(COMFYUI)),)
comfyui: $(SERVES) $(TEST_COMFYUI)
	@$(PY) tests/comfy/launch.py --comfyui $(CACHE)/comfyui --home $(CACHE)/comfyui-home --port $(PORT) -- $(ARGS)
else
comfyui: python-check
	@$(PYTHON) tests/comfy/launch.py --comfyui "$(COMFYUI)" --port $(PORT) -- $(ARGS)
endif

bench: $(RUNS) ## measure quality and speed and print the tables
	@$(PY) -m painter_core bench $(ARGS)

train: $(RUNS) ## train a predictor (ARGS="--config compact --minutes 60 --out runs/mine.safetensors")
	@$(TRAIN_ENV) $(PY) -m painter_core train $(ARGS)

lint: $(TESTS) $(SERVES) $(TEST_COMFYUI) ## check the code's style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m pyright

thumbnails: $(RUNS) ## paint the pictures of the README and of the help pages again
	@for script in example_workflows/thumbnails.py example_workflows/gallery_*.py; do \
		echo "$$script" >&2; $(PY) "$$script" || exit 1; done

tables: $(RUNS) ## write the option tables of the help pages again
	@$(PY) example_workflows/option_tables.py

locales: $(SERVES) $(TEST_COMFYUI) ## write the words of the nodes for ComfyUI's front end again
	@$(PY) example_workflows/locales.py

workflows: $(TESTS) $(SERVES) $(TEST_COMFYUI) browser ## write the example workflows again, run them, make their thumbnails
	@$(PY) example_workflows/build.py $(ARGS)

clean: ## remove the environment, the downloads and everything that was made
	rm -rf $(VENV) $(CACHE) out .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- what the targets above need ------------------------------------------------------------------------------------

.PHONY: python-check
python-check:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
		echo "Python 3.10 or newer is needed, '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 | head -n 1)." \
			"Say which one to take: make PYTHON=/path/to/python3.12" >&2; exit 1; }

$(PY):
	@$(MAKE) --no-print-directory python-check
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is needed (Debian: apt-get install python3-venv)" >&2; exit 1; }

$(RUNS): requirements.txt constraints-dev.txt | $(PY)
	@echo "installing what the painter needs into $(VENV) ..." >&2
	@$(PIP) torch --requirement requirements.txt
	@touch $@

$(TESTS): requirements-dev.txt $(RUNS)
	@echo "installing the test tools ..." >&2
	@$(PIP) torch --requirement requirements-dev.txt
	@touch $@

$(SERVES): tests/comfy/requirements.txt $(RUNS)
	@echo "installing what ComfyUI needs ..." >&2
	@$(PIP) torch --requirement tests/comfy/requirements.txt
	@touch $@

$(TEST_COMFYUI): tests/comfy/fetch.py tests/comfy/wheels.py | $(PY)
	@$(PY) tests/comfy/fetch.py $(CACHE)
	@touch $@

$(TEST_FRONT_END): tests/comfy/fetch_front_end.py tests/comfy/wheels.py | $(PY)
	@$(PY) tests/comfy/fetch_front_end.py $(CACHE)/front-end-1.58.1
	@touch $@

# The browser of the front end's test; a newcomer without apt-get installs any Chromium or Chrome by hand.
browser:
	@sh tests/comfy/install_browser.sh
