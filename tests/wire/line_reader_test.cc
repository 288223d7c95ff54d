// SPDX-License-Identifier: MIT

#include "cctl/wire/line_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {
namespace {

using Lines = std::vector<std::string>;

// Feeds `stream` in pieces of `piece` bytes, each in memory of its own that does not outlive it.
struct Fed {
  Lines lines;
  Error error;
  std::size_t most_held = 0;
};

Fed Feed(LineReader& reader, std::string_view stream, std::size_t piece) {
  Fed fed;
  for (std::size_t i = 0; i < stream.size(); i += piece) {
    const std::string received(stream.substr(i, piece));
    std::string_view in = received;
    for (;;) {
      const auto line = reader.Next(in);
      fed.most_held = std::max(fed.most_held, reader.held());
      if (!line) {
        fed.error = line.error();
        return fed;
      }
      if (!*line) break;
      fed.lines.emplace_back(**line);
    }
    EXPECT_TRUE(in.empty());
  }
  return fed;
}

struct Case {
  std::string_view stream;
  Lines lines;
};

const Case kCases[] = {
    {"", {}},
    {"a", {}},
    {"a\n", {"a"}},
    {"a\nb\n", {"a", "b"}},
    {"a\nb", {"a"}},
    {"\n\n\na\n\n", {"a"}},
    {"a\r\nb\r\r\n\r\n", {"a", "b"}},
    {" \t a b \t\r\n", {"a b"}},
    {"   \n \t\r \nx\n", {"x"}},
    {"{\"a\":1}\n{\"b\":2}\nrest", {"{\"a\":1}", "{\"b\":2}"}},
};

TEST(LineReader, GivesTheSameLinesHoweverTheyArrive) {
  for (const Case& c : kCases) {
    for (std::size_t piece = 1; piece <= c.stream.size(); ++piece) {
      LineReader reader;
      const Fed fed = Feed(reader, c.stream, piece);
      EXPECT_EQ(fed.lines, c.lines) << c.stream << " by " << piece;
      EXPECT_EQ(fed.error, Error{});
    }
  }
}

TEST(LineReader, KeepsZerosAndBytesBeyondAscii) {
  const std::string line("a\0\xff\x80z", 5);
  LineReader reader;
  EXPECT_EQ(Feed(reader, line + "\n", 2).lines, Lines{line});
}

TEST(LineReader, GivesAWholeLineWhereItArrived) {
  LineReader reader;
  const std::string received = "first\nsecond\nthi";
  std::string_view in = received;
  EXPECT_EQ((*reader.Next(in))->data(), received.data());
  EXPECT_EQ((*reader.Next(in))->data(), received.data() + 6);
  EXPECT_EQ(reader.held(), 0u);
  EXPECT_FALSE(reader.Next(in)->has_value());
  EXPECT_GE(reader.held(), 3u);
}

TEST(LineReader, HoldsNothingWhenIdle) {
  EXPECT_LE(sizeof(LineReader), 24u);
  LineReader reader;
  std::string_view in = "be";
  EXPECT_FALSE(reader.Next(in)->has_value());
  EXPECT_GE(reader.held(), 2u);
  in = "gun\n";
  EXPECT_EQ(**reader.Next(in), "begun");
  EXPECT_FALSE(reader.Next(in)->has_value());
  EXPECT_EQ(reader.held(), 0u);
}

TEST(LineReader, TakesALineOfExactlyTheLimit) {
  for (std::size_t piece = 1; piece <= 9; ++piece) {
    LineReader reader(8);
    const Fed fed = Feed(reader, "12345678\n1234567\r\n", piece);
    EXPECT_EQ(fed.lines, (Lines{"12345678", "1234567"})) << piece;
    EXPECT_LE(fed.most_held, 8u);
  }
}

TEST(LineReader, RejectsALineOverTheLimit) {
  for (const std::string_view stream :
       {"ok\n123456789", "ok\n123456789\nmore\n", "ok\n         ", "ok\n12345678\r\n"}) {
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
      LineReader reader(8);
      const Fed fed = Feed(reader, stream, piece);
      EXPECT_EQ(fed.lines, Lines{"ok"});
      EXPECT_EQ(fed.error, (Error{Errc::kTooLong, 8, 8, "line"})) << stream << " by " << piece;
      EXPECT_LE(fed.most_held, 8u);
      EXPECT_EQ(reader.held(), 0u);
    }
  }
}

TEST(LineReader, FailsForGood) {
  LineReader reader(4);
  std::string_view in = "12345\nok\n";
  EXPECT_EQ(reader.Next(in).error().code, Errc::kTooLong);
  EXPECT_EQ(reader.Next(in).error().code, Errc::kTooLong);
  in = "ok\n";
  EXPECT_EQ(reader.Next(in).error().code, Errc::kTooLong);
}

TEST(LineReader, HasTheLimitOfAStrangerAtFirst) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::size_t{20'000}}) {
    LineReader good, bad;
    EXPECT_EQ(Feed(good, std::string(8192, 'x') + "\n", piece).lines.size(), 1u);
    const Fed fed = Feed(bad, std::string(8193, 'x') + "\n", piece);
    EXPECT_EQ(fed.error, (Error{Errc::kTooLong, 8192, 8192, "line"}));
    EXPECT_LE(fed.most_held, 8192u);
  }
}

TEST(LineReader, TakesANewLimitBetweenLinesOfOnePiece) {
  LineReader reader(4);
  std::string_view in = "auth\n123456\n";
  EXPECT_EQ(**reader.Next(in), "auth");
  reader.set_limit(6);
  EXPECT_EQ(**reader.Next(in), "123456");
}

TEST(LineReader, AppliesALowerLimitToTheLineThatHasBegun) {
  LineReader reader(8);
  std::string_view in = "123456";
  EXPECT_FALSE(reader.Next(in)->has_value());
  reader.set_limit(4);
  in = "\n";
  EXPECT_EQ(reader.Next(in).error(), (Error{Errc::kTooLong, 4, 4, "line"}));
}

TEST(LineReader, TakesAMegabyte) {
  const std::string line(kMaxLine, 'x');
  for (const std::size_t piece : {std::size_t{1447}, std::size_t{65'536}}) {
    LineReader reader(kMaxLine);
    const Fed fed = Feed(reader, line + "\nnext\n", piece);
    ASSERT_EQ(fed.lines.size(), 2u);
    EXPECT_EQ(fed.lines[0], line);
    EXPECT_LE(fed.most_held, kMaxLine);
  }
}

TEST(LineReader, MovesWithWhatItHolds) {
  LineReader first(100);
  std::string_view in = "begin";
  EXPECT_FALSE(first.Next(in)->has_value());
  LineReader second(std::move(first));
  in = "ning\n";
  EXPECT_EQ(**second.Next(in), "beginning");
}

// Against the obvious way: all of the stream at once, split at newlines.
TEST(LineReader, AgreesWithSplittingTheWholeStream) {
  std::mt19937 random(9847);
  for (int round = 0; round < 500; ++round) {
    std::string stream;
    for (int i = 0; i < 400; ++i) stream += "ab \r\n\n{"[random() % 7];
    Lines want;
    std::string_view rest = stream;
    for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
      const std::string_view line = rest.substr(0, end);
      const std::size_t first = line.find_first_not_of(" \r");
      if (first == std::string_view::npos) continue;
      want.emplace_back(line.substr(first, line.find_last_not_of(" \r") - first + 1));
    }
    LineReader reader;
    ASSERT_EQ(Feed(reader, stream, 1 + random() % 50).lines, want);
  }
}

}  // namespace
}  // namespace cctl
