// Computed prompts on a real disk, by the real thread.
#include "local/memory/spill.hpp"

#include <csignal>
#include <functional>
#include <numeric>
#include <random>
#include <thread>

#include <sys/resource.h>

#include "local/memory/spill_file.hpp"
#include "local/memory/spill_fixture.hpp"

namespace entente::local {
namespace {

using namespace std::chrono_literals;

std::vector<Token> tokens(Token from, std::size_t count) {
  std::vector<Token> out(count);
  std::iota(out.begin(), out.end(), from);
  return out;
}

// Other bytes for each seed, and a few pieces' worth of them.
SavedState state(unsigned seed, std::size_t bytes = 3 * SpillFile::piece_bytes / 2) {
  std::mt19937 random(seed);
  auto out = std::make_shared<std::vector<std::uint8_t>>(bytes);
  for (std::uint8_t& byte : *out) byte = static_cast<std::uint8_t>(random());
  return out;
}

void eventually(const std::function<bool()>& so) {
  while (!so()) std::this_thread::sleep_for(1ms);  // bounded by the test's own time limit
}

class SpillTest : public SpillFixture {
 protected:
  void open(std::uint64_t slots, std::chrono::milliseconds rest = 1h) {
    spill = *Spill::open({.folder = folder, .bytes = slots * SpillFile::slot_bytes, .rest_after_failure = rest});
    shelf = spill->shelf(bell, 1);
  }
  Shelf::Id put(std::string_view owner, const std::vector<Token>& prompt, SavedState saved) const {
    Shelf::Id id = shelf->offer(owner, prompt, std::move(saved), 1);
    await_written(*shelf, owner, prompt);
    return id;
  }
  static void await_written(const Shelf& on, std::string_view owner, const std::vector<Token>& prompt) {
    eventually([&] { return on.find(owner, prompt).tokens == prompt.size(); });
  }
  Shelf::Back bring_back(Shelf::Id id) const {
    EXPECT_TRUE(shelf->fetch(id));
    while (true) {
      bell->wait();
      std::vector<Shelf::Back> back = shelf->take_back();
      if (!back.empty()) return back.front();
    }
  }

