// The GPUs that this build and this machine can compute on. Works in every build and without a
// driver; includes nothing of CUDA, so that everybody may ask.
#pragma once

#include <string>

namespace rehearse {

// What is compiled in, with versions: "CUDA 13.0, cuDNN 9.19, NCCL 2.28". Empty: a build without
// CUDA.
std::string cuda_libraries();

// 0 in a build without CUDA, without a driver that is new enough, and without a GPU.
int cuda_device_count();

// Throws Error::environment, with the reason, where cuda_device_count() is 0.
void require_cuda_device();

}  // namespace rehearse
