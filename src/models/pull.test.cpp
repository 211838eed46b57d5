// Pull against a server whose answers each test writes: cut, changed, unable to continue, lying.
#include "models/pull.hpp"

#include <atomic>
#include <format>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "models/test_gguf.hpp"
#include "net/runner.hpp"
#include "net/test_server.hpp"

namespace entente::models {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using net::TestServer;
using testing::HasSubstr;
using testing::IsEmpty;

// A server of one file that can continue, and can be told to cut.
struct FileHost {
  std::string bytes = small_gguf('x', 10'000);
  std::string tag = "\"v1\"";
  bool ranges = true;
  std::atomic<int> cuts = 0;               // so many answers end in the middle
  std::atomic<std::size_t> cut_at = 5000;  // after that many bytes of what was asked for

  std::string answer(const TestServer::Asked& asked) {
    std::string range = asked.field("range"), wanted = asked.field("if-range");
    std::size_t begin = 0;
    if (ranges && range.starts_with("bytes=") && (wanted.empty() || wanted == tag)) {
      begin = std::strtoull(range.c_str() + 6, nullptr, 10);
      if (begin >= bytes.size()) {
        return std::format("HTTP/1.1 416 No\r\nContent-Range: bytes */{}\r\nContent-Length: 0\r\n\r\n", bytes.size());
      }
    }
    std::string rest = bytes.substr(begin);
    std::string head = begin > 0 ? std::format("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {}-{}/{}\r\n",
                                               begin, bytes.size() - 1, bytes.size())
                                 : "HTTP/1.1 200 OK\r\n";
    if (!tag.empty()) head += std::format("ETag: {}\r\n", tag);
    head += std::format("Content-Length: {}\r\n\r\n", rest.size());
    if (cuts > 0) {
      --cuts;
      rest.resize(std::min<std::size_t>(rest.size(), cut_at));
    }
    return asked.line().starts_with("HEAD") ? head : head + rest;
  }
};

class Pull : public testing::Test {
 protected:
  Result<Installed> pull_from(const std::string& url, PullOptions options = {}, std::stop_token stop = {}) {
    TRY_ASSIGN(Source source, understand_source(url, hub_));
    options.allow_private = true;
    options.wait = 1ms;
    return net::run_blocking(pull(store_, source, hub_, options, {}), std::move(stop));
  }
  std::string url() const { return server_.url() + "/tiny.gguf"; }

  void expect_installed(const Result<Installed>& installed) {
    ASSERT_TRUE(installed) << installed.error().message;
    auto found = store_.find(installed->name);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(read_file(found->path), host_.bytes);
    EXPECT_THAT(left_over(), IsEmpty());
  }

  std::vector<std::string> left_over() const {
    std::vector<std::string> names;
    if (!fs::exists(store_.partial_folder())) return names;
    for (const auto& entry : fs::directory_iterator(store_.partial_folder()))
      names.push_back(entry.path().filename().string());
    return names;
  }
  std::uint64_t bytes_kept() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(store_.partial_folder())) {
      if (entry.path().extension() == ".part") bytes += entry.file_size();
    }
    return bytes;
  }

  TestFolder folder_;
  ModelStore store_{folder_.path() / "store"};
  FileHost host_;
  Hub hub_;
  TestServer server_{[this](const TestServer::Asked& asked) { return host_.answer(asked); }};
};

TEST_F(Pull, AFileComesWhole) {
  expect_installed(pull_from(url()));
  EXPECT_EQ(store_.find("tiny")->source, url());
  EXPECT_EQ(server_.asked().size(), 1U);
}

TEST_F(Pull, ACutInTheMiddleIsGoneOnFrom) {
  host_.cuts = 1;
  expect_installed(pull_from(url(), {.name = "other:name"}));
  auto asked = server_.asked();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].field("range"), "bytes=5000-");
  EXPECT_EQ(asked[1].field("if-range"), "\"v1\"");
}

TEST_F(Pull, EveryPlaceOfACutIsSurvived) {
  for (std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{4}, host_.bytes.size() - 1}) {
    host_.cuts = at == 0 ? 0 : 1;
    host_.cut_at = at;
    auto installed = pull_from(url());
    expect_installed(installed);
    ASSERT_TRUE(store_.remove("tiny")) << at;
  }
}

TEST_F(Pull, ManyCutsAreSurvivedWhileBytesCome) {
  host_.cuts = 8;
  expect_installed(pull_from(url(), {.tries = 2}));
  EXPECT_EQ(server_.asked().size(), 9U);
}

TEST_F(Pull, AServerThatCannotContinueIsAskedFromTheBeginning) {
  host_.ranges = false;
  host_.cuts = 1;
  expect_installed(pull_from(url()));
}

