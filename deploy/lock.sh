#!/bin/sh
# Writes the lock files that `make run`, `make test` and `make quality` install, with hashes. Needs a recent uv.
# torch is left out, with what only its GPU build needs: `make test` installs its CPU build first, alone.
set -eu
cd "$(dirname "$0")/.."
gpu=$(printf -- ' --no-emit-package %s' torch triton cuda-bindings cuda-pathfinder cuda-toolkit \
  nvidia-cublas nvidia-cuda-cccl nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 \
  nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 \
  nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx)
lock() { ${UV:-uv} pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet "$@"; }
lock --output-file requirements/run.txt
lock --extra test --constraint requirements/run.txt $gpu --output-file requirements/test.txt
lock --extra bench --constraint requirements/test.txt $gpu --output-file requirements/bench.txt
# What builds Comptoir itself, so that its installation needs no build environment of its own.
${UV:-uv} pip compile requirements/build.in --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-header --quiet --constraint requirements/test.txt --output-file requirements/build.txt