  std::shared_ptr<Bell> bell = std::make_shared<Bell>();
  std::shared_ptr<Spill> spill;
  std::shared_ptr<Shelf> shelf;
};

TEST_F(SpillTest, WhatWasWrittenComesBackAsItWas) {
  open(16);
  for (unsigned i = 1; i <= 5; ++i) {
    std::vector<Token> prompt = tokens(static_cast<Token>(i * 1000), 100);
    Shelf::Id id = put("a", prompt, state(i));
    EXPECT_TRUE(shelf->has(id));
    Shelf::Back back = bring_back(id);
    ASSERT_TRUE(back.state);
    EXPECT_EQ(*back.state, *state(i));
    EXPECT_EQ(back.tokens, prompt);
    EXPECT_EQ(back.owner, "a");
    EXPECT_EQ(shelf->stats().hits, i);
  }
  EXPECT_EQ(shelf->stats().entries, 5u);
  EXPECT_EQ(shelf->stats().bytes, 10 * SpillFile::slot_bytes);
  EXPECT_EQ(spill->room().taken, 10 * SpillFile::slot_bytes);
  EXPECT_EQ(spill->room().budget, 16 * SpillFile::slot_bytes);
}

TEST_F(SpillTest, OwnersAndModelsAreApart) {
  open(16);
  auto other = spill->shelf(bell, 1);
  (void)put("a", tokens(0, 100), state(1));
  EXPECT_EQ(shelf->find("b", tokens(0, 100)).tokens, 0u);
  EXPECT_EQ(other->find("a", tokens(0, 100)).tokens, 0u);
}

TEST_F(SpillTest, TheSameIsNotWrittenTwice) {
  open(16);
  Shelf::Id id = put("a", tokens(0, 200), state(1));
  EXPECT_EQ(shelf->offer("a", tokens(0, 100), state(2), 1), id) << "it holds that, too";
  EXPECT_EQ(shelf->stats().entries, 1u);
}

TEST_F(SpillTest, StaysWithinItsBudget) {
  open(8);
  for (unsigned i = 1; i <= 50; ++i) {
    (void)put("a", tokens(static_cast<Token>(i * 1000), 100), state(i));
    EXPECT_LE(spill->room().taken, spill->room().budget);
    EXPECT_LE(size_on_disk(), static_cast<off_t>(8 * SpillFile::slot_bytes));
  }
  EXPECT_EQ(shelf->stats().entries, 4u);
  EXPECT_EQ(shelf->offer("a", tokens(0, 1000), state(1, 9 * SpillFile::piece_bytes), 1), 0u) << "larger than all of it";
}

TEST_F(SpillTest, WhatAModelWroteGoesWithItAndTheDiskGetsItBack) {
  open(64);
  auto other = spill->shelf(bell, 1);
  (void)put("a", tokens(0, 100), state(1));
  for (unsigned i = 1; i <= 5; ++i) {
    std::vector<Token> prompt = tokens(static_cast<Token>(i * 1000), 100);
    ASSERT_NE(other->offer("a", prompt, state(i), 1), 0u);
    await_written(*other, "a", prompt);
  }
  other.reset();
  EXPECT_EQ(spill->room().taken, 2 * SpillFile::slot_bytes);
  eventually([&] { return size_on_disk() <= static_cast<off_t>(2 * SpillFile::slot_bytes); });
  EXPECT_EQ(shelf->stats().entries, 1u);
}

TEST_F(SpillTest, AModelMayGoWhileItsPromptsAreWrittenAndRead) {
  open(256);
  for (int round = 0; round < 20; ++round) {
    auto passing = spill->shelf(bell, 1);
    std::vector<Token> first = tokens(0, 100);
    (void)passing->offer("a", first, state(1), 1);
    await_written(*passing, "a", first);
    for (Token i = 1; i < 10; ++i) (void)passing->offer("a", tokens(i * 1000, 100), state(1), 1);
    EXPECT_TRUE(passing->fetch(passing->find("a", first).id));
    std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    passing.reset();
    EXPECT_EQ(spill->room().taken, 0u);
  }
}

// A large entry is written for some tenth of a second. A machine that is busy may take this thread away for as long:
// then it is tried again.
TEST_F(SpillTest, WhatWaitsIsGivenUpWithItsMemory) {
  open(256);
  SavedState large = state(1, 200 * SpillFile::piece_bytes), small = state(2);
  eventually([&] {
    Shelf::Id first = shelf->offer("a", tokens(0, 100), large, 1);
    Shelf::Id second = shelf->offer("a", tokens(1000, 100), small, 1);
    EXPECT_TRUE(shelf->has(first) && shelf->has(second));
    shelf->left_memory(second, 1);
    bool given_up = !shelf->has(second) && small.use_count() == 1;
    shelf = spill->shelf(bell, 1);
    return given_up;
  });
}

TEST_F(SpillTest, ReadingGoesBeforeWriting) {
  open(1024);
  SavedState large = state(2, 200 * SpillFile::piece_bytes);
  eventually([&] {
    Shelf::Id early = put("a", tokens(0, 100), state(1));
    Shelf::Id late = shelf->offer("a", tokens(1000, 100), large, 1);
    EXPECT_TRUE(bring_back(early).state);
    bool before = shelf->has(late) && shelf->find("a", tokens(1000, 100)).tokens == 0;
    shelf = spill->shelf(bell, 1);
    return before;
  });
}

TEST_F(SpillTest, ATagThatIsWrongIsAnEntryThatIsGone) {
  open(16);
  Shelf::Id good = put("a", tokens(0, 100), state(1)), bad = put("a", tokens(1000, 100), state(2));
  change_byte(static_cast<off_t>(3 * SpillFile::slot_bytes + 1000));  // in its second piece
  EXPECT_FALSE(bring_back(bad).state);
  EXPECT_FALSE(shelf->has(bad));
  EXPECT_EQ(shelf->find("a", tokens(1000, 100)).tokens, 0u);
  EXPECT_FALSE(shelf->fetch(bad));
  EXPECT_TRUE(bring_back(good).state);
  EXPECT_EQ(spill->room().taken, 2 * SpillFile::slot_bytes);
  EXPECT_EQ(shelf->stats().hits, 1u);
}

TEST_F(SpillTest, AFullDiskStopsTheWritingForAWhileAndHarmsNothingElse) {
  open(64, 50ms);
  Shelf::Id good = put("a", tokens(0, 100), state(1));
  auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{}, small{};
  getrlimit(RLIMIT_FSIZE, &limit);
  small = {.rlim_cur = 3 * SpillFile::slot_bytes, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  Shelf::Id bad = shelf->offer("a", tokens(1000, 100), state(2), 1);
  ASSERT_NE(bad, 0u);
  eventually([&] { return !shelf->has(bad); });
  setrlimit(RLIMIT_FSIZE, &limit);
  (void)std::signal(SIGXFSZ, before);
  EXPECT_TRUE(bring_back(good).state);
  EXPECT_EQ(shelf->stats().entries, 1u);
  eventually([&] { return shelf->offer("a", tokens(2000, 100), state(3), 1) != 0; });
  await_written(*shelf, "a", tokens(2000, 100));
}

TEST_F(SpillTest, NothingHasANameInTheFolder) {
  open(16);
  (void)put("a", tokens(0, 100), state(1));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  EXPECT_GT(size_on_disk(), 0);
}

}  // namespace
}  // namespace entente::local
