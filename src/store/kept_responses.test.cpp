// Kept responses in a real SQLite file: whose they are, when they go, and that a kill or a full disk loses none.
#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <sys/wait.h>

#include "store/sqlite/database.hpp"
#include "store/test_store.hpp"

namespace entente::store {
namespace {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint64_t wide = 1 << 30;

class KeptResponsesTest : public StoreTest {
 protected:
  KeptResponse response(std::string id, std::string project = "prj_a", std::string body = "{}") {
    return {.id = std::move(id),
            .project = std::move(project),
            .body = std::move(body),
            .input = "[\"in\"]",
            .conversation = "[\"said\"]",
            .at = clock_.now(),
            .until = clock_.now() + 1h};
  }

  static std::optional<std::string> read(Store& store, std::string id, std::string project = "prj_a",
                                         KeptText which = KeptText::body) {
    auto found = wait(store.kept_response(std::move(id), std::move(project), which));
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::nullopt;
  }

  // How often that stands in the files of the folder.
  std::size_t on_disk(std::string_view words) {
    std::size_t count = 0;
    for (const auto& file : fs::recursive_directory_iterator(folder_)) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      std::string bytes(std::istreambuf_iterator<char>(in), {});
      for (auto at = bytes.find(words); at != std::string::npos; at = bytes.find(words, at + 1)) ++count;
    }
    return count;
  }

