// The backends of the GPUs that work in this build and on this machine. Includes nothing of CUDA.
#pragma once

namespace rehearse {

class Backend;

// Null in a build without CUDA and on a machine without so many GPUs. All executors, optimizers and
// copies of one put their work into one stream, so that each finds what the calls before it left.
const Backend* cuda_backend(int device);

}  // namespace rehearse
