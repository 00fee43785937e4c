// A number of bytes as MPI takes it. MPI counts in int, so that what is longer than a mebibyte
// counts as one element of a type of its own.
#pragma once

#include <mpi.h>

#include <cstdint>

namespace rehearse {

class MpiBytes {
 public:
  explicit MpiBytes(std::int64_t bytes);
  ~MpiBytes();
  MpiBytes(const MpiBytes&) = delete;
  MpiBytes& operator=(const MpiBytes&) = delete;

  // What MPI calls take, of a message of so many bytes.
  [[nodiscard]] int count() const { return has_type_ ? 1 : static_cast<int>(bytes_); }
  [[nodiscard]] MPI_Datatype type() const { return type_; }

  // Whether a message that was received as this has as many bytes.
  [[nodiscard]] bool filled(const MPI_Status& status) const;

 private:
  std::int64_t bytes_;
  bool has_type_ = false;
  MPI_Datatype type_ = MPI_BYTE;
};

}  // namespace rehearse
