// Functions that both g++ and nvcc compile: the arithmetic of kernels runs on a GPU, and in tests
// on the host.
#pragma once

#ifdef __CUDACC__
#define REHEARSE_HOST_DEVICE __host__ __device__
#else
#define REHEARSE_HOST_DEVICE
#endif
