// Batches: requests of a file, done one by one when there is room, whatever becomes of this process meanwhile.
//
// Each line is one run of the gateway, of urgency `batch`, under the key that made the batch. Its
// answer is on disk before its run is settled: after a kill every line that has an answer is known, and only lines
// whose outcome nobody knows are asked again. A line that finds no room waits and tries again until the batch's time is
// over.
//
// Threads of its own, a few, for lines of all batches: whose project has the fewest running goes first. create(),
// cancel() and the start block on the disk; the others look at memory. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/kept_files.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "gateway/run.hpp"
#include "wire/openai/batches.hpp"

namespace entente::api {

class Batches {
 public:
  struct Options {
    std::filesystem::path folder;
    std::shared_ptr<KeptFiles> files;
    std::shared_ptr<gateway::Gateway> gateway;
    // Who stands behind a key now; none: it was revoked, and its lines are refused.
    std::function<std::optional<Principal>(const std::string& key_id)> who;
    const Clock* clock = nullptr;
    std::chrono::seconds keep{0};  // how long a batch that is over is shown
    std::uint32_t lines_at_once = 4;
  };
  // Goes on with what a former process left.
  static Result<std::shared_ptr<Batches>> open(Options options);
  ~Batches();
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  // `asked`: the request that makes it, whose labels and policies narrow each line.
  Result<wire::Batch> create(wire::BatchRequest request, const gateway::Asked& asked);
  Result<wire::Batch> cancel(std::string_view id, std::string_view project);
  std::optional<wire::Batch> find(std::string_view id, std::string_view project);
  std::vector<wire::Batch> list(std::string_view project);  // the newest first
  bool uses(std::string_view file);                         // a batch that is not over reads it

  // No further line is begun; those that run may end within `limit`, then they are cancelled, and asked again by the
  // next process.
  void stop(std::chrono::milliseconds limit);

 private:
  struct Work;
  struct Turn;
  explicit Batches(Options options);
  Result<> take_up_what_was_left();
  void begin();

  Turn take();
  void prepare(Work& work);
  Task<> run_line(Work& work, const wire::BatchLine& line);
  void finish(Work& work);

  Result<> keep(Work& work);
  void record(Work& work, std::string_view kind, const std::string& line, const Usage* usage);
  std::filesystem::path place(const Work& work, std::string_view kind) const;
  std::int64_t now() const;
  bool is_late(const Work& work) const;
  void drop_what_is_over();
  Work* find_work(std::string_view id, std::string_view project);

  const Options options_;
  std::mutex mutex_;  // guards what follows, and of a Work what it says
  std::condition_variable wake_;
  std::map<std::string, std::unique_ptr<Work>, std::less<>> batches_;  // ids sort by their time
  bool stopping_ = false;
  std::uint32_t running_ = 0;  // lines
  std::stop_source cut_;
  std::vector<std::thread> threads_;
};

}  // namespace entente::api
