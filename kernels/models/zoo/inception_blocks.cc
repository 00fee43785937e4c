#include "kernels/models/zoo/inception_blocks.h"

namespace rehearse::zoo::inception {
namespace {

const Window kReduce = Window::square(3, 2, 0);

// One branch: starts at the block's entry and applies units in turn.
struct Step {
  std::string name;
  std::int64_t channels;
  Window window;
};

std::size_t branch(Chain& net, std::size_t entry, const std::string& block,
                   const std::vector<Step>& steps) {
  net.go_to(entry);
  for (const Step& step : steps) unit(net, block + "." + step.name, step.channels, step.window);
  return net.at();
}

std::size_t pooled(Chain& net, std::size_t entry, const std::string& block, std::int64_t channels) {
  net.go_to(entry);
  net.average_pool(block + ".pool", Window::square(3, 1, 1));
  return unit(net, block + ".branch_pool", channels, same(1, 1));
}

std::size_t reduced(Chain& net, std::size_t entry, const std::string& block) {
  net.go_to(entry);
  return net.max_pool(block + ".pool", kReduce);
}

// Two units side by side on the cursor, joined: the widening of block E.
std::size_t fork(Chain& net, const std::string& name) {
  const std::size_t entry = net.at();
  const std::size_t wide = branch(net, entry, name, {{"a", 384, same(1, 3)}});
  const std::size_t tall = branch(net, entry, name, {{"b", 384, same(3, 1)}});
  return net.concat(name + ".concat", {wide, tall});
}

}  // namespace

Window same(std::int64_t height, std::int64_t width) {
  return {height, width, 1, 1, (height - 1) / 2, (width - 1) / 2};
}

std::size_t unit(Chain& net, const std::string& name, std::int64_t channels, Window window) {
  net.convolution(name + ".conv", channels, window, false);
  net.batch_norm(name + ".bn");
  return net.relu(name + ".relu");
}

void block_a(Chain& net, const std::string& name, std::int64_t pool_channels) {
  const std::size_t in = net.at();
  const std::size_t b1 = branch(net, in, name, {{"branch1x1", 64, same(1, 1)}});
  const std::size_t b5 =
      branch(net, in, name, {{"branch5x5_1", 48, same(1, 1)}, {"branch5x5_2", 64, same(5, 5)}});
  const std::size_t b3 = branch(net, in, name,
                                {{"branch3x3dbl_1", 64, same(1, 1)},
                                 {"branch3x3dbl_2", 96, same(3, 3)},
                                 {"branch3x3dbl_3", 96, same(3, 3)}});
  const std::size_t bp = pooled(net, in, name, pool_channels);
  net.concat(name + ".concat", {b1, b5, b3, bp});
}

void block_b(Chain& net, const std::string& name) {
  const std::size_t in = net.at();
  const std::size_t b3 = branch(net, in, name, {{"branch3x3", 384, kReduce}});
  const std::size_t bd = branch(net, in, name,
                                {{"branch3x3dbl_1", 64, same(1, 1)},
                                 {"branch3x3dbl_2", 96, same(3, 3)},
                                 {"branch3x3dbl_3", 96, kReduce}});
  net.concat(name + ".concat", {b3, bd, reduced(net, in, name)});
}

void block_c(Chain& net, const std::string& name, std::int64_t channels) {
  const std::size_t in = net.at();
  const std::size_t b1 = branch(net, in, name, {{"branch1x1", 192, same(1, 1)}});
  const std::size_t b7 = branch(net, in, name,
                                {{"branch7x7_1", channels, same(1, 1)},
                                 {"branch7x7_2", channels, same(1, 7)},
                                 {"branch7x7_3", 192, same(7, 1)}});
  const std::size_t bd = branch(net, in, name,
                                {{"branch7x7dbl_1", channels, same(1, 1)},
                                 {"branch7x7dbl_2", channels, same(7, 1)},
                                 {"branch7x7dbl_3", channels, same(1, 7)},
                                 {"branch7x7dbl_4", channels, same(7, 1)},
                                 {"branch7x7dbl_5", 192, same(1, 7)}});
  const std::size_t bp = pooled(net, in, name, 192);
  net.concat(name + ".concat", {b1, b7, bd, bp});
}

void block_d(Chain& net, const std::string& name) {
  const std::size_t in = net.at();
  const std::size_t b3 =
      branch(net, in, name, {{"branch3x3_1", 192, same(1, 1)}, {"branch3x3_2", 320, kReduce}});
  const std::size_t b7 = branch(net, in, name,
                                {{"branch7x7x3_1", 192, same(1, 1)},
                                 {"branch7x7x3_2", 192, same(1, 7)},
                                 {"branch7x7x3_3", 192, same(7, 1)},
                                 {"branch7x7x3_4", 192, kReduce}});
  net.concat(name + ".concat", {b3, b7, reduced(net, in, name)});
}

void block_e(Chain& net, const std::string& name) {
  const std::size_t in = net.at();
  const std::size_t b1 = branch(net, in, name, {{"branch1x1", 320, same(1, 1)}});
  branch(net, in, name, {{"branch3x3_1", 384, same(1, 1)}});
  const std::size_t b3 = fork(net, name + ".branch3x3_2");
  branch(net, in, name, {{"branch3x3dbl_1", 448, same(1, 1)}, {"branch3x3dbl_2", 384, same(3, 3)}});
  const std::size_t bd = fork(net, name + ".branch3x3dbl_3");
  const std::size_t bp = pooled(net, in, name, 192);
  net.concat(name + ".concat", {b1, b3, bd, bp});
}

}  // namespace rehearse::zoo::inception
