// explore
#include <gtest/gtest.h>
#include <cstdio>
#include <chrono>
#include <algorithm>
#include "runtime/parallel/pipeline_timeline.h"
namespace rehearse { namespace {
TEST(Explore, All) {
 for (auto schedule : kPipelineScheduleNames.values()) for (int p : {2,4,8}) for (int m : {8,16,32}) {
  int v = schedule==PipelineSchedule::interleaved?3: schedule>=PipelineSchedule::zb_v?2:1;
  PipelineShape shape{schedule,p,m,v};
  try { expect_pipeline(shape);} catch(std::exception&e){ continue; }
  PipelineTimes t; t.parts.assign(size_t(shape.parts()),{1,1,1});
  auto o=pipeline_orders(shape);
  auto tl=pipeline_timeline(shape,o,t);
  double work=3.0*m*(schedule==PipelineSchedule::dualpipe?1:v), span=0; int f=0,w=0;
  for(auto&s:tl.stages){span=std::max(span,s.last-s.first);f=std::max(f,s.peak_in_flight);w=std::max(w,s.peak_until_weights);}
  std::printf("%-12s p %d m %d end-work %g span-work %g  peak0 %d max %d untilW %d\n",std::string(kPipelineScheduleNames.text(schedule)).c_str(),p,m,tl.end-work,span-work,tl.stages[0].peak_in_flight,f,w);
 }
 for (auto schedule : {PipelineSchedule::zb_h1,PipelineSchedule::zb_h2,PipelineSchedule::zb_v,PipelineSchedule::dualpipe,PipelineSchedule::dualpipe_v}) {
 double worst=0; 
 for (int p : {1,2,3,4,6,8,16}) for (int m : {1,2,3,4,8,16,32,64}) for (double F:{0.,.5,1.,1.3,2.}) for (double B:{0.5,1.,1.7,2.}) for (double W:{0.,.3,1.,1.6,3.}) {
  int v = schedule>=PipelineSchedule::zb_v?2:1;
  PipelineShape shape{schedule,p,m,v}, plain{PipelineSchedule::one_f_one_b,p,m,1};
  try { expect_pipeline(shape);} catch(std::exception&e){ continue; }
  double share= schedule==PipelineSchedule::dualpipe?1:1.0/v;
  PipelineTimes t; t.parts.assign(size_t(shape.parts()),{F*share,B*share,W*share});
  PipelineTimes t1; t1.parts.assign(size_t(p),{F,B,W});
  double a=pipeline_timeline(shape,pipeline_orders(shape,{F*share,B*share,W*share}),t).end, b=pipeline_timeline(plain,pipeline_orders(plain),t1).end;
  if (a/b>worst+1e-9) { worst=a/b; std::printf("%d p %d m %d F %g B %g W %g: %g vs 1f1b %g\n",int(schedule),p,m,F,B,W,a,b);} }
 }
 for (auto schedule : kPipelineScheduleNames.values()) {
  int v = schedule==PipelineSchedule::interleaved?2: schedule>=PipelineSchedule::zb_v?2:1;
  PipelineShape shape{schedule,64,512,v};
  PipelineTimes t; t.parts.assign(size_t(shape.parts()),{1,1,1});
  auto a=std::chrono::steady_clock::now();
  auto o=pipeline_orders(shape);
  auto b=std::chrono::steady_clock::now();
  auto tl=pipeline_timeline(shape,o,t);
  auto c=std::chrono::steady_clock::now();
  double n=0; for(auto&x:o) n+=x.size();
  std::printf("%d orders %g ms timeline %g ms, %g M ops/s\n",int(schedule),std::chrono::duration<double>(b-a).count()*1e3,std::chrono::duration<double>(c-b).count()*1e3,n/std::chrono::duration<double>(c-b).count()/1e6);
 }
}
} }
