// What is done for one batch: its file is read, its lines are run, its results become files. Each step may be cut off
// by a kill and done again by the next process.
#include "api/batch_work.hpp"

#include <algorithm>
#include <format>

#include "api/batch_line.hpp"
#include "api/errors.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "net/runner.hpp"
#include "store/durable_file.hpp"

namespace entente::api {

namespace fs = std::filesystem;
using wire::BatchStatus;

namespace {

// What was not begun because there is no room now is tried again; anything that was sent is an outcome.
bool waits_for_room(const Error& error) {
  return error.code == ErrorCode::overloaded || error.code == ErrorCode::rate_limited;
}

// The answer is recorded when its last event comes, which is before the run is settled: a kill between the two leaves
// an answer that is known, never one that is paid for and lost.
class LineSink final : public gateway::Sink {
 public:
  LineSink(wire::WholeAnswer& answer, std::function<void(const Usage&)> record)
      : answer_(answer), record_(std::move(record)) {}
  Task<> begin(const gateway::Answering&) override { co_return Result<>{}; }
  Task<> event(const Event& event) override {
    answer_.add(event);
    if (auto* usage = std::get_if<Usage>(&event)) {
      record_(*usage);
      recorded_ = true;
    }
    co_return Result<>{};
  }
  bool recorded() const { return recorded_; }

 private:
  wire::WholeAnswer& answer_;
  const std::function<void(const Usage&)> record_;
  bool recorded_ = false;
};

// Whole lines of results; what a crash left behind the last one is cut off.
Result<std::vector<std::string>> whole_lines(const fs::path& file) {
  TRY_ASSIGN(auto text, store::read_file(file));
  std::vector<std::string> lines;
  std::error_code unknown;
  if (!text && fs::exists(file, unknown))
    return fail(ErrorCode::unavailable, std::format("{} is no ordinary file.", file.string()));
  if (!text) return lines;
  std::size_t end = text->rfind('\n') + 1;  // npos: nothing is whole
  if (end < text->size()) {
    std::error_code failure;
    fs::resize_file(file, end, failure);
    if (failure)
      return fail(ErrorCode::unavailable, std::format("{} cannot be written: {}.", file.string(), failure.message()));
  }
  for (std::size_t at = 0; at < end;) {
    std::size_t next = text->find('\n', at);
    lines.push_back(text->substr(at, next - at));
    at = next + 1;
  }
  return lines;
}

void add(Usage& sum, const Usage& usage) {
  sum.prompt_tokens += usage.prompt_tokens;
  sum.cached_tokens += usage.cached_tokens;
  sum.completion_tokens += usage.completion_tokens;
  sum.reasoning_tokens += usage.reasoning_tokens;
}

}  // namespace

bool Batches::is_late(const Work& work) const { return work.batch.expires <= now(); }

fs::path Batches::place(const Work& work, std::string_view kind) const {
  return options_.folder / std::format("{}.{}", work.batch.id, kind);
}

// As it is now. The lock is not held while the disk is waited for.
Result<> Batches::keep(Work& work) {
  std::lock_guard writer(work.on_disk);
  std::string text;
  {
    std::lock_guard lock(mutex_);
    text = wire::encode_kept_batch(work.batch);
  }
  Result<> kept = store::replace_file(place(work, "json"), text, 0600);
  if (!kept) log::error("A batch cannot be written.", {{"batch", work.batch.id}, {"why", kept.error().message}});
  return kept;
}

// Reads what is asked, leaves out what has an answer already.
void Batches::prepare(Work& work) {
  if (work.batch.finalizing > 0) {  // every line has its result, and some of them may have been moved
    std::lock_guard lock(mutex_);
    work.ready = true;
    work.taken = false;
    return wake_.notify_all();
  }
  auto content = options_.files->content(work.batch.input_file);
  wire::BatchLines asked;
  if (content) {
    asked = wire::read_batch_lines(*content, work.batch.endpoint);
  } else {
    asked.problems.push_back({.code = "file_not_found", .message = content.error().message, .param = "input_file_id"});
  }
  std::set<std::string, std::less<>> done;
  std::int64_t answered = 0, refused = 0;
  Usage usage;
  for (std::string_view kind : {"out", "err"}) {
    auto lines = whole_lines(place(work, kind));
    if (!lines) {
      log::error("A batch's results cannot be read.", {{"batch", work.batch.id}, {"why", lines.error().message}});
      std::lock_guard lock(mutex_);
      work.not_before = std::chrono::steady_clock::now() + looks_again;
      work.taken = false;
      return;
    }
    for (const std::string& line : *lines) {
      wire::BatchResult result = wire::read_result(line);
      if (result.name.empty() || !done.insert(result.name).second) continue;
      (kind == "out" ? answered : refused) += 1;
      add(usage, result.usage);
    }
  }
  {
    std::lock_guard lock(mutex_);
    wire::Batch& batch = work.batch;
    if (!asked.problems.empty() && batch.status == BatchStatus::validating) {
      batch.problems = std::move(asked.problems);
      batch.status = BatchStatus::failed;
      batch.failed = now();
    } else {
      batch.total = std::ssize(asked.lines);
      if (batch.status == BatchStatus::validating) {
        batch.status = BatchStatus::in_progress;
        batch.in_progress = now();
      }
      batch.answered = answered;
      batch.refused = refused;
      batch.usage = usage;
      std::erase_if(asked.lines, [&](const wire::BatchLine& line) { return done.contains(line.name); });
      work.lines = std::move(asked.lines);
      work.next = 0;
      work.ready = true;
    }
  }
  (void)keep(work);
  {
    std::lock_guard lock(mutex_);
    work.taken = false;
  }
  wake_.notify_all();
}

void Batches::record(Work& work, std::string_view kind, const std::string& line, const Usage* usage) {
  while (true) {
    Result<> kept;
    {
      std::lock_guard writer(work.on_disk);
      kept = store::append_to_file(place(work, kind), line, 0600);
    }
    if (kept) break;
    log::error("A line of a batch cannot be written; it is tried again.",
               {{"batch", work.batch.id}, {"why", kept.error().message}});
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, std::chrono::seconds(5), [this] { return stopping_; })) return;
  }
  std::lock_guard lock(mutex_);
  (kind == "out" ? work.batch.answered : work.batch.refused) += 1;
  if (usage) add(work.batch.usage, *usage);
}

