#include "train/sent_bytes.h"

namespace rehearse {

SentBytes::SentBytes(const SyncSgd& program, int rank, int ranks)
    : program_(program), rank_(rank), ranks_(ranks), offsets_{0} {
  for (const std::int64_t n : program.gradient_elements()) offsets_.push_back(offsets_.back() + n);
}

double SentBytes::of(const std::vector<Reduction>& reductions) {
  const ReducerOptions& options = program_.options().reducer;
  double sum = 0;
  for (const Reduction& reduction : reductions) {
    const std::int64_t elements = offsets_[static_cast<std::size_t>(reduction.batch.end)] -
                                  offsets_[static_cast<std::size_t>(reduction.batch.first)];
    if (elements == 0) continue;
    const auto [entry, fresh] = by_elements_.try_emplace(elements, 0);
    if (fresh) {
      const double bytes = static_cast<double>(elements) * options.bytes_per_element;
      CollectiveCall call = options.call(bytes);
      if (call.algorithm == Algorithm::native) {
        call.algorithm = choose_like_open_mpi(ranks_, bytes);
      }
      const auto schedule = make_collective(call, ranks_, elements);
      std::vector<Volume> volumes;
      for (const Phase& phase : schedule->phases()) schedule->volumes(rank_, phase, volumes);
      for (const Volume& volume : volumes) {
        entry->second += static_cast<double>(volume.elements) * options.bytes_per_element;
      }
    }
    sum += entry->second;
  }
  return sum;
}

}  // namespace rehearse
