#include "runtime/collectives/nccl_constants.h"

#include <cmath>

#include "base/contract.h"
#include "runtime/collectives/library_version.h"

namespace rehearse {
namespace {

static_assert(static_cast<int>(Algorithm::ring) == 0 && static_cast<int>(Algorithm::tree) == 1 &&
              static_cast<int>(Algorithm::nvls) == 2 &&
              static_cast<int>(Algorithm::nvls_tree) == 3 &&
              static_cast<int>(Algorithm::collnet_direct) == 4 &&
              static_cast<int>(Algorithm::collnet_chain) == 5 &&
              static_cast<int>(Algorithm::pat) == 6);

constexpr std::size_t kTree = 1;
constexpr std::size_t kNvls = 2;
constexpr std::size_t kNvlsTree = 3;
constexpr std::size_t kDirect = 4;
constexpr std::size_t kChain = 5;
constexpr std::size_t kSimple = 2;
constexpr std::size_t kHopper = 2;
constexpr std::size_t kBlackwell = 3;

// 2.30.7. In 2.28.3 three numbers differ: 14 between nodes for NVLSTree, and for Blackwell 73.4 per
// channel of a ring in LL128 and 43.1 of NVLSTree on more than two nodes.
constexpr NcclConstants of_2_30() {
  return {
      // ring, tree, NVLS, NVLSTree, CollNetDirect, CollNetChain, PAT
      .base = {{{6.6, 14, 8.4}, {6.8, 14, 8.4}, {}, {}, {}, {}, {8, 8, 8}}},
      .nvlink = {{{0.6, 1.9, 3.4},
                  {0.6, 1.25, 4},
                  {0, 0, 25},
                  {0, 0, 25},
                  {0, 0, 3.7},
                  {0, 0, 2.8},
                  {0, 0, 4}}},
      .pcie = {{{1, 2.5, 5.7}, {1, 1.9, 4}, {}, {}, {0, 0, 3.7}, {0, 0, 2.8}, {0, 0, 4}}},
      .network = {{{2.7, 4, 14},
                   {5, 8.5, 14},
                   {0, 0, 18},
                   {0, 0, 20.9},
                   {0, 0, 31},
                   {0, 0, 30},
                   {0, 0, 14}}},
      .ll = {{{39, 39, 20.4}, {87.7, 22.5, 19}, {141, 45, 35}, {282, 90, 70}}},
      .ring_ll128 = {{{20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 36.7}, {40, 40, 40}}},
      .tree_ll128 = {{{20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 29}, {55.6, 31.67, 20}}},
      .tree = {{{26.5, 18.5, 10}, {24, 23.6, 17.8}, {38.7, 41.4, 36}, {70, 42.8, 24}}},
      .nvls_tree = {{{}, {}, {0, 57.7, 45.5}, {0, 96, 80}}},
      .ring_ll_share = 0.5,
      .ring_ll_share_apart = 0.5,
      .ring_ll128_share = 0.92,
      .ring_extra_steps = 0,
      .collnet_arity = 0.4,
      .exposed_network = true,
  };
}

// 2.24.3 and, for Blackwell, which that does not know, 2.26.2.
constexpr NcclConstants of_2_26() {
  NcclConstants c = of_2_30();
  c.network[kNvlsTree][kSimple] = 14;
  c.ring_ll128[kBlackwell] = {2 * 36.7, 2 * 36.7, 2 * 36.7};
  c.tree_ll128[kBlackwell] = {2 * 36.7, 2 * 36.7, 2 * 29.0};
  c.tree[kBlackwell] = {2 * 38.7, 2 * 41.4, 2 * 36.0};
  return c;
}

// 2.21.5 and 2.22.3.
constexpr NcclConstants of_2_21() {
  NcclConstants c = of_2_26();
  c.base[kTree][kSimple] = 0;
  c.nvlink[kTree][kSimple] = c.pcie[kTree][kSimple] = c.network[kTree][kSimple] = 28;
  c.ll[kBlackwell] = c.ll[kHopper];
  c.ring_ll128[kBlackwell] = c.ring_ll128[kHopper];
  c.tree_ll128[kBlackwell] = c.tree_ll128[kHopper];
  c.tree[kBlackwell] = c.tree[kHopper];
  c.ring_ll128_share = 0.7;
  c.ring_extra_steps = 2;
  c.exposed_network = false;
  return c;
}

// 2.18.3.
constexpr NcclConstants of_2_18() {
  NcclConstants c = of_2_21();
  c.base[kNvls][kSimple] = c.base[kNvlsTree][kSimple] = 23;
  c.nvlink[kNvls][kSimple] = c.nvlink[kNvlsTree][kSimple] = 0;
  c.network[kNvlsTree][kSimple] = 19;
  c.nvlink[kTree][kSimple] = 4;
  c.pcie[kTree][kSimple] = 6;
  c.network[kTree][kSimple] = 14;
  c.nvlink[kDirect][kSimple] = c.pcie[kDirect][kSimple] = c.pcie[kChain][kSimple] = 8;
  c.nvlink[kChain][kSimple] = 4.75;
  c.network[kDirect][kSimple] = 10.7;
  c.network[kChain][kSimple] = 14;
  c.ll[kHopper] = c.ll[kBlackwell] = c.ll[1];  // Ampere's
  c.ring_ll_share = 1.0 / 4;
  c.ring_ll_share_apart = 1.0 / 3;
  c.collnet_arity = 0.5;
  return c;
}

// From 64 B on, by powers of two.
constexpr std::size_t kColumns = 24;
constexpr std::array<std::array<double, kColumns>, kNcclProtocols> kCorrection{
    {{1, 1, 1, 1, .9, .8, .7, .7, .7, .7, .6, .5, .4, .4, .5, .6, .7, .8, .9, 1, 1, 1, 1, 1},
     {1, 1, 1, 1, 1, .9, .8, .8, .8, .7, .6, .6, .6, .6, .6, .6, .8, .9, .9, .9, .9, 1, 1, 1},
     {.9, .9, .9, .9, .9, .9, .9, .8, .7, .6, .6, .5,
      .5, .5, .5, .6, .7, .8, .7, .7, .8, .9, .9, .9}}};

}  // namespace

const NcclConstants& nccl_constants(NcclGeneration generation) {
  static constexpr std::array kConstants{of_2_18(), of_2_21(), of_2_26(), of_2_30()};
  return kConstants[static_cast<std::size_t>(generation)];
}

double nccl_tree_correction(Algorithm algorithm, Protocol protocol, double bytes) {
  EXPECTS(protocol != Protocol::none && bytes >= 0);
  // NCCL leaves the last column out for its trees, not for its trees of switches.
  const std::size_t columns = algorithm == Algorithm::tree ? kColumns - 1 : kColumns;
  const double blocks = std::floor(bytes / 64);
  if (blocks < 1) return 1;
  const auto column = static_cast<std::size_t>(std::ilogb(blocks));
  return column < columns ? kCorrection[static_cast<std::size_t>(protocol) - 1][column] : 1;
}

NcclGeneration nccl_generation(const std::string& version) {
  const LibraryVersion read = read_library_version("NCCL", version);
  if (read < LibraryVersion{2, 19}) return NcclGeneration::v2_18;
  if (read < LibraryVersion{2, 23}) return NcclGeneration::v2_21;
  return read < LibraryVersion{2, 27} ? NcclGeneration::v2_23 : NcclGeneration::v2_27;
}

}  // namespace rehearse