Task<> Batches::run_line(Work& work, const wire::BatchLine& line) {
  std::string id = make_id("batch_req", options_.clock->now());
  auto over = [this, &work] {
    {
      std::lock_guard lock(mutex_);
      --work.running;
      --running_;
    }
    wake_.notify_all();
  };
  auto refuse = [&](const Error& error, std::string_view request) {
    net::Response response = error_response(error);
    record(work, "err", wire::batch_answer_line(id, line.name, response.status, request, response.body), nullptr);
  };
  std::chrono::milliseconds pause{1000};
  while (true) {
    std::string request = make_id("req", options_.clock->now());
    auto asked = read_batch_line(work.batch.endpoint, line.body, options_.clock->now());
    if (!asked) {
      refuse(asked.error(), request);
      break;
    }
    std::optional<Principal> who = options_.who(work.batch.key);
    if (!who) {
      refuse({.code = ErrorCode::unauthenticated, .message = "The key that made this batch was revoked."}, request);
      break;
    }
    LineSink sink(*asked->whole, [&](const Usage& usage) {
      record(work, "out", wire::batch_answer_line(id, line.name, 200, request, asked->whole->body()), &usage);
    });
    gateway::Asked what{.request = request,
                        .trace = {},
                        .principal = std::move(*who),
                        .work = asked->work,
                        .body = sha256(line.body),
                        .labels = work.batch.labels,
                        .policies = work.batch.policies};
    if (Result<> allowed = options_.gateway->may_keep(what); !allowed) {  // its answer is kept here
      refuse(allowed.error(), request);
      break;
    }
    Result<> done = co_await options_.gateway->run(what, sink);
    if (sink.recorded()) break;
    if (cut_.stop_requested()) break;  // the next process asks it again
    if (done) {
      record(work, "out", wire::batch_answer_line(id, line.name, 200, request, asked->whole->body()), nullptr);
      break;
    }
    bool stays;
    {
      std::lock_guard lock(mutex_);
      stays = !stopping_ && work.batch.status == BatchStatus::in_progress && !is_late(work);
      // finish() tells of it.
      if (!stays && waits_for_room(done.error())) work.unasked.push_back(line);
    }
    if (!waits_for_room(done.error())) {
      refuse(done.error(), request);
      break;
    }
    if (!stays) break;
    (void)co_await net::pause(std::max(pause, done.error().retry_after.value_or(pause)));
    pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::minutes(1));
  }
  over();
  co_return Result<>{};
}

