#include "runtime/compression/coded_sum.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"

namespace rehearse {

CodedSum::CodedSum(std::shared_ptr<const Codec> codec, std::vector<std::int64_t> tensors)
    : codec_(std::move(codec)),
      tensors_(std::move(tensors)),
      residuals_(tensors_.size()),
      lanes_(Group::kMostLanes) {
  EXPECTS(codec_ != nullptr);
}

Tensor CodedSum::Lane::message(const Codec& codec, std::int64_t elements, bool real) {
  const auto size = static_cast<std::size_t>(elements * element_bytes(codec.type()));
  if (real) bytes.resize(std::max(bytes.size(), size));
  return {real ? bytes.data() : nullptr, elements, codec.type()};
}

Tensor CodedSum::residual(std::int64_t tensor) {
  if (!codec_->keeps_residual()) return {};
  std::vector<float>& values = residuals_[static_cast<std::size_t>(tensor)];
  values.resize(static_cast<std::size_t>(elements(tensor)));
  return tensor_of(values);
}

template <class Use>
void CodedSum::each(const FusedBatch& tensors, const Tensor& gradients, const Tensor& message,
                    Use use) {
  std::int64_t at = 0;
  std::int64_t in_message = 0;
  for (std::int64_t i = tensors.first; i < tensors.end; ++i) {
    const std::int64_t size = codec_->message_elements(elements(i));
    use(i, gradients.part(at, elements(i)), message.part(in_message, size));
    at += elements(i);
    in_message += size;
  }
  ENSURES(at == gradients.elements && in_message == message.elements);
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
  const Tensor all = lanes_[static_cast<std::size_t>(lane)].message(*codec_, size * ranks, real);
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
    each(tensors, gradients, all.part(size * place, size),
         [&](std::int64_t i, const Tensor& part, const Tensor& message) {
           codec_->encode(part, residual(i), message);
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
    for (int rank = 0; rank < ranks; ++rank) {
      each(tensors, gradients, all.part(size * rank, size),
           [&](std::int64_t, const Tensor& part, const Tensor& message) {
             rank == 0 ? codec_->decode(message, part) : codec_->decode_add(message, part);
           });
    }
  });
  return spans;
}

}  // namespace rehearse
