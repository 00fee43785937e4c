// What the software that trains does where a scenario is silent.
//
//   const Framework framework = default_framework(named_horovod, scenario.device.is_accelerator());
//   options.batching = default_batching(framework);
//
// Sources: PyTorch, DistributedDataParallel (bucket_cap_mb 25); Horovod, "Tensor Fusion" (64 MiB);
// Megatron-LM, --ddp-bucket-size (40,000,000 elements at least) and gradients accumulated in fp32;
// DeepSpeed, reduce_bucket_size (5e8 elements). TensorFlow sends each tensor on its own. The units
// of batching by priority are 4 MiB by our own choice: long against a latency, short against a
// layer.
//
// Of layouts (docs/formats.md has the table): Megatron-LM interleaves where a stage has several
// parts (--num-layers-per-virtual-pipeline-stage) and overlaps the messages between stages only
// then (--overlap-p2p-communication); it reduces gradients and gathers parameters under computation
// where the optimizer is distributed and asked to (--overlap-grad-reduce, --overlap-param-gather,
// which Megatron-Bridge's recipes set). PyTorch's DDP and FSDP overlap both; DeepSpeed
// (overlap_comm) the gradients, and under ZeRO-3 the parameters, which it prefetches.
#pragma once

#include <cstdint>

#include "kernels/models/precision.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Horovod where the scenario uses keys of its batching, else PyTorch on accelerators, and on CPUs
// no framework.
Framework default_framework(bool horovod_keys, bool accelerator);

AllReduceOptions::Batching default_batching(Framework framework);

// Horovod's threshold, the cap of a bucket or the size of a unit, of gradients of so many bytes per
// element.
Bytes default_fusion(Framework framework, AllReduceOptions::Batching batching, int gradient_bytes);

// "interleaved" where a stage has several parts of the model, else "1f1b".
PipelineSchedule default_schedule(int virtual_stages);

// Parts of the model on a stage: 2 where the schedule needs them, else 1.
int default_virtual_stages(PipelineSchedule schedule);

// Whether passes of two microbatches can run side by side, so that one computes while steps of the
// other are on their way to experts: dualpipe and dualpipe_v are made for it; Megatron-LM
// (--overlap-moe-expert-parallel-comm) does it with interleaved, or without a pipeline.
bool pairs_passes(const Layout& layout);

// What goes on while a device computes, but for the slowdown. REQUIRES: zero, expert, pipeline,
// schedule and virtual_stages of the layout are known.
LayoutOverlap default_overlap(Framework framework, const Layout& layout);

// Of what an accelerator computes meanwhile: 1.13 where anything overlaps (Miao et al., Galvatron,
// VLDB 2023; 1.13 to 1.3 are published), 1 on CPUs.
double default_slowdown(const LayoutOverlap& overlap, bool accelerator);

// The overlap of a layout under what a scenario gives: for layouts that differ from the scenario's
// own. REQUIRES: as default_overlap, and tensor of the layout is known.
LayoutOverlap overlap_of(const Scenario& scenario, const Layout& layout);

// Elements of the buckets in which the gradients of a layout travel: of training.allreduce.fusion,
// under Megatron at least a million for each replica (megatron/core/distributed, which asks for
// max(40 million, a million times the replicas)); all at once where nothing goes on meanwhile.
std::int64_t bucket_elements(const Scenario& scenario, const Layout& layout);

// Beside what is allocated. On accelerators: the driver's context with the communication library's
// buffers, 1 GB (1 to 3 are reported), and what an allocator holds beside what it has handed out,
// 5 % (3 to 8 % are). On CPUs: the process itself with its libraries, 72 MB (resident memory of
// Rehearse's own runs less what they allocate, x86-64, oneDNN 2.6 and Open MPI 4.1).
Bytes framework_memory(bool accelerator, Bytes allocated);

// Bytes of an element of a tensor that is kept in `precision`: of fp8 and below 2, since these are
// formats of matrix inputs only.
int stored_bytes(Precision precision);

// Of an element of a gradient as it travels, with weights in `precision`.
int default_gradient_bytes(Framework framework, Precision precision);

}  // namespace rehearse
