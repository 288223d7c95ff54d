// SPDX-License-Identifier: MIT

#include "cctl/proto/open_challenges.h"

#include <gtest/gtest.h>

#include <vector>

#include "cctl/identity/nonce.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

TEST(OpenChallenges, HoldsAChallengeFromInsertToErase) {
  testing::SeededRandom random(1);
  OpenChallenges open;
  std::vector<Nonce> nonces;
  for (int i = 0; i < 20; ++i) nonces.push_back(*Nonce::Generate(random));
  EXPECT_FALSE(open.Contains(nonces[0]));
  for (const Nonce& nonce : nonces) open.Insert(nonce);
  for (std::size_t erased = 0; erased < nonces.size(); ++erased) {
    open.Erase(nonces[erased]);
    open.Erase(nonces[erased]);  // not there: does nothing
    EXPECT_EQ(open.size(), nonces.size() - erased - 1);
    for (std::size_t i = 0; i < nonces.size(); ++i) EXPECT_EQ(open.Contains(nonces[i]), i > erased) << i;
  }
}

}  // namespace
}  // namespace cctl
