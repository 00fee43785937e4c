#!/bin/bash
# gpu_suite.sh goes on where it ended: with programs that only pretend, in a folder of its own.
# Called with the folder of gpu_suite.sh.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$1/gpu_suite.sh" "$folder"
cd "$folder"
program() {
  printf '#!/bin/bash\n%s\n' "$2" > "$1"
  chmod +x "$1"
}
expect() {
  grep -qxF -- "$2" "$1" || { echo "'$2' is not in:"; cat "$1"; exit 1; }
}
mkdir bin
program bin/python3 'exit 1' # no PyTorch
program bin/nvidia-smi 'echo "some GPU"'
export PATH=$folder/bin:$PATH CUDA_HOME=$folder/no_toolkit
hash -r

# Without a GPU: one line, status 3.
program gpu_suite 'echo "CUDA 13.0; GPUs: 0"'
status=0
./gpu_suite.sh > none.txt 2> error.txt || status=$?
[ $status = 3 ] || { echo "status $status"; exit 1; }
expect error.txt 'gpu_suite.sh: no GPU can be used: CUDA 13.0; GPUs: 0'

# One stage fails: the others are done all the same, and an archive is there.
program gpu_suite '[ "$1" = facts ] && echo "GPUs: 1"; exit 0'
program cuda_test 'exit 7'
status=0
./gpu_suite.sh > first.txt || status=$?
[ $status = 1 ] || { echo "status $status"; exit 1; }
expect first.txt 'tests: failed (7), see gpu_suite_results/tests.log'
grep -q '^kernels: done in' first.txt
expect first.txt 'torch_gpt2_bf16: left out, python3 cannot import torch'

# It is repaired: only that stage runs again.
program cuda_test 'exit 0'
./gpu_suite.sh > second.txt
grep -q '^tests: done in' second.txt
expect second.txt 'kernels: done before'
tar -tzf gpu_suite_results.tar.gz > list.txt
expect list.txt gpu_suite_results/facts.txt
expect list.txt gpu_suite_results/kernels.log