TEST_F(Pull, AServerThatNeverGetsFurtherIsGivenUp) {
  host_.ranges = false;
  host_.cuts = 1000;
  auto installed = pull_from(url(), {.tries = 4});
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().message, HasSubstr("same command goes on"));
  EXPECT_EQ(server_.asked().size(), 4U);
  host_.ranges = true;
  host_.cuts = 0;
  expect_installed(pull_from(url()));
  EXPECT_EQ(server_.asked().back().field("range"), "bytes=5000-") << "what had come was kept";
}

TEST_F(Pull, AFileThatChangedMeanwhileIsFetchedAnew) {
  host_.cuts = 1;
  ASSERT_FALSE(pull_from(url(), {.tries = 1}));
  host_.bytes = small_gguf('y', 10'000);
  host_.tag = "\"v2\"";
  expect_installed(pull_from(url()));
}

TEST_F(Pull, WithoutAValidatorNothingIsGluedTogetherUnlessAHashWillTell) {
  host_.tag = "";
  host_.cuts = 1;
  ASSERT_FALSE(pull_from(url(), {.tries = 1}));
  host_.bytes = small_gguf('y', 10'000);
  expect_installed(pull_from(url()));
  EXPECT_EQ(server_.asked().back().field("range"), "");
}

TEST_F(Pull, APartThatTheServersFileIsShorterThanIsThrownAway) {
  host_.cuts = 1;
  ASSERT_FALSE(pull_from(url(), {.tries = 1}));
  host_.bytes = small_gguf('y', 100);  // 416, though the tag is the same: a careless server
  expect_installed(pull_from(url()));
}

TEST_F(Pull, AWrongHashInstallsNothingAndKeepsNothing) {
  auto installed = pull_from(url(), {.sha256 = std::string(64, '0')});
  ASSERT_FALSE(installed);
  EXPECT_EQ(installed.error().reason, "hash_mismatch");
  EXPECT_FALSE(store_.find("tiny"));
  EXPECT_THAT(left_over(), IsEmpty());
}

TEST_F(Pull, ContentThatIsThereAlreadyIsNotFetchedAgain) {
  std::string hash = to_hex(sha256(host_.bytes));
  ASSERT_TRUE(store_.import_file(folder_.write("t.gguf", host_.bytes), "here", ""));
  expect_installed(pull_from(url(), {.sha256 = hash}));
  EXPECT_THAT(server_.asked(), IsEmpty());
}

TEST_F(Pull, AFileThatIsCutAtItsSourceIsNoModel) {
  host_.bytes.resize(20'000);  // and the server says so: 20,000 bytes
  auto installed = pull_from(url());
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().message, HasSubstr("cut short"));
  EXPECT_THAT(left_over(), IsEmpty());
}

TEST_F(Pull, AnotherPullOfTheSameFileIsRefused) {
  host_.cuts = 1;
  ASSERT_FALSE(pull_from(url(), {.tries = 1}));
  fs::path part;
  for (const auto& entry : fs::directory_iterator(store_.partial_folder())) {
    if (entry.path().extension() == ".part") part = entry.path();
  }
  int other = ::open(part.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  EXPECT_EQ(pull_from(url()).error().code, ErrorCode::conflict);
  ::close(other);
  expect_installed(pull_from(url()));
}

TEST_F(Pull, PrivateAddressesNeedPermission) {
  auto installed = net::run_blocking(pull(store_, *understand_source(url(), hub_), hub_, {}, {}));
  ASSERT_FALSE(installed);
  EXPECT_EQ(installed.error().reason, "private_address");
  EXPECT_THAT(server_.asked(), IsEmpty());
}

TEST_F(Pull, APlaceThatCannotBeReachedIsSaidAtOnce) {
  std::string gone;
  {
    TestServer closed([](const TestServer::Asked&) { return std::string(); });
    gone = closed.url();
  }
  EXPECT_EQ(pull_from(gone + "/tiny.gguf", {.tries = 1000}).error().code, ErrorCode::upstream_failed);
}

// Answers that are no model file, each said in one sentence and leaving nothing behind.
struct BadAnswer {
  const char* name;
  std::string answer;
  const char* said;
};
class PullBadAnswer : public Pull, public testing::WithParamInterface<BadAnswer> {};
TEST_P(PullBadAnswer, IsSaid) {
  TestServer bad([](const TestServer::Asked&) { return GetParam().answer; });
  auto installed = pull_from(bad.url() + "/tiny.gguf", {.tries = 2});
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().message, HasSubstr(GetParam().said));
  EXPECT_THAT(left_over(), IsEmpty());
  EXPECT_THAT(*store_.list(), IsEmpty());
}
std::string reply(std::string_view status, std::string_view body, std::string_view fields = "") {
  return std::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, fields, body.size(), body);
}
INSTANTIATE_TEST_SUITE_P(
    All, PullBadAnswer,
    testing::Values(BadAnswer{"NotFound", reply("404 Not Found", "no"), "There is nothing at"},
                    BadAnswer{"Gated", reply("401 Unauthorized", ""), "HF_TOKEN"},
                    BadAnswer{"Forbidden", reply("403 Forbidden", ""), "HF_TOKEN"},
                    BadAnswer{"Busy", reply("503 Busy", ""), "Try again later"},
                    BadAnswer{"TooOften", reply("429 Slow down", ""), "too often"},
                    BadAnswer{"Page", reply("200 OK", "<!DOCTYPE html>", "Content-Type: text/html; charset=utf-8\r\n"),
                              "web page"},
                    BadAnswer{"PageInDisguise", reply("200 OK", "<html><body>Sign in</body></html>"), "web page"},
                    BadAnswer{"Zip", reply("200 OK", "PK\x03\x04 things"), "zip archive"},
                    BadAnswer{"Pointer", reply("200 OK", "version https://git-lfs.github.com/spec/v1\n"), "Git LFS"},
                    BadAnswer{"Loop", reply("302 Found", "", "Location: /again.gguf\r\n"), "on and on"},
                    BadAnswer{"Empty", reply("200 OK", ""), "empty"}),
    [](const auto& test) { return test.param.name; });

TEST_F(Pull, ADiskThatIsTooSmallIsSaidBeforeAnythingIsFetched) {
  TestServer huge([](const TestServer::Asked&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 4000000000000000\r\n\r\nGGUF");
  });
  auto installed = pull_from(huge.url() + "/huge.gguf");
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().message, HasSubstr("more are needed"));
  EXPECT_THAT(left_over(), IsEmpty());
}

