// Streams and events. Work that is put into one stream runs in that order; an event marks a place
// in a stream for others to wait for. Includes nothing of CUDA.
#pragma once

struct CUstream_st;
struct CUevent_st;

namespace rehearse::cuda {

using StreamHandle = CUstream_st*;  // cudaStream_t
using EventHandle = CUevent_st*;    // cudaEvent_t

// Makes `device` that of the calling thread, as everything does that works on a device. The one of
// before is not chosen again: since CUDA 12 choosing a device takes memory of it. Throws
// Error::environment.
void use_device(int device);

// Does not wait for the default stream. Functions throw Error::environment, also for what went
// wrong in work that was put into the stream before.
class Stream {
 public:
  explicit Stream(int device);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] StreamHandle handle() const { return handle_; }
  [[nodiscard]] int device() const { return device_; }
  void synchronize() const;  // returns when all work in it is done

 private:
  int device_;
  StreamHandle handle_ = nullptr;
};

class Event {
 public:
  enum class Timing { off, on };

  explicit Event(int device, Timing timing = Timing::off);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(StreamHandle stream);           // marks the end of what is in the stream now
  void hold_back(StreamHandle stream) const;  // later work of the stream waits for the mark
  void synchronize() const;                   // the caller waits for the mark
  [[nodiscard]] bool reached() const;
  // Seconds on the GPU between two marks. REQUIRES: both record times and are reached.
  [[nodiscard]] double seconds_since(const Event& earlier) const;

 private:
  EventHandle handle_ = nullptr;
};

}  // namespace rehearse::cuda
