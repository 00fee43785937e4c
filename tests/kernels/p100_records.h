// Published throughput of one Tesla P100 in fp32.
#pragma once

namespace rehearse::test {

struct P100Record {
  const char* id;  // of the published measurement
  const char* model;
  const char* device;
  int batch;
  double images_per_second;
};

// daint-hvd: CSCS course slides, eth-cscs/tensorflow-training@0cf950c; daint-hvdnccl: Sarus
// documentation, eth-cscs/sarus@4a8fdc4; daint-rfm: ReFrame CSCS checks; tf-dgx1: TensorFlow
// benchmarks of May 2017.
inline constexpr P100Record kP100Records[] = {
    {"daint-hvd-resnet-101-1", "resnet101", "p100-pcie-16gb", 64, 133.6},
    {"daint-hvd-inception-3-1", "inception_v3", "p100-pcie-16gb", 64, 137.9},
    {"daint-hvd-vgg16-1", "vgg16", "p100-pcie-16gb", 64, 145.4},
    {"daint-hvdnccl-sarusdoc-alexnet-1", "alexnet", "p100-pcie-16gb", 64, 2024.9},
    {"daint-hvdnccl-sarusdoc-inception3-1", "inception_v3", "p100-pcie-16gb", 64, 148.1},
    {"daint-hvdnccl-sarusdoc-resnet50-1", "resnet50", "p100-pcie-16gb", 64, 240.0},
    {"daint-hvdnccl-sarusdoc-vgg16-1", "vgg16", "p100-pcie-16gb", 64, 149.7},
    {"daint-rfm-pt-inc3-1", "inception_v3", "p100-pcie-16gb", 64, 131},
    {"daint-rfm-pt-r50-1", "resnet50", "p100-pcie-16gb", 64, 201},
    {"tf-dgx1-alexnet-1", "alexnet", "p100-sxm2-16gb", 512, 2987},
    {"tf-dgx1-inceptionv3-1", "inception_v3", "p100-sxm2-16gb", 64, 142},
    {"tf-dgx1-resnet-50-1", "resnet50", "p100-sxm2-16gb", 64, 219},
    {"tf-dgx1-resnet-152-1", "resnet152", "p100-sxm2-16gb", 64, 91.8},
    {"tf-dgx1-vgg16-1", "vgg16", "p100-sxm2-16gb", 64, 154},
    {"tf-dgx1-b32-inceptionv3-1", "inception_v3", "p100-sxm2-16gb", 32, 128},
    {"tf-dgx1-b32-resnet-50-1", "resnet50", "p100-sxm2-16gb", 32, 195},
    {"tf-dgx1-b32-resnet-152-1", "resnet152", "p100-sxm2-16gb", 32, 82.7},
    {"tf-dgx1-b32-vgg16-1", "vgg16", "p100-sxm2-16gb", 32, 144},
};

}  // namespace rehearse::test
