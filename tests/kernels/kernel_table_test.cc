#include "kernels/devices/kernel_table.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rehearse {
namespace {

constexpr const char* kHead =
    "id,kind,direction,time_s,flag,device_word,precision_word,library_word,m,n,k,batch_count,"
    "transA,transB\n";

std::string message(const std::string& rows) {
  try {
    parse_kernel_table(kHead + rows, "t.csv");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(KernelTable, ReadsProducts) {
  const KernelTable table =
      parse_kernel_table(std::string(kHead) +
                             "a,gemm,forward,8.3e-05,,p100,fp32,cublas,2048,16,2048,1,N,T\n"
                             "b,gemm,,1e-3,\"odd, but \"\"fine\"\"\",v100,fp16_tensor,,8,8,8,,,\n",
                         "t.csv");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.devices(), (std::vector<std::string>{"p100", "v100"}));
  const KernelRow& first = table.rows[0];
  EXPECT_EQ(first.time, Duration(8.3e-5));
  const auto& shape = std::get<ProductShape>(first.query.shape);
  EXPECT_EQ(shape.m, 2048);
  EXPECT_EQ(shape.layout, ProductLayout::nt);
  EXPECT_EQ(table.rows[1].precision, Precision::fp16);
  EXPECT_TRUE(table.rows[1].tensor_cores);
  EXPECT_EQ(table.rows[1].library, "other");
  EXPECT_EQ(table.rows[1].query.direction, KernelDirection::forward);
}

// printf 'gemm|forward|2048,16,2048,1,N,N' | sha256sum begins with 1c = 28, which 3 does not
// divide; that of T,N with a2 = 162 = 3 * 54.
TEST(KernelTable, HoldsOutAThirdByItsHash) {
  int held = 0;
  for (int m = 1; m <= 3000; ++m) {
    if (is_held_out("gemm", "forward", std::to_string(m) + ",16,16,1,N,N")) ++held;
  }
  // 86 of 256 first bytes are divisible by 3: 1008 of 3000, with a standard deviation of 26.
  EXPECT_NEAR(held, 1008, 100);
  EXPECT_EQ(is_held_out("gemm", "forward", "2048,16,2048,1,N,N"), false);
  EXPECT_EQ(is_held_out("gemm", "forward", "2048,16,2048,1,T,N"), true);
}

TEST(KernelTable, LeavesOutWhatHasNoLaw) {
  const KernelTable table =
      parse_kernel_table(std::string(kHead) +
                             "a,memcpy,forward,1e-3,,x,fp32,other,,,,,,\n"
                             "b,gemm,forward,1e-3,,x,fp64,other,8,8,8,1,,\n"
                             "c,gemm,forward,1e-3,throttled: do not use,x,fp32,other,8,8,8,1,,\n",
                         "t.csv");
  EXPECT_TRUE(table.rows.empty());
  EXPECT_EQ(table.left_out, 3);
}

TEST(KernelTable, ErrorsNameFileAndLine) {
  const std::string good = "a,gemm,forward,1e-3,,x,fp32,cublas,8,8,8,1,N,N\n";
  EXPECT_EQ(message(good), "accepted");
  EXPECT_NE(message(good + "b,gemm,forward,1e-3\n").find("t.csv"), std::string::npos);
  EXPECT_NE(message(good + "b,gemm,forward,1e-3\n").find("line 3"), std::string::npos);
  EXPECT_NE(message("a,gemm,forward,x,,x,fp32,c,8,8,8,1,N,N\n").find("not a number"),
            std::string::npos);
  EXPECT_NE(message("a,gemm,forward,-1,,x,fp32,c,8,8,8,1,N,N\n").find("time_s"), std::string::npos);
  EXPECT_NE(message("a,gemm,forward,1,,x,fp32,c,,8,8,1,N,N\n").find("column m is empty"),
            std::string::npos);
  EXPECT_NE(message("a,gemm,backwards,1,,x,fp32,c,8,8,8,1,N,N\n").find("not a direction"),
            std::string::npos);
  EXPECT_NE(message("\"a,gemm\n").find("does not close"), std::string::npos);
}

TEST(KernelTable, IsKnownByItsColumns) {
  EXPECT_TRUE(is_kernel_table(kHead));
  EXPECT_FALSE(is_kernel_table("# OSU MPI Latency Test\n"));
  EXPECT_THROW(parse_kernel_table("a,b\n1,2\n", "t.csv"), Error);
}

}  // namespace
}  // namespace rehearse