// The results become files; each step may be done again after a crash.
void Batches::finish(Work& work) {
  bool late = false;
  std::vector<wire::BatchLine> left;
  {
    std::lock_guard lock(mutex_);
    left = std::move(work.unasked);
    left.insert(left.end(), work.lines.begin() + static_cast<std::ptrdiff_t>(work.next), work.lines.end());
    wire::Batch& batch = work.batch;
    if (batch.status != BatchStatus::cancelling && !left.empty() && batch.expired == 0) batch.expired = now();
    late = batch.expired > 0;
  }
  (void)keep(work);
  for (const wire::BatchLine& line : left) {
    std::string id = make_id("batch_req", options_.clock->now());
    record(work, "err",
           late ? wire::batch_failure_line(id, line.name, "batch_expired",
                                           "The batch's time was over before this line was asked.")
                : wire::batch_failure_line(id, line.name, "batch_cancelled",
                                           "The batch was cancelled before this line was asked."),
           nullptr);
  }
  {
    std::lock_guard lock(mutex_);
    if (work.batch.status == BatchStatus::in_progress) work.batch.status = BatchStatus::finalizing;
    if (work.batch.finalizing == 0) work.batch.finalizing = now();
  }
  (void)keep(work);
  auto adopt = [&](std::string_view kind, const std::string& file) -> Result<bool> {
    bool known = options_.files->find(file, work.batch.project).has_value();
    std::error_code failure;
    if (!fs::exists(place(work, kind), failure)) return known;
    wire::StoredFile stored{.id = file,
                            .name = std::format("{}_{}.jsonl", work.batch.id, kind == "out" ? "output" : "error"),
                            .purpose = "batch_output",
                            .project = work.batch.project};
    TRY(options_.files->adopt(std::move(stored), place(work, kind), work.batch.results_live));
    return true;
  };
  auto output = adopt("out", work.batch.output_file);
  auto errors = adopt("err", work.batch.error_file);
  {
    std::lock_guard lock(mutex_);
    wire::Batch& batch = work.batch;
    batch.has_output = output && *output;
    batch.has_errors = errors && *errors;
    for (const auto* moved : {&output, &errors}) {
      if (!*moved)
        log::error("A batch's results cannot be moved.", {{"batch", batch.id}, {"why", moved->error().message}});
    }
    bool cancelled = batch.status == BatchStatus::cancelling;
    batch.status = cancelled ? BatchStatus::cancelled : late ? BatchStatus::expired : BatchStatus::completed;
    if (cancelled) batch.cancelled = now();
    if (!cancelled && !late) batch.completed = now();
    work.lines = {};
    work.next = 0;
    work.ready = false;
  }
  (void)keep(work);
  {
    std::lock_guard lock(mutex_);
    work.taken = false;
  }
  log::info("A batch is over.", {{"batch", work.batch.id},
                                 {"status", wire::to_string(work.batch.status)},
                                 {"answered", work.batch.answered},
                                 {"refused", work.batch.refused}});
  wake_.notify_all();
}

}  // namespace entente::api
