#include "kernels/cuda/cuda_stream.h"

#include "kernels/cuda/runtime_check.h"

namespace rehearse::cuda {

void use_device(int device) {
  int now = 0;
  check(cudaGetDevice(&now), "ask for the GPU in use");
  if (now != device) check(cudaSetDevice(device), "use a GPU");
}

Stream::Stream(int device) : device_(device) {
  use_device(device);
  check(cudaStreamCreateWithFlags(&handle_, cudaStreamNonBlocking), "make a stream");
}

Stream::~Stream() { cudaStreamDestroy(handle_); }

void Stream::synchronize() const { check(cudaStreamSynchronize(handle_), "wait for a stream"); }

Event::Event(int device, Timing timing) {
  use_device(device);
  const unsigned flags = timing == Timing::on ? cudaEventDefault : cudaEventDisableTiming;
  check(cudaEventCreateWithFlags(&handle_, flags), "make an event");
}

Event::~Event() { cudaEventDestroy(handle_); }

void Event::record(StreamHandle stream) {
  check(cudaEventRecord(handle_, stream), "record an event");
}

void Event::hold_back(StreamHandle stream) const {
  check(cudaStreamWaitEvent(stream, handle_, 0), "let a stream wait for an event");
}

bool Event::reached() const {
  const cudaError_t status = cudaEventQuery(handle_);
  if (status == cudaErrorNotReady) return false;
  check(status, "ask for an event");
  return true;
}

void Event::synchronize() const { check(cudaEventSynchronize(handle_), "wait for an event"); }

double Event::seconds_since(const Event& earlier) const {
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, earlier.handle_, handle_), "read the time of an event");
  return milliseconds * 1e-3;
}

}  // namespace rehearse::cuda
