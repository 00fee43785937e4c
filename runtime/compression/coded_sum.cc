#include "runtime/compression/coded_sum.h"

#include <utility>

#include "base/contract.h"

namespace rehearse {

CodedSum::CodedSum(std::shared_ptr<const Codec> codec, std::vector<std::int64_t> tensors,
                   const Backend& backend)
    : codec_(std::move(codec)),
      tensors_(std::move(tensors)),
      backend_(backend),
      residuals_(tensors_.size()),
      lanes_(Group::kMostLanes) {
  EXPECTS(codec_ != nullptr);
}

Tensor CodedSum::messages(Lane& lane, std::int64_t elements, bool real) const {
  if (!real) return {nullptr, elements, codec_->type()};
  if (!lane || lane->tensor().elements < elements) lane = codec_->allocate(backend_, elements);
  return lane->tensor().part(0, elements);
}

Tensor CodedSum::residual(std::int64_t tensor) {
  if (!codec_->keeps_residual()) return {};
  std::vector<float>& values = residuals_[static_cast<std::size_t>(tensor)];
  values.resize(static_cast<std::size_t>(elements(tensor)));
  return tensor_of(values);
}

template <class Use>
void CodedSum::each(const FusedBatch& tensors, const Tensor& gradients, Use use) {
  std::int64_t at = 0;
  std::int64_t in_message = 0;
  for (std::int64_t i = tensors.first; i < tensors.end; ++i) {
    use(i, gradients.part(at, elements(i)), in_message);
    at += elements(i);
    in_message += codec_->message_elements(elements(i));
  }
  ENSURES(at == gradients.elements);
}

std::vector<StepSpan> CodedSum::sum(World& world, const Group& group, const CodedCalls& calls,
                                    const FusedBatch& tensors, const Tensor& gradients, int lane) {
  const bool real = gradients.data != nullptr;
  const int ranks = codec_->adds_up() ? 1 : group.size();  // whose messages are kept apart
  const int place = codec_->adds_up() ? 0 : world.transport().rank_in(group);
  std::int64_t size = 0;
  Bytes encoding, decoding, adding;
  for (std::int64_t i = tensors.first; i < tensors.end; ++i) {
    size += codec_->message_elements(elements(i));
    encoding += codec_->encode_traffic(elements(i));
    decoding += codec_->decode_traffic(elements(i));
    adding += codec_->decode_add_traffic(elements(i));
  }
  const Tensor all = messages(lanes_[static_cast<std::size_t>(lane)], size * ranks, real);
  std::vector<StepSpan> spans;
  const auto compute = [&](std::string_view name, Bytes traffic, std::function<void()> work) {
    const Duration begin = world.clock().now();
    world.device().wait(world.device().compute({name, traffic, std::move(work)}));
    spans.push_back({.what = StepSpan::What::coding,
                     .first = tensors.first,
                     .end = tensors.end,
                     .group = group,
                     .arrived = begin,
                     .started = begin,
                     .ended = world.clock().now()});
  };
  compute("encode", encoding, [&] {
    each(tensors, gradients, [&](std::int64_t i, const Tensor& part, std::int64_t begin) {
      const std::int64_t own = codec_->message_elements(part.elements);
      codec_->encode(backend_, part, residual(i), all.part(size * place + begin, own));
    });
  });
  const CollectiveCall call =
      (codec_->adds_up() ? calls.all_reduce : calls.all_gather)(all.bytes().value());
  const Duration arrived = world.clock().now();
  const Duration waited = world.transport().collective(group, call, all);
  spans.push_back({.what = StepSpan::What::gradients,
                   .first = tensors.first,
                   .end = tensors.end,
                   .group = group,
                   .call = call,
                   .elements = all.elements,
                   .type = all.type,
                   .arrived = arrived,
                   .started = arrived + waited,
                   .ended = world.clock().now()});
  compute("decode", decoding + adding * (ranks - 1.0), [&] {
    std::vector<Tensor> of_ranks(static_cast<std::size_t>(ranks));
    each(tensors, gradients, [&](std::int64_t, const Tensor& part, std::int64_t begin) {
      const std::int64_t own = codec_->message_elements(part.elements);
      for (std::size_t rank = 0; rank < of_ranks.size(); ++rank) {
        of_ranks[rank] = all.part(size * static_cast<std::int64_t>(rank) + begin, own);
      }
      codec_->decode(backend_, of_ranks, part);
    });
  });
  return spans;
}

}  // namespace rehearse
