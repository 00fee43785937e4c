#include "scenarios/stack_choice.h"

#include <cmath>
#include <tuple>

#include "base/quantity_text.h"

namespace rehearse {
namespace {

using Kind = CollectiveLibrary::Kind;
using Architecture = CollectiveLibrary::Architecture;

// Spreads of a stack that was found elsewhere. Two fits to the nodes of one machine under two
// software installations (nccl-tcp-aries-slides, nccl-tcp-aries-sarus) differ by a factor of 1.17
// in rate: ln(1.17) / sqrt(2) = 0.11 each. The others are assumed: twice that for another device,
// once more nearly twice for another adapter, and a factor of two where nothing but MPI or NCCL is
// the same.
constexpr double kSameMachine = 0.1;
constexpr double kOtherDevice = 0.2;
constexpr double kOtherAdapter = 0.35;
constexpr double kOtherWorld = 0.7;

constexpr double kSameRate = 1.25;  // line rates closer than this factor count as the same
constexpr double kFarRate = 2.01;

std::optional<Bandwidth> rate_of(NicFamily family) {
  constexpr double kGbit = 1e9 / 8;
  switch (family) {
    case NicFamily::ib_fdr:
      return Bandwidth(54.5 * kGbit);
    case NicFamily::ib_edr:
    case NicFamily::slingshot10:
    case NicFamily::omnipath:
      return Bandwidth(100 * kGbit);
    case NicFamily::ib_hdr:
    case NicFamily::slingshot11:
      return Bandwidth(200 * kGbit);
    case NicFamily::ib_ndr:
      return Bandwidth(400 * kGbit);
    case NicFamily::efa:
    case NicFamily::roce:
    case NicFamily::tcp:
    case NicFamily::aries:
      break;
  }
  return {};
}

std::optional<Bandwidth> line_rate(const StackProfile& stack) {
  if (stack.nic_rate) return stack.nic_rate;
  return stack.nic_family ? rate_of(*stack.nic_family) : std::nullopt;
}

// NCCL has no transport of its own for Aries: it passes the kernel there too.
bool passes_kernel(const std::optional<NicFamily>& family) {
  return family == NicFamily::tcp || family == NicFamily::aries;
}

bool is_mpi(Kind kind) {
  return kind == Kind::open_mpi || kind == Kind::intel_mpi || kind == Kind::cray_mpich ||
         kind == Kind::mlsl;
}

// Cray's and Intel's own libraries run on the fabrics they are made for. What a stack of PCIe nodes
// says of their inside holds for such nodes, which `wanted` does not tell.
bool library_fits(const StackProfile& stack, const StackWanted& wanted) {
  if (!stack.library || stack.library->pcie) return false;
  if (wanted.accelerator) return stack.library->is_nccl();
  const Kind kind = stack.library->kind;
  const bool of_vendor = kind == Kind::cray_mpich || kind == Kind::mlsl;
  return is_mpi(kind) && (!of_vendor || wanted.nic == stack.nic_family);
}

// Where no adapter is told, InfiniBand is the likely one.
bool is_common(const StackProfile& stack) {
  return stack.nic_family == NicFamily::ib_edr || stack.nic_family == NicFamily::ib_hdr ||
         stack.nic_family == NicFamily::ib_ndr;
}

// What its file says of its rate; what is not told is worst.
double known_to(const StackProfile& stack) {
  constexpr double kUnknown = 10;
  double error = stack.relative_error("stream_bandwidth");
  if (stack.library && stack.library->nic) {
    error = stack.library->nic->bandwidth_rel_error.value_or(0);
  }
  return error > 0 ? error : kUnknown;
}

bool is_amd(DeviceArchitecture architecture) {
  return architecture == DeviceArchitecture::cdna2 || architecture == DeviceArchitecture::cdna3;
}

// The nearest generation that NCCL tells apart (its compCapIndex): it takes what comes before
// Ampere as Volta, and Ada, whose compute capability is 8.9, as Ampere.
std::optional<Architecture> counterpart(DeviceArchitecture architecture) {
  switch (architecture) {
    case DeviceArchitecture::kepler:
    case DeviceArchitecture::pascal:
    case DeviceArchitecture::volta:
    case DeviceArchitecture::turing:
      return Architecture::volta;
    case DeviceArchitecture::ampere:
    case DeviceArchitecture::ada:
      return Architecture::ampere;
    case DeviceArchitecture::hopper:
      return Architecture::hopper;
    case DeviceArchitecture::blackwell:
      return Architecture::blackwell;
    case DeviceArchitecture::cdna2:
    case DeviceArchitecture::cdna3:
      break;
  }
  return {};
}

bool same_device(const StackProfile& stack, const StackWanted& wanted) {
  if (!wanted.accelerator) return true;
  if (!wanted.architecture) return false;
  if (is_amd(*wanted.architecture)) return stack.library->kind == Kind::rccl;
  return stack.library->kind == Kind::nccl &&
         stack.library->architecture == *counterpart(*wanted.architecture);
}

struct Likeness {
  bool same_family = false;
  bool same_path = false;  // through the kernel or not
  double rate_factor = 1;  // of the line rates, at least 1
  bool same_device = false;