  std::int64_t rows() {
    auto database = Database::open(folder_ / "entente.db");
    return (*database)->integer("SELECT count(*) FROM responses")->value_or(-1);
  }
};

TEST_F(KeptResponsesTest, WhatIsKeptIsThereAfterANewStartForItsProjectAlone) {
  {
    auto store = open(Store::Role::server);
    ASSERT_TRUE(wait(store->keep_response(response("resp_1", "prj_a", "{\"a\":1}"), wide)));
    EXPECT_EQ(read(*store, "resp_1"), "{\"a\":1}");
  }
  auto store = open(Store::Role::server);
  EXPECT_EQ(read(*store, "resp_1"), "{\"a\":1}");
  EXPECT_EQ(read(*store, "resp_1", "prj_a", KeptText::input), "[\"in\"]");
  EXPECT_EQ(read(*store, "resp_1", "prj_a", KeptText::conversation), "[\"said\"]");
  EXPECT_EQ(read(*store, "resp_1", "prj_b"), std::nullopt);
  EXPECT_EQ(read(*store, "resp_2"), std::nullopt);
  EXPECT_FALSE(*wait(store->remove_response("resp_1", "prj_b"))) << "nor does another remove it";
  EXPECT_EQ(read(*store, "resp_1"), "{\"a\":1}");
}

TEST_F(KeptResponsesTest, WhatIsOverIsNotReadAndGoesByItself) {
  auto store = open(Store::Role::server);
  ASSERT_TRUE(wait(store->keep_response(response("resp_1"), wide)));
  clock_.now_ += 1h - 1us;
  EXPECT_TRUE(read(*store, "resp_1"));
  clock_.now_ += 1us;
  EXPECT_FALSE(read(*store, "resp_1"));
  EXPECT_FALSE(*wait(store->remove_response("resp_1", "prj_a")));
  for (int i = 0; i < 200 && rows() > 0; ++i) usleep(50'000);
  EXPECT_EQ(rows(), 0);
}

TEST_F(KeptResponsesTest, WhatIsRemovedIsNowhereOnTheDisk) {
  const std::string secret = "the patient's words";
  auto store = open(Store::Role::server);
  // Longer than a page, so that it lies in pages of its own.
  std::string body = secret + std::string(20'000, 'x') + secret;
  ASSERT_TRUE(wait(store->keep_response(response("resp_1", "prj_a", body), wide)));
  ASSERT_TRUE(wait(store->keep_response(response("resp_2", "prj_a", secret), wide)));
  EXPECT_GE(on_disk(secret), 3u) << "so the test can see it";
  EXPECT_TRUE(*wait(store->remove_response("resp_1", "prj_a")));
  EXPECT_TRUE(*wait(store->remove_response("resp_2", "prj_a")));
  EXPECT_FALSE(read(*store, "resp_1"));
  EXPECT_FALSE(*wait(store->remove_response("resp_1", "prj_a")));
  for (int i = 0; i < 200 && on_disk(secret) > 0; ++i) {
    usleep(50'000);
    clock_.now_ += 1s;  // it is done at most every ten seconds
  }
  EXPECT_EQ(on_disk(secret), 0u);
}

TEST_F(KeptResponsesTest, TheOldestOfWhoeverKeepsMostMakeRoom) {
  auto store = open(Store::Role::server);
  const std::string large(10'000, 'x');
  constexpr std::uint64_t room = 60'000;  // five of them
  ASSERT_TRUE(wait(store->keep_response(response("resp_0", "prj_small", large), room)));
  for (int i = 1; i < 10; ++i)
    ASSERT_TRUE(wait(store->keep_response(response("resp_" + std::to_string(i), "prj_large", large), room)));
  EXPECT_TRUE(read(*store, "resp_0", "prj_small")) << "the oldest of all, but not of whoever takes the most";
  for (int i = 1; i < 10; ++i)
    EXPECT_EQ(read(*store, "resp_" + std::to_string(i), "prj_large").has_value(), i > 5) << i;
  // What is removed is room again.
  ASSERT_TRUE(*wait(store->remove_response("resp_6", "prj_large")));
  ASSERT_TRUE(wait(store->keep_response(response("resp_a", "prj_small", large), room)));
  for (const char* id : {"resp_7", "resp_8", "resp_9"}) EXPECT_TRUE(read(*store, id, "prj_large")) << id;

  auto refused = wait(store->keep_response(response("resp_b", "prj_small", std::string(room, 'x')), room));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  EXPECT_TRUE(read(*store, "resp_0", "prj_small")) << "nothing went for what does not fit";
  EXPECT_TRUE(store->healthy());
}

TEST_F(KeptResponsesTest, AShorterTimeHoldsForWhatIsThere) {
  auto store = open(Store::Role::server);
  ASSERT_TRUE(wait(store->keep_response(response("resp_1"), wide)));
  clock_.now_ += 10min;
  ASSERT_TRUE(wait(store->keep_response(response("resp_2"), wide)));
  ASSERT_TRUE(store->limit_responses(2h));
  EXPECT_TRUE(read(*store, "resp_1"));
  ASSERT_TRUE(store->limit_responses(10min));
  EXPECT_FALSE(read(*store, "resp_1"));
  EXPECT_TRUE(read(*store, "resp_2"));
  clock_.now_ += 10min;
  EXPECT_FALSE(read(*store, "resp_2")) << "its hour is ten minutes now";
  ASSERT_TRUE(wait(store->keep_response(response("resp_3"), wide)));
  ASSERT_TRUE(store->limit_responses(0ms));
  EXPECT_EQ(rows(), 0);
}

TEST_F(KeptResponsesTest, AFailedOneDoesNotTakeItsNeighboursWithIt) {
  auto store = open(Store::Role::server);
  ASSERT_TRUE(wait(store->keep_response(response("resp_same"), wide)));
  asio::io_context io;
  std::vector<std::future<Result<>>> results;
  for (int i = 0; i < 20; ++i) {
    auto row = response(i == 10 ? "resp_same" : "resp_" + std::to_string(i));
    results.push_back(asio::co_spawn(io, store->keep_response(std::move(row), wide), asio::use_future));
  }
  io.run();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(results[i].get().has_value(), i != 10) << i;
}

// A child process keeps responses and says each one that was acknowledged; it is killed in the middle.
TEST_F(KeptResponsesTest, NothingAcknowledgedIsLostByAKill) {
  int out[2];
  ASSERT_EQ(pipe(out), 0);
  pid_t child = fork();
  if (child == 0) {
    auto store = Store::open(folder_, Store::Role::server, clock_);
    for (int i = 0;; ++i) {
      if (!wait((*store)->keep_response(response("resp_" + std::to_string(i), "prj_a", std::string(5000, 'b')), wide)))
        _exit(1);
      if (write(out[1], &i, sizeof i) != sizeof i) _exit(1);
    }
  }
  close(out[1]);
  int last = -1;
  while (last < 40) ASSERT_EQ(::read(out[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  kill(child, SIGKILL);
  for (int next = 0; ::read(out[0], &next, sizeof next) == sizeof next;) last = next;
  close(out[0]);
  waitpid(child, nullptr, 0);

  auto store = open(Store::Role::server);
  for (int i = 0; i <= last; ++i) EXPECT_EQ(read(*store, "resp_" + std::to_string(i)), std::string(5000, 'b')) << i;
}

// The disk is full: here, a limit on the size of files, which SQLite meets as a failed write.
TEST_F(KeptResponsesTest, AFullDiskIsOneClearErrorAndNothingIsLost) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto store = *Store::open(folder_, Store::Role::server, clock_);
    rlimit limit{fs::file_size(folder_ / "entente.db-wal") + 300'000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    int kept = 0;
    Result<> last;
    for (; kept < 1000; ++kept) {
      last =
          wait(store->keep_response(response("resp_" + std::to_string(kept), "prj_a", std::string(20'000, 'b')), wide));
      if (!last) break;
    }
    bool clear = !last && last.error().code == ErrorCode::unavailable && !store->healthy();
    if (!clear || kept < 5) _exit(1);
    for (int i = 0; i < kept; ++i) {
      if (!read(*store, "resp_" + std::to_string(i))) _exit(2);
    }
    if (read(*store, "resp_" + std::to_string(kept))) _exit(3);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(wait(store->keep_response(response("resp_after"), wide)) ? 0 : 4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  auto store = open(Store::Role::server);
  EXPECT_TRUE(read(*store, "resp_0"));
  EXPECT_TRUE(read(*store, "resp_after"));
}

}  // namespace
}  // namespace entente::store