TEST_F(Pull, StoppingKeepsThePart) {
  // Announces more than it gives and stays silent: only the stop ends it.
  std::stop_source stop;
  std::atomic<bool> release = false;
  TestServer slow([&](const TestServer::Asked& asked) {
    if (asked.field("range").empty()) return host_.answer(asked).substr(0, 6000);
    stop.request_stop();
    while (!release) std::this_thread::sleep_for(1ms);
    return std::string();
  });
  auto installed = pull_from(slow.url() + "/tiny.gguf", {}, stop.get_token());
  release = true;
  ASSERT_FALSE(installed);
  EXPECT_EQ(installed.error().code, ErrorCode::cancelled);
  EXPECT_GT(bytes_kept(), 4000U);
}

// The hub: HEAD tells the hash, the file itself comes from elsewhere, and the token goes to the hub only.
TEST_F(Pull, AHubsHashIsHeldAgainstTheFileAndItsTokenStaysWithIt) {
  std::string hash = to_hex(sha256(host_.bytes));
  TestServer hub([&](const TestServer::Asked&) {
    std::string elsewhere = "http://localhost:" + url().substr(17);  // another host by name
    return std::format(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nX-Linked-ETag: \"{}\"\r\nX-Linked-Size: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere, hash, host_.bytes.size());
  });
  hub_ = {.endpoint = hub.url(), .token = "hf_secret"};
  expect_installed(pull_from("owner/repo/tiny.gguf"));
  ASSERT_EQ(hub.asked().size(), 2U);
  EXPECT_TRUE(hub.asked()[0].line().starts_with("HEAD /owner/repo/resolve/main/tiny.gguf"));
  EXPECT_EQ(hub.asked()[1].field("authorization"), "Bearer hf_secret");
  ASSERT_EQ(server_.asked().size(), 1U);
  EXPECT_EQ(server_.asked()[0].field("authorization"), "");

  ASSERT_TRUE(store_.remove("tiny"));
  hash = std::string(64, 'a');
  EXPECT_EQ(pull_from("owner/repo/tiny.gguf").error().reason, "hash_mismatch");
}

TEST_F(Pull, AQuantisationIsFoundInTheHubsListing) {
  std::string listing = std::format(
      R"([{{"type":"file","path":"README.md","size":5}},
          {{"type":"file","path":"Tiny-1B-Q8_0.gguf","size":99}},
          {{"type":"file","path":"mmproj-Q4_K_M.gguf","size":9}},
          {{"type":"file","path":"Tiny-1B-Q4_K_M.gguf","size":{},"lfs":{{"oid":"{}","size":1}}}}])",
      host_.bytes.size(), to_hex(sha256(host_.bytes)));
  TestServer hub([&](const TestServer::Asked& asked) {
    return asked.line().contains("/api/models/") ? reply("200 OK", listing) : host_.answer(asked);
  });
  hub_.endpoint = hub.url();
  auto installed = pull_from("owner/Tiny-1B-GGUF:q4_k_m");
  expect_installed(installed);
  EXPECT_EQ(installed->name, "tiny-1b:q4_k_m");
  EXPECT_TRUE(hub.asked()[1].line().contains("/owner/Tiny-1B-GGUF/resolve/main/Tiny-1B-Q4_K_M.gguf"));

  auto missing = pull_from("owner/Tiny-1B-GGUF:Q2_K");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("q8_0, q4_k_m"));
}

}  // namespace
}  // namespace entente::models