  // Smaller is better.
  [[nodiscard]] auto order() const {
    const double rounded = std::round(100 * std::log(rate_factor));
    return std::tuple(!same_family, !same_path, rounded, !same_device);
  }
  [[nodiscard]] double relative_error() const {
    if (!same_path || rate_factor > kFarRate) return kOtherWorld;
    if (!same_family || rate_factor > kSameRate) return kOtherAdapter;
    return same_device ? kSameMachine : kOtherDevice;
  }
};

Likeness likeness(const StackProfile& stack, Bandwidth rate, const StackWanted& wanted) {
  Likeness alike;
  alike.same_family = wanted.nic && wanted.nic == stack.nic_family;
  alike.same_path =
      alike.same_family || passes_kernel(wanted.nic) == passes_kernel(stack.nic_family);
  alike.rate_factor = std::exp(std::abs(std::log(rate / wanted.rate)));
  alike.same_device = same_device(stack, wanted);
  return alike;
}

std::string name_of(NicFamily family) { return std::string(kNicFamilyNames.text(family)); }

std::string reason(const StackProfile& stack, Bandwidth rate, const StackWanted& wanted,
                   const Likeness& alike) {
  std::string text = alike.same_family
                         ? "found on the same kind of adapter (" + name_of(*wanted.nic) + ")"
                         : "found at the nearest line rate";
  if (alike.rate_factor > kSameRate || !alike.same_family) {
    text += ", " + to_text(rate) + " for " + to_text(wanted.rate);
  }
  if (!alike.same_path) {
    text += passes_kernel(stack.nic_family) ? ", through the kernel's TCP" : ", without TCP";
  }
  if (!alike.same_device) text += ", with another device";
  return text;
}

// What one core or one event loop limits does not grow with the adapter.
void scale(StackProfile& stack, double factor) {
  if (stack.stream_bandwidth) stack.stream_bandwidth = *stack.stream_bandwidth * factor;
  for (MessagePiece& piece : stack.pieces) {
    if (piece.bandwidth) piece.bandwidth = *piece.bandwidth * factor;
  }
  if (stack.library && stack.library->nic) {
    stack.library->nic->channel_bandwidth = stack.library->nic->channel_bandwidth * factor;
  }
}

// Streams that nothing limits go at the line rate, so that a spread bears on them.
void limit_streams(StackProfile& stack, Bandwidth rate) {
  const bool levels = stack.library && stack.library->has_levels();
  if (!stack.stream_bandwidth && stack.pieces.empty() && !levels) stack.stream_bandwidth = rate;
}

}  // namespace

std::optional<StackMatch> best_stack(const std::vector<StackProfile>& stacks,
                                     const StackWanted& wanted) {
  const StackProfile* best = nullptr;
  Likeness closest;
  for (const StackProfile& stack : stacks) {
    if (!library_fits(stack, wanted) || !(stack.nic_family || stack.nic_rate)) continue;
    const Likeness alike = likeness(stack, line_rate(stack).value_or(wanted.rate), wanted);
    const auto place = [](const Likeness& one, const StackProfile& of) {
      return std::tuple(one.order(), !is_common(of), known_to(of), of.name);
    };
    if (best != nullptr && place(closest, *best) <= place(alike, stack)) continue;
    best = &stack;
    closest = alike;
  }
  if (best == nullptr) return {};
  const Bandwidth rate = line_rate(*best).value_or(wanted.rate);
  StackMatch match{*best, closest.relative_error(), reason(*best, rate, wanted, closest)};
  // What a core limits shrinks with a slower adapter, as all does.
  const bool limited_by_core = passes_kernel(best->nic_family) && wanted.rate >= rate;
  if (!limited_by_core && closest.rate_factor > 1) {
    scale(match.stack, wanted.rate / rate);
    match.why += ", its rates scaled to the adapter";
  }
  limit_streams(match.stack, wanted.rate);
  return match;
}

StackMatch no_stack(StackProfile ideal, const StackWanted& wanted) {
  StackMatch match{
      std::move(ideal), kOtherWorld,
      std::string("no stack of ") + (wanted.accelerator ? "NCCL or RCCL" : "MPI") + " is known"};
  limit_streams(match.stack, wanted.rate);
  return match;
}

}  // namespace rehearse
