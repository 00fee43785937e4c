#!/bin/bash
# Measures the first GPU of a node with what lies beside this file: gpu_suite, cuda_test and
# gpu_suite_torch.py. docs/guide/gpu.md tells how they come here and where the results go.
#
#   gpu_suite.sh --pack FILE.tar.gz   on the machine that built the preset gpu-suite: what to carry
#   gpu_suite.sh [--dry-run] [--results FOLDER]   on the node
#
# Each stage takes two minutes at most and leaves a stamp in the folder of results: a second call
# goes on where the first ended, and tries again what failed. Exit status: 0 all stages are done or
# left out, 1 one failed, 2 bad usage, 3 there is no GPU.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
results=gpu_suite_results
dry=false
pack=
most_seconds=120
most_archive=$((16 << 20))

usage() {
  echo "gpu_suite.sh: $1: see the first lines of the file" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry=true ;;
    --results) [ $# -gt 1 ] || usage "--results needs a folder"; results=$2; shift ;;
    --pack) [ $# -gt 1 ] || usage "--pack needs a file"; pack=$2; shift ;;
    *) usage "'$1' is not an option" ;;
  esac
  shift
done

if [ -n "$pack" ]; then
  root=$(dirname "$here")
  build=$root/build-gpu-suite
  for program in "$build/apps/gpu_suite" "$build/tests/kernels/cuda_test"; do
    [ -x "$program" ] || usage "$program is not built (cmake --build --preset gpu-suite)"
  done
  # The tests compare with oneDNN on the host.
  ldd "$build/tests/kernels/cuda_test" | awk '$1 ~ /^lib(dnnl|gomp|OpenCL)/ { print $3 }' |
    tar -czf "$pack" -h -P --transform 's,^/.*/\(lib[^/]*\.so[^/]*\)$,gpu_suite/lib/\1,;s,^/.*/,gpu_suite/,' \
      "$build/apps/gpu_suite" "$build/tests/kernels/cuda_test" "$here/gpu_suite.sh" \
      "$here/gpu_suite_torch.py" --files-from -
  exit
fi

# Libraries of CUDA: the toolkit's, then those that Python packages brought along with PyTorch.
library_folders() {
  local nvcc
  nvcc=$(command -v nvcc) && dirname "$(dirname "$(readlink -f "$nvcc")")" | sed 's,$,/lib64,'
  echo "${CUDA_HOME:-/usr/local/cuda}/lib64"
  python3 - 2> /dev/null <<'END'
import glob, site, sys
for folder in sys.path + site.getsitepackages():
    for found in sorted(glob.glob(folder + "/nvidia/*/lib")):
        print(found)
END
}
folders=$(library_folders | awk '!seen[$0]++' | paste -sd:)
with_libraries=(env "LD_LIBRARY_PATH=$here/lib:$folders${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
has_torch=false
$dry || { python3 -c 'import torch' 2> /dev/null && has_torch=true; }

failed=0
# stage NAME COMMAND…: within the time, output in NAME.log
stage() {
  local name=$1
  shift
  if $dry; then
    echo "$name: $*"
    return
  fi
  if [ -e "$results/$name.done" ]; then
    echo "$name: done before"
    return
  fi
  local begin=$SECONDS status=0
  timeout -k 5 "$most_seconds" "$@" > "$results/$name.log" 2>&1 || status=$?
  if [ $status = 0 ]; then
    date -u > "$results/$name.done"
    echo "$name: done in $((SECONDS - begin)) s"
  else
    failed=1
    [ $status = 124 ] && echo "more than $most_seconds s" >> "$results/$name.log"
    echo "$name: failed ($status), see $results/$name.log"
  fi
}
# left_out NAME WHY
left_out() { echo "$1: left out, $2"; }

if ! $dry; then
  mkdir -p "$results" || exit 3
  if ! "${with_libraries[@]}" "$here/gpu_suite" facts > "$results/facts.txt" 2>&1 ||
    grep -q 'GPUs: 0' "$results/facts.txt"; then
    echo "gpu_suite.sh: no GPU can be used: $(cat "$results/facts.txt")" >&2
    exit 3
  fi
  {
    uname -srm
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv
  } >> "$results/facts.txt" 2>&1
fi

# Own kernels first, then what uses them: cuDNN compiles the plans of a network for up to a minute.
stage tests "${with_libraries[@]}" "$here/cuda_test" --gtest_filter='-GpuExecutor.*:Backends/*'
stage tests_layers "${with_libraries[@]}" "$here/cuda_test" \
  --gtest_filter='Backends/*cuda-Backends/EveryExecutor.*'
stage tests_steps "${with_libraries[@]}" "$here/cuda_test" \
  --gtest_filter='Backends/EveryExecutor.*cuda'
for network in Resnet Mobilenet Inception Mixtures Transformers; do
  stage "tests_${network,,}" "${with_libraries[@]}" "$here/cuda_test" \
    --gtest_filter="GpuExecutor.*$network*"
done
stage tests_executor "${with_libraries[@]}" "$here/cuda_test" \
  --gtest_filter='GpuExecutor.*-GpuExecutor.Computes*'
stage kernels "${with_libraries[@]}" "$here/gpu_suite" kernels --budget "80 s" --table "$results/kernels.csv" \
  --profile "$results/device.json"

jobs="resnet50:64 vgg16:32 gpt2:8"
for job in $jobs; do
  for precision in bf16 tf32; do
    name=${job%:*}_$precision
    stage "steps_$name" "${with_libraries[@]}" "$here/gpu_suite" steps \
      --profile "$results/device.json" --model "${job%:*}" --batch "${job#*:}" \
      --precision $precision -o "$results/steps_$name.csv"
  done
done

for job in $jobs; do
  for precision in bf16 tf32; do
    name=torch_${job%:*}_$precision
    if $dry || $has_torch; then
      stage "$name" python3 "$here/gpu_suite_torch.py" --model "${job%:*}" \
        --batch "${job#*:}" --precision $precision -o "$results/$name.csv"
    else
      left_out "$name" "python3 cannot import torch"
    fi
  done
done

sanitizer=$(command -v compute-sanitizer || echo "${CUDA_HOME:-/usr/local/cuda}/bin/compute-sanitizer")
if $dry || [ -x "$sanitizer" ]; then
  stage sanitizer "${with_libraries[@]}" "$sanitizer" --error-exitcode 9 "$here/cuda_test" \
    --gtest_filter='GpuElements.*:GpuRows.*'
else
  left_out sanitizer "there is no compute-sanitizer"
fi

archive=$results.tar.gz
if $dry; then
  echo "archive: $archive"
  exit 0
fi
tar -czf "$archive" "$results"
size=$(stat -c %s "$archive")
if [ "$size" -gt $most_archive ]; then
  echo "gpu_suite.sh: $archive has $size bytes, more than $most_archive" >&2
  exit 1
fi
echo "archive: $archive, $size bytes"
exit $failed
