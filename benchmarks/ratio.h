// SPDX-License-Identifier: MIT
//
// Two ways of doing one thing, measured side by side. The clock of a shared machine wanders by more than the
// differences that matter, so both are run alternately in batches too short for it to wander, and what counts is the
// median of their ratios. Reported are ours_ns and peer_ns (medians, per call), ratio (below 1: ours is faster) and
// aim.
//
//   const auto* const kHash64 = cctl::bench::RunPaired(
//       "Sha256/64", [] { benchmark::DoNotOptimize(Ours()); }, [] { benchmark::DoNotOptimize(Theirs()); }, 1.10);

#ifndef CCTL_BENCHMARKS_RATIO_H_
#define CCTL_BENCHMARKS_RATIO_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

namespace cctl::bench {

namespace detail {

inline constexpr double kBatchNs = 50'000;  // far above the clock's own cost, far below a scheduler's time slice
inline constexpr int kPairs = 1'001;        // odd: the median is one of them

template <typename Function>
double BatchNs(Function& function, std::size_t calls) {
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < calls; ++i) function();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

// How many calls make a batch; on the way caches and branch predictors get warm.
template <typename Function>
std::size_t CallsPerBatch(Function& function) {
  std::size_t calls = 1;
  while (calls < 1'000'000 && BatchNs(function, calls) < kBatchNs) calls *= 2;
  return calls;
}

inline double Median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace detail

// Registers a benchmark of `ours` against `peer`, both void(), that hopes for ratio <= aim. Google Benchmark's own Time
// column is the mean of ours, per call.
template <typename Ours, typename Peer>
benchmark::internal::Benchmark* RunPaired(const char* name, Ours ours, Peer peer, double aim) {
  const auto run = [ours, peer, aim](benchmark::State& state) mutable {
    const std::size_t our_calls = detail::CallsPerBatch(ours);
    const std::size_t peer_calls = detail::CallsPerBatch(peer);
    std::vector<double> our_ns, peer_ns, ratios;
    bool ours_first = false;
    for ([[maybe_unused]] auto _ : state) {
      ours_first = !ours_first;  // neither always finds what the other has left in the caches
      double a = ours_first ? detail::BatchNs(ours, our_calls) : 0;
      const double b = detail::BatchNs(peer, peer_calls) / static_cast<double>(peer_calls);
      if (!ours_first) a = detail::BatchNs(ours, our_calls);
      a /= static_cast<double>(our_calls);
      our_ns.push_back(a);
      peer_ns.push_back(b);
      ratios.push_back(a / b);
      state.SetIterationTime(a * 1e-9);
    }
    state.counters["ours_ns"] = detail::Median(our_ns);
    state.counters["peer_ns"] = detail::Median(peer_ns);
    state.counters["ratio"] = detail::Median(ratios);
    state.counters["aim"] = aim;
  };
  return benchmark::RegisterBenchmark(name, run)->UseManualTime()->Iterations(detail::kPairs);
}

}  // namespace cctl::bench

#endif  // CCTL_BENCHMARKS_RATIO_H_
